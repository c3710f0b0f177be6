"""The archive by day, month and year of Japan, read through indexes only."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, ArticleQuerySet

# Days that databases and time zones can hold with room to either side.
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Period:
    """A day, month or year of Japan; `end` is the first day after it."""

    start: date
    end: date
    parts: int

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> Period:
        """Raises Http404 for a day that no calendar has."""
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Http404
        try:
            start = date(year, 1 if month is None else month, 1 if day is None else day)
        except ValueError as error:
            raise Http404 from error
        if day is not None:
            return cls(start, start + timedelta(days=1), 3)
        if month is not None:
            length = calendar.monthrange(year, month)[1]
            return cls(start, start + timedelta(days=length), 2)
        return cls(start, date(year + 1, 1, 1), 1)

    @classmethod
    def around(cls, at: datetime, parts: int) -> Period:
        """The day, month or year in which a moment is."""
        day = timezone.localdate(at)
        return cls.of(*(day.year, day.month, day.day)[:parts])

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def articles(self) -> ArticleQuerySet:
        return Article.objects.public().filter(
            publish_at__gte=_midnight(self.start), publish_at__lt=_midnight(self.end)
        )

    @property
    def name(self) -> str:
        """2026年11月23日, 2026年11月 or 2026年."""
        words = [f"{self.start.year}年", f"{self.start.month}月", f"{self.start.day}日"]
        return "".join(words[: self.parts])

    @property
    def weekday(self) -> str:
        return "月火水木金土日"[self.start.weekday()]

    def get_absolute_url(self) -> str:
        names = ("archive_year", "archive_month", "archive_day")
        args = (f"{self.start.year:04}", f"{self.start.month:02}", f"{self.start.day:02}")
        return reverse(names[self.parts - 1], args=args[: self.parts])

    def newest_before(self) -> Article | None:
        """The public article that leads to the nearest earlier period."""
        earlier = Article.objects.public().filter(publish_at__lt=_midnight(self.start))
        return earlier.newest().only("publish_at").first()

    def oldest_after(self) -> Article | None:
        later = Article.objects.public().filter(publish_at__gte=_midnight(self.end))
        return later.order_by("publish_at", "id").only("publish_at").first()


def filled(periods: Sequence[Period]) -> list[Period]:
    """Those of the periods that have public articles; one query that looks at one row each."""
    firsts = (period.articles.order_by("publish_at", "id")[:1] for period in periods)
    found = Article.objects.public().among(*firsts).values_list("publish_at", flat=True)
    days = [timezone.localdate(at) for at in found]
    return [period for period in periods if any(day in period for day in days)]


def years() -> list[Period]:
    """The years with public articles, the newest first."""
    public = Article.objects.public()
    newest, oldest = public.newest().first(), public.order_by("publish_at", "id").first()
    if newest is None or oldest is None or not newest.publish_at or not oldest.publish_at:
        return []
    first = max(timezone.localdate(oldest.publish_at).year, FIRST_YEAR)
    last = min(timezone.localdate(newest.publish_at).year, LAST_YEAR)
    return filled([Period.of(year) for year in range(last, first - 1, -1)])


def months(year: Period) -> list[Period]:
    return filled([Period.of(year.start.year, month) for month in range(1, 13)])


@dataclass(frozen=True)
class Calendar:
    """A month as weeks from Sunday; a day with public articles is its period, others are dates."""

    month: Period
    days: Sequence[Period]

    @property
    def weeks(self) -> list[list[tuple[date | None, Period | None]]]:
        """Rows of days; None stands for days of other months."""
        by_day = {period.start: period for period in self.days}
        start = self.month.start
        weeks = calendar.Calendar(firstweekday=6).monthdatescalendar(start.year, start.month)
        return [
            [(day, by_day.get(day)) if day in self.month else (None, None) for day in week]
            for week in weeks
        ]


def calendar_of(day: date) -> Calendar:
    month = Period.of(day.year, day.month)
    length = (month.end - month.start).days
    days = [Period.of(day.year, day.month, number) for number in range(1, length + 1)]
    today = timezone.localdate()
    return Calendar(month, filled([period for period in days if period.start <= today]))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
