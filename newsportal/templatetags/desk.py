"""How the desk's own pages write people and times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from articles.admin.times import desk_time
from articles.models.workflow import name_of

register = template.Library()


@register.filter
def desk_name(user: Any) -> str:
    return name_of(user)


@register.filter
def desk_clock(at: datetime | None) -> str:
    """The hour alone for a time of today; else with the day."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else desk_time(at)
