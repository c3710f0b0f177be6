"""What reports of faults and lines of the log leave out: more than Django's own list of names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from django.conf import settings
from django.views.debug import SafeExceptionReporterFilter

HIDDEN = "********"
# The password in an address of a server.
_IN_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE)
_SECRETS = ("SECRET_KEY", "METRICS_TOKEN", "CDN_TOKEN", "SENTRY_DSN")
# Shorter words would be struck out of innocent sentences.
_SHORTEST = 8


class ReportFilter(SafeExceptionReporterFilter):
    """Addresses of servers hold their passwords."""

    hidden_settings = re.compile(
        rf"{SafeExceptionReporterFilter.hidden_settings.pattern}|DATABASE_URL|REDIS_URL|SENTRY_DSN",
        re.IGNORECASE,
    )


def redacted(text: str) -> str:
    """A text without any secret of the settings, as it stands there or as JSON writes it."""
    for secret in _secrets():
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN).replace(json.dumps(secret)[1:-1], HIDDEN)
    return _IN_ADDRESS.sub(rf"\1{HIDDEN}", text)


def _secrets() -> Iterator[str]:
    for name in _SECRETS:
        yield getattr(settings, name, "")
    for database in settings.DATABASES.values():
        yield database.get("PASSWORD") or ""
    for storage in settings.STORAGES.values():
        yield storage.get("OPTIONS", {}).get("secret_key") or ""
