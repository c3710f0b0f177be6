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
