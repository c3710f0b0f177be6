"""Reports of faults to Sentry: off without SENTRY_DSN, never with what is personal or secret."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from newsportal.logs import work_id
from newsportal.redaction import redacted

# What of a request is told: which page failed, not who asked with what.
_TOLD = {"method", "url"}


def start() -> None:
    """Begins to report, where that is wanted. Raises ImproperlyConfigured."""
    if not settings.SENTRY_DSN:
        return
    try:
        import sentry_sdk  # noqa: PLC0415 (only for who wants it)
    except ImportError:
        raise ImproperlyConfigured(
            "SENTRY_DSN needs the package sentry-sdk (docs/operations.md)."
        ) from None
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        # The lines before a fault tell of other people's requests.
        max_breadcrumbs=0,
        server_name="",
        before_send=clean,
    )


def clean(event: Any, hint: dict[str, Any]) -> Any:
    """The event without people, queries and secrets, and with the number of its request or job."""
    for name in ("user", "breadcrumbs", "modules", "extra", "_meta"):
        event.pop(name, None)
    if "request" in event:
        event["request"] = {k: v for k, v in event["request"].items() if k in _TOLD}
    event.setdefault("tags", {})["work_id"] = work_id.get()
    return json.loads(redacted(json.dumps(event, default=str)))
