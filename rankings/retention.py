"""Deletes what is no longer needed, in bounded steps that let others write in between."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from rankings import spool, visitors
from rankings.ledger import COUNTS, DAYS, HOURS_KEPT
from rankings.memory import SHORTEST_SECONDS, STREAM_SECONDS
from rankings.models import (
    CountedBatch,
    DayBucket,
    HeldViews,
    HourBucket,
    RefusedViews,
    SourcePosition,
)
from rankings.turns import epoch_hour, japanese_day
from rankings.windows import roll_windows

DAYS_KEPT = 400
REFUSED_DAYS_KEPT = 400
# A spool file that nobody has drained for so long holds only views that are too old to count.
POSITION_DAYS_KEPT = 60
# After the last moment at which a running process may still read a batch.
_BATCH_SLACK = 1800

ROWS_AT_ONCE = 5000
PAUSE_SECONDS = 0.05


@dataclass
class PruneReport:
    """Rows deleted, by what they were."""

    hours: int = 0
    days: int = 0
    refused: int = 0
    held: int = 0
    batches: int = 0
    salts: int = 0
    positions: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {name}" for name, count in asdict(self).items()) + " deleted."


def prune(now: float | None = None) -> PruneReport:
    """Hours after 35 days, days after 400; totals stay for ever. Safe to run twice at once."""
    now = time.time() if now is None else now
    # No hour may go before it has left the windows.
    roll_windows(now)
    hour = epoch_hour(now)
    oldest_day = japanese_day(hour) - DAYS_KEPT
    oldest_refused = hour - REFUSED_DAYS_KEPT * 24
    spool.remove_stillborn(Path(settings.SPOOL_DIR), older_than=now - 3600)
    return PruneReport(
        hours=_delete(HourBucket, "hour", hour - HOURS_KEPT),
        days=_fold_days(oldest_day),
        refused=_delete(RefusedViews, "hour", oldest_refused),
        held=_delete(HeldViews, "hour", hour - HOURS_KEPT),
        batches=_prune_batches(int(now)),
        salts=visitors.forget_salts(visitors.salt_day(now)),
        positions=_prune_positions(),
    )


def _fold_days(before: int) -> int:
    """Makes one row an article of the days before a day, under day 0; returns how many went.

    Totals are for ever: so they can still be made anew from the days.
    """
    table = DayBucket._meta.db_table
    columns = ", ".join(COUNTS)
    folded = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE (day, article_id) IN (SELECT day, article_id"  # noqa: S608
                f" FROM {table} WHERE day > 0 AND day < %s LIMIT {ROWS_AT_ONCE})"
                f" RETURNING article_id, {columns}",
                [before],
            )
            rows = cursor.fetchall()
            sums: dict[int, list[int]] = {}
            for article_id, *counts in rows:
                known = sums.get(article_id, [0] * len(counts))
                sums[article_id] = [a + b for a, b in zip(known, counts, strict=True)]
            DAYS.add((0, article_id, *counts) for article_id, counts in sums.items())
        folded += len(rows)
        if len(rows) < ROWS_AT_ONCE:
            return folded
        time.sleep(PAUSE_SECONDS)


def _delete(model: type[models.Model], column: str, before: int) -> int:
    """Deletes the rows with a number below `before`, some at a time; returns how many."""
    table = model._meta.db_table
    key = ", ".join(str(field.column) for field in model._meta.pk_fields)
    statement = (
        f"DELETE FROM {table} WHERE ({key}) IN "  # noqa: S608 (names of ours)
        f"(SELECT {key} FROM {table} WHERE {column} < %s LIMIT {ROWS_AT_ONCE})"
    )
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [before])
            some: int = cursor.rowcount
        deleted += some
        if some < ROWS_AT_ONCE:
            return deleted
        time.sleep(PAUSE_SECONDS)


def _prune_batches(now: int) -> int:
    """Visitors and networks go after the time in which a repeat matters, the rest after 48 h."""
    kept = max(settings.VIEW_REPEAT_MINUTES * 60, SHORTEST_SECONDS) + _BATCH_SLACK
    past = CountedBatch.objects.filter(drained_at__lt=now - kept)
    past.exclude(visitors=b"", networks=b"").update(visitors=b"", visited_at=b"", networks=b"")
    bare = past.filter(stream_records=b"", uncertain_records=b"")
    old = CountedBatch.objects.filter(drained_at__lt=now - STREAM_SECONDS)
    return bare.delete()[0] + old.delete()[0]


def _prune_positions() -> int:
    """Positions of files that are gone although nobody could delete their row."""
    old = timezone.now() - timedelta(days=POSITION_DAYS_KEPT)
    stale = SourcePosition.objects.filter(updated_at__lt=old, source__endswith=spool.SUFFIX)
    return stale.delete()[0]
