"""Makes days, windows and totals anew from the hours, and tells whether they agree.

Hours are kept for 35 days; days before that stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from rankings.ledger import COUNTS, HOURS_KEPT, WINDOW_COLUMNS, WINDOW_HOURS, WINDOW_SUMS
from rankings.models import DayBucket, HourBucket, WindowTotal
from rankings.turns import epoch_hour, japanese_day, take_turn

_HOURS = HourBucket._meta.db_table
_DAYS = DayBucket._meta.db_table
_WINDOWS = WindowTotal._meta.db_table
_DAY_COLUMNS = ("day", "article_id", *COUNTS)

# SQL and its parameters.
Query = tuple[str, list[int]]


@transaction.atomic
def rebuild_counts(at: datetime) -> None:
    """Recomputes the days that the hours cover, all windows as of a time, and all totals."""
    state = take_turn()
    state.newest_hour = epoch_hour(at.timestamp())
    state.save()
    first = first_whole_day(state.newest_hour)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_DAYS} WHERE day >= %s", [first])  # noqa: S608
        _fill(_DAYS, _DAY_COLUMNS, _days_from_hours(first))
        cursor.execute(f"DELETE FROM {_WINDOWS}")  # noqa: S608
        _fill(_WINDOWS, _window_columns(), _windows_from_buckets(state.newest_hour))


def disagreements(newest_hour: int) -> list[str]:
    """Where hours, days and windows do not tell the same, as sentences; empty when they do."""
    first = first_whole_day(newest_hour)
    stored_days: Query = (_select(_DAYS, _DAY_COLUMNS) + " WHERE day >= %s", [first])
    days = _differing(_DAY_COLUMNS, 2, _days_from_hours(first), stored_days)
    columns = _window_columns()
    stored: Query = (_select(_WINDOWS, columns), [])
    windows = _differing(columns, 1, _windows_from_buckets(newest_hour), stored)
    found = []
    if days:
        found.append(f"時間ごとの閲覧と合わない日が{days}件あります。")
    if windows:
        found.append(f"期間の合計が合わない記事が{windows}件あります。")
    return found


def first_whole_day(newest_hour: int) -> int:
    """The first day in Japan of which no hour has been pruned."""
    return japanese_day(newest_hour - HOURS_KEPT) + 1


def _window_columns() -> tuple[str, ...]:
    return ("article_id", *WINDOW_COLUMNS)


def _select(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608


def _fill(table: str, columns: Sequence[str], query: Query) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) {query[0]}", query[1])


def _days_from_hours(first: int) -> Query:
    sums = ", ".join(f"SUM({name})" for name in COUNTS)
    sql = (
        f"SELECT (hour + 9) / 24, article_id, {sums} FROM {_HOURS}"  # noqa: S608
        " WHERE hour >= %s GROUP BY (hour + 9) / 24, article_id"
    )
    return sql, [first * 24 - 9]


def _windows_from_buckets(newest_hour: int) -> Query:
    """Windows from hours, totals from days; a row for each article that was ever viewed."""
    hours, days, params = [], [], []
    for name, _, _ in WINDOW_SUMS:
        hours += [f"SUM(CASE WHEN hour > %s THEN {name} ELSE 0 END)" for _ in WINDOW_HOURS]
        params += [newest_hour - length for length in WINDOW_HOURS.values()]
        hours.append("0")
        days += ["0" for _ in WINDOW_HOURS] + [f"SUM({name})"]
    names = [f"c{index}" for index in range(len(hours))]
    totals = names[len(WINDOW_HOURS) :: len(WINDOW_HOURS) + 1]
    ever = " OR ".join(f"SUM({name}) > 0" for name in totals)
    sql = (
        f"SELECT article_id, {', '.join(f'SUM({name})' for name in names)} FROM ("  # noqa: S608
        f"SELECT article_id, {_named(hours, names)} FROM {_HOURS}"
        " WHERE hour > %s GROUP BY article_id UNION ALL"
        f" SELECT article_id, {_named(days, names)} FROM {_DAYS} GROUP BY article_id"
        f") AS both_sources GROUP BY article_id HAVING {ever}"
    )
    return sql, [*params, newest_hour - max(WINDOW_HOURS.values())]


def _named(expressions: Sequence[str], names: Sequence[str]) -> str:
    return ", ".join(f"{what} AS {name}" for what, name in zip(expressions, names, strict=True))


def _differing(columns: Sequence[str], keys: int, right: Query, stored: Query) -> int:
    """How many keys have other sums in one query than in the other."""
    key = ", ".join(columns[:keys])
    counts = columns[keys:]
    names = ", ".join(columns)
    negated = ", ".join([*columns[:keys], *(f"-{name}" for name in counts)])
    unlike = " OR ".join(f"SUM({name}) <> 0" for name in counts)
    sql = (
        f"WITH computed ({names}) AS ({right[0]}), stored ({names}) AS ({stored[0]})"  # noqa: S608
        f" SELECT COUNT(*) FROM (SELECT {key} FROM (SELECT {names} FROM computed"
        f" UNION ALL SELECT {negated} FROM stored) AS pairs GROUP BY {key} HAVING {unlike})"
        " AS unequal"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*right[1], *stored[1]])
        return int(cursor.fetchone()[0])
