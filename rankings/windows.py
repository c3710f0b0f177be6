"""The windows of WindowTotal move on: what is older than 24, 168 or 720 hours leaves them."""

from __future__ import annotations

import time

from django.db import connection, transaction

from rankings.ledger import WINDOW_HOURS, WINDOW_SUMS, WINDOWS
from rankings.models import CountingState, HourBucket
from rankings.turns import epoch_hour, take_turn


def roll_windows(now: float | None = None) -> int:
    """Takes the hours that have left since the last call out of the windows.

    Returns by how many hours they moved. Safe to run twice at once: who comes second finds the
    windows moved. A clock that goes back moves nothing.
    """
    hour = epoch_hour(time.time() if now is None else now)
    if CountingState.objects.filter(newest_hour__gte=hour).exists():
        return 0
    with transaction.atomic():
        state = take_turn()
        moved = hour - state.newest_hour
        if moved <= 0:
            return 0
        _subtract(state.newest_hour, hour)
        state.newest_hour = hour
        state.save()
    return moved


def _subtract(old: int, new: int) -> None:
    """Subtracts the hours that a window ending with `old` has and one ending with `new` has not.

    One pass over the hours that leave any window; the work grows with what is in them.
    """
    leaving = {
        window: f"hour > {old - hours} AND hour <= {new - hours}"
        for window, hours in WINDOW_HOURS.items()
    }
    sums = {
        f"{prefix}_{window}": f"-SUM(CASE WHEN {hours} THEN {column} ELSE 0 END)"
        for column, prefix, _ in WINDOW_SUMS
        for window, hours in leaving.items()
    }
    table = WINDOWS.table
    totals = ", ".join(total for _, _, total in WINDOW_SUMS)
    zeros = ", ".join("0" for _ in WINDOW_SUMS)
    changes = ", ".join(f"{name} = {table}.{name} + EXCLUDED.{name}" for name in sums)
    source = HourBucket._meta.db_table
    anywhere = " OR ".join(f"({hours})" for hours in leaving.values())
    with connection.cursor() as cursor:
        cursor.execute(
            # Names and whole numbers of ours; an article in the hours has its row already.
            f"INSERT INTO {table} (article_id, {totals}, {', '.join(sums)}) "  # noqa: S608
            f"SELECT article_id, {zeros}, {', '.join(sums.values())} FROM {source} "
            f"WHERE {anywhere} GROUP BY article_id ORDER BY article_id "
            f"ON CONFLICT (article_id) DO UPDATE SET {changes}"
        )
