"""What readers are told of where their browsers send anything."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from newsportal.transmissions import declared

register = template.Library()


@register.inclusion_tag("newsportal/_transmissions.html")
def transmissions() -> dict[str, Any]:
    """The table of external transmissions, or the sentence that there are none."""
    return {"transmissions": declared([settings.STATIC_URL, settings.MEDIA_URL])}
