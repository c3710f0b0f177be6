"""What stands on top of every page: today's date, the weather, the sections."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Subquery
from django.utils import timezone

from articles.models import Section
from newsportal.models import WeatherObservation

MEMO_SECONDS = 30.0


class Masthead(NamedTuple):
    sections: Sequence[Section]
    observation: WeatherObservation | None

    @property
    def today(self) -> date:
        """The date in Japan at the moment of asking, however old the memo is."""
        return timezone.localdate()

    @property
    def weather(self) -> WeatherObservation | None:
        """The observation while it is fresh."""
        observation = self.observation
        return observation if observation is not None and observation.is_fresh else None


# One per process: (when to read again, what was read).
_memo: tuple[float, Masthead] | None = None


def masthead() -> Masthead:
    """The masthead's data, at most MEMO_SECONDS old, so that a page seldom asks for it."""
    global _memo  # noqa: PLW0603 (a tuple swapped whole needs no lock)
    if _memo is None or _memo[0] < time.monotonic():
        _memo = (time.monotonic() + MEMO_SECONDS, _read())
    return _memo[1]


def forget() -> None:
    """Makes the next page read again."""
    global _memo  # noqa: PLW0603
    _memo = None


def _read() -> Masthead:
    """Sections and weather in one query: an article page has eight in all."""
    latest = WeatherObservation.objects.filter(station=settings.WEATHER_STATION)
    rows = list(
        Section.objects.annotate(
            weather_place=Subquery(latest.values("place")),
            weather_temperature=Subquery(latest.values("temperature")),
            weather_at=Subquery(latest.values("observed_at")),
        )
    )
    return Masthead(sections=rows, observation=_observation(rows))


def _observation(rows: Sequence[Any]) -> WeatherObservation | None:
    if not rows or rows[0].weather_at is None:
        return None
    return WeatherObservation(
        station=settings.WEATHER_STATION,
        place=rows[0].weather_place,
        temperature=rows[0].weather_temperature,
        observed_at=rows[0].weather_at,
    )
