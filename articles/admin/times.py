"""Times as the desk reads them: Japan time, no more of the date than is needed."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def desk_time(at: datetime | None) -> str:
    """11月23日 13:50; with the year when it is not this one; a dash for no time."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    year = "" if local.year == timezone.localtime().year else f"{local.year}年"
    return f"{year}{local.month}月{local.day}日 {local:%H:%M}"
