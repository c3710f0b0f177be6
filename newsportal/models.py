"""What the site itself remembers, apart from articles and counts."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


class WeatherObservation(models.Model):
    """The last good observation of a station."""

    station = models.CharField("観測所番号", max_length=10, unique=True)
    place = models.CharField("地点", max_length=20)
    temperature = models.DecimalField("気温（℃）", max_digits=4, decimal_places=1)
    observed_at = models.DateTimeField("観測時刻")

    class Meta:
        verbose_name = "気象観測"
        verbose_name_plural = "気象観測"

    def __str__(self) -> str:
        return f"{self.place} {self.temperature}℃"

    @property
    def is_fresh(self) -> bool:
        """Young enough to be shown to readers."""
        age = timezone.now() - self.observed_at
        return age <= timedelta(minutes=settings.WEATHER_MAX_AGE_MINUTES)


class Heartbeat(models.Model):
    """When the worker of a host last gave a sign of life."""

    host = models.CharField("ホスト", max_length=200, unique=True)
    at = models.DateTimeField("最後の合図")

    class Meta:
        verbose_name = "workerの合図"
        verbose_name_plural = "workerの合図"

    def __str__(self) -> str:
        return self.host


class Purge(models.Model):
    """What a CDN is to drop because of one change, until it confirms that it did."""

    # The number of the Invalidation, which is deleted before this is.
    invalidation = models.BigIntegerField("変更", unique=True)
    keys = models.TextField("ページの鍵")
    changed_at = models.DateTimeField("変更日時")
    next_try_at = models.DateTimeField("次の通知")
    attempts = models.PositiveIntegerField("通知回数", default=0)
    error = models.CharField("最後の応答", max_length=500, blank=True)
    confirmed_at = models.DateTimeField("確認日時", null=True, blank=True)

    class Meta:
        verbose_name = "CDNへの通知"
        verbose_name_plural = "CDNへの通知"
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(confirmed_at=None),
                name="purge_not_confirmed",
            )
        ]

    def __str__(self) -> str:
        return self.keys
