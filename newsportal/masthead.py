"""What stands above and below every page: 速報, date, weather, sections, pages about the paper."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Aggregate, CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from articles.models import AboutPage, Article, Banner, Section
from newsportal.models import WeatherObservation

MEMO_SECONDS = 30.0


class Flash(NamedTuple):
    """The 速報 that stands above the pages now."""

    text: str
    # Empty when it leads nowhere, or to an article that is not public.
    address: str
    ends_at: datetime


class Masthead(NamedTuple):
    sections: Sequence[Section]
    observation: WeatherObservation | None
    pages: Sequence[AboutPage] = ()
    flash: Flash | None = None

    @property
    def banner(self) -> Flash | None:
        """The 速報 until its end, however old the memo is."""
        flash = self.flash
        return flash if flash is not None and flash.ends_at > timezone.now() else None

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
        _memo = _read_until()
    return _memo[1]


def forget() -> None:
    """Makes the next page read again."""
    global _memo  # noqa: PLW0603
    _memo = None


def _read_until() -> tuple[float, Masthead]:
    """What was read, and until when it holds: not past the beginning of the next 速報."""
    now = timezone.now()
    read, next_at = _read(now)
    seconds = MEMO_SECONDS
    if next_at is not None:
        seconds = min(seconds, max(0.0, (next_at - now).total_seconds()))
    return time.monotonic() + seconds, read


def _read(now: datetime) -> tuple[Masthead, datetime | None]:
    """All of it in one query, since every page made anew has it; and when the next 速報 begins."""
    latest = WeatherObservation.objects.filter(station=settings.WEATHER_STATION)
    rows: list[Any] = list(
        Section.objects.annotate(
            weather_place=Subquery(latest.values("place")),
            weather_temperature=Subquery(latest.values("temperature")),
            weather_at=Subquery(latest.values("observed_at")),
            about_pages=Subquery(_footer_pages()),
            **_flash_columns(now),
        )
    )
    read = Masthead(
        sections=rows,
        observation=_observation(rows),
        pages=_pages(rows),
        flash=_flash(rows),
    )
    return read, getattr(rows[0], "flash_next", None) if rows else None


def _flash_columns(now: datetime) -> dict[str, Subquery]:
    shown = Banner.objects.shown(now)
    ahead = Banner.objects.filter(starts_at__gt=now).order_by("starts_at").values("starts_at")
    public = Article.objects.public(now).filter(pk=OuterRef("article")).values("pk")
    linked = shown.annotate(linked=Subquery(public)).values("linked")
    return {
        "flash_text": Subquery(shown.values("text")[:1]),
        "flash_url": Subquery(shown.values("url")[:1]),
        "flash_article": Subquery(linked[:1]),
        "flash_ends": Subquery(shown.values("ends_at")[:1]),
        "flash_next": Subquery(ahead[:1]),
    }


def _flash(rows: Sequence[Any]) -> Flash | None:
    if not rows or rows[0].flash_text is None:
        return None
    article = rows[0].flash_article
    address = reverse("article", args=[article]) if article else rows[0].flash_url
    return Flash(rows[0].flash_text, address, rows[0].flash_ends)


class _Joined(Aggregate):
    """Rows as lines of one text, in no order."""

    output_field = CharField()
    template = "%(function)s(%(expressions)s, CHR(10))"
    function = "STRING_AGG"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "GROUP_CONCAT(%(expressions)s, CHAR(10))"
        return self.as_sql(compiler, connection, template=template, **context)


def _footer_pages() -> QuerySet[Any, Any]:
    """One row: a line for each page with its place, slug and title. None of them has a tab."""
    tab = Value("\t")
    line = Concat(Cast("order", CharField()), tab, "slug", tab, "title", output_field=CharField())
    shown = AboutPage.objects.shown().filter(in_footer=True).order_by()
    # Grouped by what is the same for all.
    grouped = shown.annotate(one=Value(1)).values("one").annotate(joined=_Joined(line))
    return grouped.values_list("joined")


def _pages(rows: Sequence[Any]) -> list[AboutPage]:
    if not rows:
        # A newsroom without sections is being set up.
        return list(AboutPage.objects.shown().filter(in_footer=True))
    lines = [line.split("\t") for line in (rows[0].about_pages or "").splitlines()]
    lines.sort(key=lambda line: int(line[0]))
    return [AboutPage(slug=slug, title=title) for _, slug, title in lines]


def _observation(rows: Sequence[Any]) -> WeatherObservation | None:
    if not rows or rows[0].weather_at is None:
        return None
    return WeatherObservation(
        station=settings.WEATHER_STATION,
        place=rows[0].weather_place,
        temperature=rows[0].weather_temperature,
        observed_at=rows[0].weather_at,
    )
