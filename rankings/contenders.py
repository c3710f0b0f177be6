"""Reads from the counts who may stand in which list.

Only articles that reach about the last place of their section's list are read: the list that
stands tells where that is, and a section that comes out short is read again without a bound.

Windows: hourly is the last 60 minutes, with the previous hour's bucket weighed by what is
left of it; daily, weekly and monthly are the last 24, 168 and 720 hours with the running
hour; yesterday is the JST calendar day; rising compares the last hour with the article's own
last day.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Expression

from articles.models import Article, ArticleQuerySet, Section
from rankings.models import DayBucket, HourBucket, Window, WindowTotal
from rankings.placing import Contender, by_rank
from rankings.turns import epoch_hour, japanese_day

# Added to both sides of the 急上昇 ratio: one view after none is not a rise.
RISING_SMOOTHING = 3.0
RISING_FLOOR = 5
RISING_RATIO = 1.2
# Of the hourly list's bound, which is 0.6 of its last place.
RISING_SHARE = 0.5
# What every list asks for at least.
LOWEST = dict.fromkeys(Window, 0.5) | {Window.RISING: RISING_RATIO}
# Reached by nobody: for sections that are not to be read again.
BEYOND = 1e15
IDS_AT_ONCE = 10_000

# The score from which on articles are read, by window and section.
Bounds = Mapping[tuple[str, int | None], float]
# Article, section, publish time; then score, told views and visitors of each window.
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Source:
    """SQL that gives article_id and, for the nth window, its score sn, views tn, visitors vn."""

    windows: tuple[Window, ...]
    sql: str
    params: tuple[float, ...] = ()
    # What a window asks for beside its bound, by its number.
    conditions: Mapping[int, str] = field(default_factory=dict)
    # Whether its scores are whole numbers, as columns are.
    is_whole: bool = False


def hour_of(at: datetime) -> int:
    return epoch_hour(at.timestamp())


def rankable(at: datetime | Expression) -> ArticleQuerySet:
    """Articles that a ranking may show at a time."""
    return Article.objects.public(at).filter(noindex=False, is_sensitive=False)


def contenders(at: datetime, *, keep: int, bounds: Bounds) -> dict[Window, list[Contender]]:
    """The `keep` highest of every section in every window, and some more, in no order."""
    sections = list(Section.objects.values_list("pk", flat=True))
    found: dict[Window, list[Contender]] = {}
    for source in (_totals(), _last_hour(at), _yesterday(at)):
        asked = {
            section: [_bound(bounds, window, section) for window in source.windows]
            for section in sections
        }
        rows = _read(source, asked, at)
        again = _short(source, rows, asked, keep)
        if again:
            rows = {**rows, **_read(source, again, at)}
        for index, window in enumerate(source.windows):
            found[window] = _best(rows.values(), index, LOWEST[window], keep)
    return found


def _bound(bounds: Bounds, window: Window, section: int) -> float:
    return max(LOWEST[window], bounds.get((window.value, section), 0.0))


def _short(
    source: Source, rows: Mapping[int, Row], asked: Mapping[int, list[float]], keep: int
) -> dict[int, list[float]]:
    """Bounds for reading again those lists whose bound left fewer than `keep`."""
    reached: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows.values():
        for index, bound in enumerate(asked[row[1]]):
            reached[row[1], index] += row[3 + 3 * index] >= bound
    again = {}
    for section, bounds in asked.items():
        lowered = [
            LOWEST[window]
            if reached[section, index] < keep and bounds[index] > LOWEST[window]
            else BEYOND
            for index, window in enumerate(source.windows)
        ]
        if min(lowered) < BEYOND:
            again[section] = lowered
    return again


def _best(rows: Iterable[Row], index: int, lowest: float, keep: int) -> list[Contender]:
    by_section: dict[int, list[Contender]] = defaultdict(list)
    for row in rows:
        score, views, visitors = row[3 + 3 * index : 6 + 3 * index]
        # Reads of views that are held rank nobody.
        if score >= lowest and views > 0:
            by_section[row[1]].append(
                Contender(row[0], row[1], max(1, round(views)), score, visitors, row[2])
            )
    return [c for members in by_section.values() for c in sorted(members, key=by_rank)[:keep]]


def _score(views: str, reads: str) -> str:
    """What ranks: views, and reads as RANKING_READ_WEIGHT has it. Never less than the views."""
    weight = settings.RANKING_READ_WEIGHT
    return f"({views} + {weight} * {reads})" if weight else views


def _totals() -> Source:
    windows = {
        Window.DAILY: ("last_24_hours", "visitors_24_hours", "reads_24_hours"),
        Window.WEEKLY: ("last_7_days", "visitors_7_days", "reads_7_days"),
        Window.MONTHLY: ("last_30_days", "visitors_30_days", "reads_30_days"),
        Window.ALL: ("total", "visitors_total", "reads_total"),
    }
    columns = ", ".join(
        f"{_score(views, reads)} AS s{index}, {views} AS t{index}, {visitors} AS v{index}"
        for index, (views, visitors, reads) in enumerate(windows.values())
    )
    sql = f"SELECT article_id, {columns} FROM {_table(WindowTotal)}"  # noqa: S608
    return Source(tuple(windows), sql, is_whole=True)


def _last_hour(at: datetime) -> Source:
    hour = hour_of(at)
    left = 1 - (at.timestamp() % 3600) / 3600
    weighed = "SUM({} * CASE WHEN hour = %s THEN 1 ELSE CAST(%s AS double precision) END)"
    lately = (
        f"SELECT article_id, {weighed.format(_score('views', 'reads'))} AS score,"  # noqa: S608
        f" {weighed.format('views')} AS lately,"
        f" {weighed.format('visitors')} AS visitors,"
        " SUM(CASE WHEN hour = %s THEN views ELSE 0 END) AS running"
        f" FROM {_table(HourBucket)} WHERE hour IN (%s, %s) GROUP BY article_id"
    )
    # The usual hour: the 23 before the running one.
    usual = (
        "CASE WHEN t.last_24_hours > r.running"
        " THEN (t.last_24_hours - r.running) / CAST(23 AS double precision) ELSE 0 END"
    )
    rise = f"(r.lately + {RISING_SMOOTHING}) / ({usual} + {RISING_SMOOTHING})"
    sql = (
        "SELECT r.article_id, r.score AS s0, r.lately AS t0, r.visitors AS v0,"  # noqa: S608
        f" CASE WHEN r.lately >= {RISING_FLOOR} THEN {rise} ELSE 0 END AS s1,"
        " r.lately AS t1, r.visitors AS v1"
        f" FROM ({lately}) r LEFT JOIN {_table(WindowTotal)} t ON t.article_id = r.article_id"
    )
    weights = (hour, left) * 3
    # The noise floor grows with the section: what few read there cannot be said to rise.
    floor = {1: f"s.t1 >= b.b0 * {RISING_SHARE}"}
    return Source((Window.HOURLY, Window.RISING), sql, (*weights, hour, hour, hour - 1), floor)


def _yesterday(at: datetime) -> Source:
    sql = (
        f"SELECT article_id, {_score('views', 'reads')} AS s0, views AS t0, visitors AS v0"  # noqa: S608
        f" FROM {_table(DayBucket)} WHERE day = %s"
    )
    return Source((Window.YESTERDAY,), sql, (japanese_day(hour_of(at)) - 1,), is_whole=True)


def _table(model: type[WindowTotal | HourBucket | DayBucket]) -> str:
    return model._meta.db_table


def _read(source: Source, asked: Mapping[int, list[float]], at: datetime) -> dict[int, Row]:
    """Rows of rankable articles that reach a bound of their section, by article."""
    if not asked:
        return {}
    sql, params = _bounded(source, asked)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, Article.Status.PUBLISHED])
        rows = {row[0]: row for row in cursor.fetchall()}
    ids = list(rows)
    shown: set[int] = set()
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = rankable(at).filter(pk__in=ids[start : start + IDS_AT_ONCE])
        shown.update(some.values_list("pk", flat=True))
    return {pk: row for pk, row in rows.items() if pk in shown}


def _bounded(source: Source, asked: Mapping[int, list[float]]) -> tuple[str, list[Any]]:
    """The query of a source. Counts have no foreign key, so the ORM cannot join them.

    Of an article it takes only what one index holds; whether it may be shown is asked of the
    few that remain.
    """
    count = len(source.windows)
    number = "CAST(%s AS double precision)"
    bounds = ", ".join(["(" + ", ".join(["%s", *[number] * count]) + ")"] * len(asked))
    names = ", ".join(f"b{index}" for index in range(count))
    columns = ", ".join(f"s.s{index}, s.t{index}, s.v{index}" for index in range(count))
    reached = " OR ".join(
        f"(s.s{index} >= b.b{index} AND {source.conditions.get(index, '1 = 1')})"
        for index in range(count)
    )
    # The lowest bound of all first: most rows are gone before anything is joined. A column and
    # a whole number tell PostgreSQL how few are left; it read every article of the archive when
    # it had to guess.
    lowest = " OR ".join(
        f"q.s{index} >= {'%s' if source.is_whole else number}" for index in range(count)
    )
    lowest_bounds: list[float] = [min(scores) for scores in zip(*asked.values(), strict=True)]
    if source.is_whole:
        lowest_bounds = [math.ceil(bound) for bound in lowest_bounds]
    published = "(julianday(a.publish_at) - 2440587.5) * 86400"
    if connection.vendor == "postgresql":
        published = "CAST(EXTRACT(EPOCH FROM a.publish_at) AS double precision)"
    sql = (
        f"WITH b (section_id, {names}) AS (VALUES {bounds})"  # noqa: S608
        f" SELECT a.id, a.section_id, {published}, {columns}"
        f" FROM (SELECT * FROM ({source.sql}) q WHERE {lowest}) s"
        f" JOIN {Article._meta.db_table} a ON a.id = s.article_id"
        f" JOIN b ON b.section_id = a.section_id WHERE ({reached}) AND a.status = %s"
    )
    values = [value for section, scores in asked.items() for value in (section, *scores)]
    return sql, [*values, *source.params, *lowest_bounds]
