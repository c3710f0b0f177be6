"""One at a time: all who change counts take the turn first, in their transaction."""

from __future__ import annotations

import time

from rankings.models import CountingState

# Ahead of UTC all year round.
JAPAN_HOURS = 9


def epoch_hour(seconds: float) -> int:
    """The UTC hour since the epoch."""
    return int(seconds) // 3600


def japanese_day(hour: int) -> int:
    """The day in Japan, since the epoch, that an epoch hour belongs to."""
    return (hour + JAPAN_HOURS) // 24


def take_turn() -> CountingState:
    """Waits for everybody else who counts; the turn ends with the transaction.

    SQLite locks the whole database at BEGIN IMMEDIATE, PostgreSQL this one row.
    """
    turn = CountingState.objects.select_for_update()
    state = turn.filter(pk=1).first()
    if state is None:
        hour = epoch_hour(time.time())
        CountingState.objects.bulk_create([CountingState(newest_hour=hour)], ignore_conflicts=True)
        state = turn.get(pk=1)
    return state
