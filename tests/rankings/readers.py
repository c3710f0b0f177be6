"""Readers who have read: counts as the drain leaves them, without going through the beacon."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from rankings.models import DayBucket, HourBucket, WindowTotal


def read(article, views: int, *, at: datetime | None = None, visitors: int | None = None) -> None:
    """Adds views of an article at a time to its hour, its day and the windows of now."""
    now = timezone.now()
    at = at or now
    visitors = views if visitors is None else visitors
    hour = int(at.timestamp()) // 3600
    for model, key in ((HourBucket, {"hour": hour}), (DayBucket, {"day": (hour + 9) // 24})):
        bucket, _ = model.objects.get_or_create(article_id=article.pk, **key)
        bucket.views += views
        bucket.visitors += visitors
        bucket.raw += views
        bucket.save()
    total, _ = WindowTotal.objects.get_or_create(article_id=article.pk)
    windows = {"24_hours": timedelta(days=1), "7_days": timedelta(days=7)}
    windows |= {"30_days": timedelta(days=30)}
    for name, length in windows.items():
        if now - at < length:
            _add(total, f"last_{name}", views)
            _add(total, f"visitors_{name}", visitors)
    _add(total, "total", views)
    _add(total, "visitors_total", visitors)
    total.save()


def _add(row, name: str, count: int) -> None:
    setattr(row, name, getattr(row, name) + count)
