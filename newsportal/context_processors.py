"""What every page's masthead and foot show. Never queries the database by itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from newsportal.masthead import masthead as read_masthead


def masthead(request: HttpRequest) -> dict[str, object]:
    """Names of the site, and the masthead as a function: a template that calls it reads it."""
    return {
        "site_name": settings.SITE_NAME,
        "site_tagline": settings.SITE_TAGLINE,
        "site_url": settings.SITE_URL,
        "masthead": read_masthead,
    }
