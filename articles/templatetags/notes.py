"""What the desk's first page shows of notes."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from articles import noting

register = template.Library()
MOST_SHOWN = 8


@register.inclusion_tag("admin/articles/_mentions.html", takes_context=True)
def my_mentions(context: Context) -> dict[str, Any]:
    """Notes that name who looks, unread."""
    request = context["request"]
    found = list(noting.unread_mentions(request.user)[: MOST_SHOWN + 1])
    return {
        "mentions": found[:MOST_SHOWN],
        "has_more": len(found) > MOST_SHOWN,
        "csrf_token": context["csrf_token"],
    }
