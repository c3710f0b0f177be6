"""What the desk may know of readers: an article's views by hour and day, and what was refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import F, Sum

from articles.models import Section
from rankings import past
from rankings.models import (
    DayBucket,
    HeldViews,
    HourBucket,
    RefusedViews,
    Window,
    WindowTotal,
)
from rankings.past import RankPoint
from rankings.turns import epoch_hour, japanese_day

HOURS, DAYS = 48, 30
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Period:
    """An hour or a day: `at` is its beginning."""

    at: datetime | date
    counted: int
    raw: int
    # How often the article was read to its end, and for how long all readers had it in sight.
    reads: int
    seconds: int

    @property
    def mean_seconds(self) -> int:
        return round(self.seconds / self.counted) if self.counted else 0


@dataclass(frozen=True)
class Readership:
    hours: list[Period]
    days: list[Period]
    totals: WindowTotal
    # The part of the views of the last hours that came from the one network with most, 0 to 1.
    network_share: float
    ranks: list[RankPoint]

    @property
    def busiest_hour(self) -> int:
        return max(hour.raw for hour in self.hours)

    @property
    def busiest_day(self) -> int:
        return max(day.raw for day in self.days)

    @property
    def month(self) -> Period:
        """All days together."""
        return Period(
            self.days[0].at,
            sum(day.counted for day in self.days),
            sum(day.raw for day in self.days),
            sum(day.reads for day in self.days),
            sum(day.seconds for day in self.days),
        )


@dataclass(frozen=True)
class HourOfSite:
    """What came in, what was counted, what was refused and why, in one hour."""

    at: datetime
    raw: int
    counted: int
    refused: Mapping[str, int]


def readership(article_id: int, at: datetime, section: Section | None = None) -> Readership:
    hour, day = epoch_hour(at.timestamp()), japanese_day(epoch_hour(at.timestamp()))
    hours = range(hour - HOURS + 1, hour + 1)
    # All keys are named, for the primary key begins with the hour.
    by_hour = {
        row.hour: row for row in HourBucket.objects.filter(hour__in=hours, article_id=article_id)
    }
    days = range(day - DAYS + 1, day + 1)
    by_day = {row.day: row for row in DayBucket.objects.filter(day__in=days, article_id=article_id)}
    # The biggest network's views are told as they came, so all others' are too.
    held = HeldViews.objects.filter(article_id=article_id, hour__in=hours)
    waiting = held.aggregate(sum=Sum(F("views") - F("accepted"), default=0))["sum"]
    views = waiting + sum(row.views for row in by_hour.values())
    of_networks = sum(row.top_network for row in by_hour.values())
    totals = WindowTotal.objects.filter(article_id=article_id).first()
    return Readership(
        [_period(beginning_of_hour(number), by_hour.get(number)) for number in hours],
        [_period(_EPOCH + timedelta(days=number), by_day.get(number)) for number in days],
        totals or WindowTotal(article_id=article_id),
        of_networks / views if views else 0.0,
        past.history(article_id, Window.DAILY, section, since=at - timedelta(hours=HOURS)),
    )


def hours_of_site(at: datetime, count: int = 24) -> list[HourOfSite]:
    """The last hours of all articles together, the newest first."""
    hour = epoch_hour(at.timestamp())
    sums = HourBucket.objects.filter(hour__gt=hour - count).values("hour")
    rows = {row["hour"]: row for row in sums.annotate(raw=Sum("raw"), counted=Sum("views"))}
    refused: dict[int, dict[str, int]] = {}
    for row in RefusedViews.objects.filter(hour__gt=hour - count).order_by("hour", "-count"):
        refused.setdefault(row.hour, {})[row.get_reason_display()] = row.count
    return [
        HourOfSite(
            beginning_of_hour(number),
            rows[number]["raw"] if number in rows else 0,
            rows[number]["counted"] if number in rows else 0,
            refused.get(number, {}),
        )
        for number in range(hour, hour - count, -1)
    ]


def _period(at: datetime | date, row: HourBucket | DayBucket | None) -> Period:
    if row is None:
        return Period(at, 0, 0, 0, 0)
    return Period(at, row.views, row.raw, row.reads, row.seconds)


def beginning_of_hour(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


@dataclass(frozen=True, slots=True)
class Lately:
    """Views of an article in the last hour, in the hour before that, and in 24 hours."""

    hour: int = 0
    hour_before: int = 0
    day: int = 0

    @property
    def change(self) -> int:
        return self.hour - self.hour_before


def lately(article_ids: Collection[int], at: datetime) -> dict[int, Lately]:
    """For many articles at once: two queries. Who was not read at all is not among them.

    Hours are counted as they are by the clock; of one that is cut, the part that belongs.
    """
    hour = epoch_hour(at.timestamp())
    left = 1 - at.timestamp() % 3600 / 3600
    rows = HourBucket.objects.filter(
        hour__in=range(hour - 2, hour + 1), article_id__in=article_ids
    ).values_list("article_id", "hour", "views")
    by_hour: dict[int, dict[int, int]] = {}
    for article, number, views in rows:
        by_hour.setdefault(article, {})[number] = views
    totals = dict(
        WindowTotal.objects.filter(article_id__in=article_ids).values_list(
            "article_id", "last_24_hours"
        )
    )
    found = {}
    for article in {*by_hour, *totals}:
        running, before, last = (by_hour.get(article, {}).get(hour - n, 0) for n in range(3))
        found[article] = Lately(
            round(running + left * before),
            round((1 - left) * before + left * last),
            totals.get(article, 0),
        )
    return found
