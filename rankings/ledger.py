"""Adds to the numbers in the database: bulk upserts, each table in the order of its key.

Every call stands in a turn (turns.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from articles.models import Article
from rankings.judging import Tally
from rankings.models import DayBucket, HeldViews, HourBucket, RefusedViews, WindowTotal
from rankings.turns import JAPAN_HOURS

COUNTS = ("views", "visitors", "raw", "reads", "seconds")
# Hour buckets are kept for 35 days; older views can no longer be counted.
HOURS_KEPT = 35 * 24
# Hours in each window of WindowTotal.
WINDOW_HOURS = {"24_hours": 24, "7_days": 168, "30_days": 720}
_WINDOW_COLUMNS = (
    *(f"last_{window}" for window in WINDOW_HOURS),
    "total",
    *(f"visitors_{window}" for window in WINDOW_HOURS),
    "visitors_total",
)


@dataclass(frozen=True)
class Sums:
    """A table of sums: columns of the key, columns that add up, columns that keep the most."""

    table: str
    key: tuple[str, ...]
    added: tuple[str, ...]
    highest: tuple[str, ...] = ()
    text: tuple[str, ...] = ()

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Adds rows (key, added, highest). Each key occurs once."""
        ordered = sorted(rows)
        if not ordered:
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # One statement with an array for each column, written out here: psycopg takes
                # ten times as long for it. Numbers and plain words need no quoting.
                columns = zip(*ordered, strict=True)
                arrays = ["{" + ",".join(map(str, column)) + "}" for column in columns]
                cursor.execute(self._insert(self._arrays()), arrays)
            else:
                cursor.executemany(self._insert(self._values()), ordered)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.added, *self.highest)

    def _arrays(self) -> str:
        arrays = ", ".join(
            f"%s::{'text' if column in self.text else 'bigint'}[]" for column in self.columns
        )
        return f"SELECT * FROM unnest({arrays})"  # noqa: S608

    def _values(self) -> str:
        return f"VALUES ({', '.join(['%s'] * len(self.columns))})"

    def _insert(self, source: str) -> str:
        table = self.table
        greatest = "GREATEST" if connection.vendor == "postgresql" else "MAX"
        # The table's name is needed: a bare column is ambiguous to PostgreSQL.
        changes = [f"{name} = {table}.{name} + EXCLUDED.{name}" for name in self.added]
        changes += [
            f"{name} = {greatest}({table}.{name}, EXCLUDED.{name})" for name in self.highest
        ]
        return (
            f"INSERT INTO {table} ({', '.join(self.columns)}) {source} "
            f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {', '.join(changes)}"
        )


HOURS = Sums(HourBucket._meta.db_table, ("hour", "article_id"), COUNTS, ("top_network",))
DAYS = Sums(DayBucket._meta.db_table, ("day", "article_id"), COUNTS)
WINDOWS = Sums(WindowTotal._meta.db_table, ("article_id",), _WINDOW_COLUMNS)
REFUSED = Sums(RefusedViews._meta.db_table, ("hour", "reason"), ("count",), text=("reason",))
HELD = Sums(HeldViews._meta.db_table, ("hour", "article_id", "network"), ("views",))

# hour, article, then COUNTS and top_network.
HourRow = tuple[int, int, int, int, int, int, int, int]


def existing_articles(ids: set[int]) -> set[int]:
    """Which of these articles exist. As one parameter: there may be a hundred thousand."""
    table = Article._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT id FROM {table} WHERE id = ANY(%s::bigint[])",  # noqa: S608
                ["{" + ",".join(map(str, ids)) + "}"],
            )
        else:
            given = "SELECT value FROM json_each(%s)"
            cursor.execute(f"SELECT id FROM {table} WHERE id IN ({given})", [json.dumps(list(ids))])  # noqa: S608
        return {row[0] for row in cursor.fetchall()}


def add_tally(tally: Tally, newest_hour: int) -> None:
    """Adds what a drain has counted; `newest_hour` is the state's."""
    add_hours(_hour_rows(tally), newest_hour)
    REFUSED.add((hour, reason, amount) for (hour, reason), amount in tally.refused.items())
    HELD.add((*key, amount) for key, amount in tally.held.items())


def add_hours(rows: Sequence[HourRow], newest_hour: int) -> None:
    """Adds to hours, and with them to their days and windows, so that all of them agree."""
    HOURS.add(rows)
    DAYS.add(_days(rows))
    WINDOWS.add(_windows(rows, newest_hour))


def _days(rows: Iterable[HourRow]) -> Iterator[tuple[int, ...]]:
    sums: dict[tuple[int, int], list[int]] = {}
    for hour, article, views, visitors, raw, reads, seconds, _ in rows:
        key = (hour + JAPAN_HOURS) // 24, article
        day = sums.get(key)
        if day is None:
            sums[key] = [views, visitors, raw, reads, seconds]
        else:
            day[0] += views
            day[1] += visitors
            day[2] += raw
            day[3] += reads
            day[4] += seconds
    return ((*key, *counts) for key, counts in sums.items())


def _windows(rows: Iterable[HourRow], newest_hour: int) -> Iterator[tuple[int, ...]]:
    """Sums by article; an hour that has left a window is not added to it."""
    # By article: views in each window and for ever, then visitors likewise.
    sums: dict[int, list[int]] = {}
    lengths = (*WINDOW_HOURS.values(), None)
    ages = {newest_hour - row[0] for row in rows}
    inside = {
        newest_hour - age: [place for place, length in enumerate(lengths) if _fits(age, length)]
        for age in ages
    }
    for hour, article, views, visitors, *_ in rows:
        if not views:
            continue
        window = sums.get(article)
        if window is None:
            window = sums[article] = [0] * (2 * len(lengths))
        for place in inside[hour]:
            window[place] += views
            window[place + len(lengths)] += visitors
    return ((article, *counts) for article, counts in sums.items())


def _fits(age: int, length: int | None) -> bool:
    return length is None or age < length


def _hour_rows(tally: Tally) -> list[HourRow]:
    views, visitors, reads, seconds = tally.views, tally.visitors, tally.reads, tally.seconds
    top = tally.top_network
    return [
        (
            place >> 32,
            place & 0xFFFFFFFF,
            views.get(place, 0),
            visitors.get(place, 0),
            raw,
            reads.get(place, 0),
            seconds.get(place, 0),
            top.get(place, 1 if place in views else 0),
        )
        for place, raw in _raw_and_left(tally).items()
    ]


def _raw_and_left(tally: Tally) -> dict[int, int]:
    """Received views by place, with the places where views only ended."""
    return dict.fromkeys(tally.seconds, 0) | tally.raw
