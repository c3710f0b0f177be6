"""Adds to the numbers in the database: bulk upserts, each table in the order of its key.

Every call stands in a turn (turns.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
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
# What windows sum up: a column of the hours, and what its windows and its total are called.
WINDOW_SUMS = (
    ("views", "last", "total"),
    ("visitors", "visitors", "visitors_total"),
    ("reads", "reads", "reads_total"),
)
WINDOW_COLUMNS = tuple(
    name
    for _, prefix, total in WINDOW_SUMS
    for name in (*(f"{prefix}_{window}" for window in WINDOW_HOURS), total)
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
                source = f"SELECT * FROM {arrays(self.columns, self.text)}"  # noqa: S608
                columns = zip(*ordered, strict=True)
                cursor.execute(self.insert(source), [as_array(column) for column in columns])
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(self.insert(f"VALUES ({marks})"), ordered)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.added, *self.highest)

    def insert(self, source: str) -> str:
        """The upsert of what `source`, a SELECT or VALUES with these columns, gives."""
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


def arrays(columns: Sequence[str], text: Sequence[str] = ()) -> str:
    """PostgreSQL: rows from one array parameter for each column, in one statement."""
    types = ("text" if column in text else "bigint" for column in columns)
    return f"unnest({', '.join(f'%s::{kind}[]' for kind in types)})"


def as_array(column: Iterable[object]) -> str:
    """An array as PostgreSQL writes it: psycopg takes ten times as long for a list.

    Numbers and plain words need no quoting.
    """
    return "{" + ",".join(map(str, column)) + "}"


HOURS = Sums(HourBucket._meta.db_table, ("hour", "article_id"), COUNTS, ("top_network",))
DAYS = Sums(DayBucket._meta.db_table, ("day", "article_id"), COUNTS)
WINDOWS = Sums(WindowTotal._meta.db_table, ("article_id",), WINDOW_COLUMNS)
REFUSED = Sums(RefusedViews._meta.db_table, ("hour", "reason"), ("count",), text=("reason",))
HELD = Sums(HeldViews._meta.db_table, ("hour", "article_id", "network"), ("views",))

# hour, article, then COUNTS and top_network.
HourRow = tuple[int, int, int, int, int, int, int, int]
# Each column of hour rows, all in the order of the rows.
HourColumns = Sequence[Sequence[int]]

# Under this name all statements of a turn find the hour rows that are to be added.
_GIVEN = "given_hours"


def existing_articles(ids: set[int]) -> set[int]:
    """Which of these articles exist. As one parameter: there may be a hundred thousand."""
    table = Article._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT id FROM {table} WHERE id = ANY(%s::bigint[])",  # noqa: S608
                [as_array(ids)],
            )
        else:
            given = "SELECT value FROM json_each(%s)"
            cursor.execute(f"SELECT id FROM {table} WHERE id IN ({given})", [json.dumps(list(ids))])  # noqa: S608
        return {row[0] for row in cursor.fetchall()}


def add_tally(tally: Tally, newest_hour: int) -> None:
    """Adds what a drain has counted; `newest_hour` is the state's."""
    _add_columns(_hour_columns(tally), newest_hour)
    REFUSED.add((hour, reason, amount) for (hour, reason), amount in tally.refused.items())
    HELD.add((*key, amount) for key, amount in tally.held.items())


def _hour_columns(tally: Tally) -> HourColumns:
    """Hour rows in the order of their key, column by column, which is quicker than by row."""
    # Received views, and the places where views only ended.
    places = sorted(tally.raw.keys() | tally.seconds.keys())

    def column(sums: Mapping[int, int]) -> list[int]:
        return list(map(sums.get, places, repeat(0)))

    views = column(tally.views)
    top = tally.top_network
    return (
        [place >> 32 for place in places],
        [place & 0xFFFFFFFF for place in places],
        views,
        column(tally.visitors),
        column(tally.raw),
        column(tally.reads),
        column(tally.seconds),
        [top.get(place, 1 if seen else 0) for place, seen in zip(places, views, strict=True)],
    )


def add_hours(rows: Iterable[HourRow], newest_hour: int) -> None:
    """Adds to hours, and with them to their days and windows, so that all of them agree."""
    _add_columns(list(zip(*sorted(rows), strict=True)), newest_hour)


def _add_columns(columns: HourColumns, newest_hour: int) -> None:
    """Days and windows are summed up in the database, which has the hours then anyway."""
    if not columns or not columns[0]:
        return
    into_hours = HOURS.insert(
        f"SELECT {', '.join(HOURS.columns)} FROM {_GIVEN} WHERE 1 = 1 ORDER BY hour, article_id"  # noqa: S608
    )
    into_days = DAYS.insert(_DAYS_OF_GIVEN)
    into_windows = WINDOWS.insert(_windows_of_given(newest_hour))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            given = f"SELECT * FROM {arrays(HOURS.columns)} AS t ({', '.join(HOURS.columns)})"  # noqa: S608
            cursor.execute(
                f"WITH {_GIVEN} AS MATERIALIZED ({given}),"
                f" hours AS ({into_hours}), days AS ({into_days}) {into_windows}",
                [as_array(column) for column in columns],
            )
        else:
            cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {_GIVEN} ({', '.join(HOURS.columns)})")
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {_GIVEN} VALUES ({marks})",  # noqa: S608
                list(zip(*columns, strict=True)),
            )
            for statement in (into_hours, into_days, into_windows, f"DELETE FROM {_GIVEN}"):  # noqa: S608
                cursor.execute(statement)


_DAYS_OF_GIVEN = (
    f"SELECT (hour + {JAPAN_HOURS}) / 24 AS day, article_id,"  # noqa: S608
    f" {', '.join(f'SUM({name})' for name in COUNTS)}"
    f" FROM {_GIVEN} GROUP BY 1, 2 ORDER BY 1, 2"
)


def _windows_of_given(newest_hour: int) -> str:
    """Sums by article; an hour that has left a window is not added to it."""
    sums = [
        f"SUM(CASE WHEN hour > {newest_hour - length} THEN {name} ELSE 0 END)"
        if length
        else f"SUM({name})"
        for name, _, _ in WINDOW_SUMS
        for length in (*WINDOW_HOURS.values(), None)
    ]
    return (
        f"SELECT article_id, {', '.join(sums)} FROM {_GIVEN}"  # noqa: S608
        " WHERE views <> 0 OR reads <> 0 GROUP BY article_id ORDER BY article_id"
    )
