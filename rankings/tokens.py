"""The token in an article's page: shows that the server made the page within eight days.

It holds no reader's data, so a page with it may be cached for all. It is no defence against
fraud, as a bot can copy it; it keeps unknown and unpublished ids out without a look-up.
"""

from __future__ import annotations

import hmac
import time
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache

from django.conf import settings

DAYS_GOOD = 8
DAY_SECONDS = 86400


def view_token(article_id: int, at: datetime | None = None) -> str:
    """A token for an article's page rendered at a time (default: now)."""
    moment = time.time() if at is None else at.timestamp()
    return _token(settings.SECRET_KEY, int(moment) // DAY_SECONDS, article_id)


def token_keys() -> tuple[str, ...]:
    """The secrets with which a token may be made: today's, and those it has replaced."""
    return tuple(str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


# The same page sends the same token again and again.
@lru_cache(maxsize=16384)
def refusal_of(token: str, article_id: int, today: int, keys: tuple[str, ...]) -> str:
    """Why a token does not admit a view: "token" (forged), "expired", or empty when it does."""
    day_text, _, _ = token.partition(".")
    # A decimal day of five digits serves until the year 2243.
    if len(day_text) != 5 or not (day_text.isascii() and day_text.isdecimal()):
        return "token"
    # One day ahead: the clocks of two hosts differ at midnight.
    if not -1 <= today - int(day_text) <= DAYS_GOOD:
        return "expired"
    given = token.encode("utf-8", "replace")
    for key in keys:
        if hmac.compare_digest(_token(key, int(day_text), article_id).encode(), given):
            return ""
    return "token"


@lru_cache(maxsize=32)
def _day_key(secret: str, day: int) -> bytes:
    return hmac.digest(secret.encode(), f"view token {day}".encode(), "sha256")


@lru_cache(maxsize=65536)
def _token(secret: str, day: int, article_id: int) -> str:
    mark = hmac.digest(_day_key(secret, day), str(article_id).encode(), "sha256")[:12]
    return f"{day}.{urlsafe_b64encode(mark).decode()}"
