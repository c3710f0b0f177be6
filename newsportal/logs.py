"""How a line of the log looks: as text or as JSON, with the number of its request or job.

No line says a secret that the settings hold.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

from newsportal.redaction import redacted

# The request or the job that this thread works for.
work_id: ContextVar[str] = ContextVar("work_id", default="")


class TextFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        number = work_id.get()
        line = redacted(super().format(record))
        return f"{line} [{number}]" if number else line


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, and what the record brings as `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "id": work_id.get(),
            "process": record.process,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redacted(json.dumps(line, ensure_ascii=False, default=str))


def quiet_refusals(record: logging.LogRecord) -> bool:
    """A filter: that somebody asked for what is not there is no warning."""
    if getattr(record, "status_code", None) in {404, 410} and record.levelno == logging.WARNING:
        record.levelno, record.levelname = logging.INFO, "INFO"
        return logging.getLogger().isEnabledFor(logging.INFO)
    return True
