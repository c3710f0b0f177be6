"""The drain: from records to numbers, each record once, whatever is killed when.

Records are read without a lock. Then, in one transaction: the turn is taken, batches whose
position somebody else has moved meanwhile are left, the rest is judged and added, and the
positions move. Counts and positions are committed together or not at all.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from rankings import ledger, memory
from rankings.judging import Judge, Rules, Tally
from rankings.models import SourcePosition
from rankings.records import (
    AMOUNT,
    ARTICLE,
    AT,
    FLAGS,
    ID,
    KIND,
    LEAVE,
    REFUSED,
    UNCERTAIN,
    VIEW,
    Fields,
)
from rankings.sources import START, Batch, all_sources
from rankings.turns import take_turn
from rankings.windows import roll_windows

# Records in one transaction, behind a backlog: the more of them, the fewer upserts for each.
# So many take one or two seconds, in which an editor's save waits on SQLite.
BATCH = 250_000
OLDEST_SECONDS = ledger.HOURS_KEPT * 3600
# A record from further ahead comes from a host whose clock is wrong.
AHEAD_SECONDS = 600

_memory = memory.Memory()
_one_thread = threading.Lock()


@dataclass
class DrainReport:
    """What one drain did. `str()` says it in a sentence."""

    read: int = 0
    counted: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    # Spool files and streams that had something.
    sources: int = 0
    removed: int = 0

    def __str__(self) -> str:
        refused = Counter(self.refused)
        sentence = f"{self.counted:,} views counted, {refused.total():,} refused"
        if refused:
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in refused.most_common())
            sentence += f" ({reasons})"
        return sentence + "."

    def add(self, batches: list[Batch], tally: Tally) -> None:
        self.read += sum(len(batch.records) + batch.garbled for batch in batches)
        self.counted += tally.views.total()
        self.refused = dict(Counter(self.refused) + Counter(tally.refusals()))
        self.sources += len(batches)


def drain() -> DrainReport:
    """Counts all that lies in the spool and the stream. Safe to run many times at once."""
    report = DrainReport()
    roll_windows()
    with _one_thread:
        while batches := _read_batches():
            count(batches, report)
            if sum(len(batch.records) + batch.garbled for batch in batches) < BATCH:
                break
        report.removed = _tidy()
    return report


def _read_batches() -> list[Batch]:
    """Up to BATCH records from all sources, with the positions that they begin at."""
    positions = _positions()
    batches: list[Batch] = []
    room = BATCH
    for source in all_sources():
        batch = source.read(positions.get(source.name, START), room)
        if batch:
            batches.append(batch)
            room -= len(batch.records) + batch.garbled
        if room <= 0:
            break
    return batches


def count(batches: list[Batch], report: DrainReport) -> None:
    """Counts batches in one transaction and says so in the report."""
    try:
        with transaction.atomic():
            state = take_turn()
            current = _still_current(batches)
            if not current:
                return
            tally = _judge(current, int(time.time()))
            ledger.add_tally(tally, state.newest_hour)
            _move(current)
    except BaseException:
        # It has learnt what is not in the database.
        _memory.forget()
        raise
    report.add(current, tally)


def _still_current(batches: list[Batch]) -> list[Batch]:
    positions = _positions()
    return [
        batch
        for batch in batches
        if positions.get(batch.source.name, START) == batch.start and batch.source.is_there()
    ]


def _positions() -> dict[str, str]:
    return dict(SourcePosition.objects.values_list("source", "position"))


def _judge(batches: list[Batch], now: int) -> Tally:
    repeat_seconds = settings.VIEW_REPEAT_MINUTES * 60
    _memory.refresh(now, repeat_seconds)
    rules = Rules(repeat_seconds, settings.VIEW_NETWORK_CAP)
    judge = Judge(rules, _memory.seen, _memory.networks)
    judge.refuse(now, "garbled", sum(batch.garbled for batch in batches))
    from_streams, uncertain = _sort_out_duplicates(batches, judge, now)
    records = [record for batch in batches for record in batch.records]
    records = _in_time(records, judge, now)
    views = [record for record in records if record[KIND] == VIEW]
    leaves = [record for record in records if record[KIND] == LEAVE]
    judge.refusals(record for record in records if record[KIND] == REFUSED)
    known = _known_articles(views, leaves)
    judge.views(_of_articles(views, known, judge))
    judge.leaves(record for record in leaves if record[ARTICLE] in known)
    _memory.remember(
        now,
        judge.tally,
        stream_records=from_streams,
        uncertain_records=uncertain,
    )
    return judge.tally


def _sort_out_duplicates(
    batches: list[Batch], judge: Judge, now: int
) -> tuple[list[int], list[int]]:
    """Leaves out records that came by stream and spool; returns the ids to remember of each.

    Only a record that was spooled after a stream did not answer can be in both.
    """
    from_streams: list[int] = []
    uncertain: list[int] = []
    for batch in batches:
        if batch.source.is_stream:
            counted = memory.uncertain_ids(now).union(uncertain)
            if batch.again:
                counted |= memory.stream_ids(now, {record[ID] for record in batch.records})
        else:
            doubtful = {record[ID] for record in batch.records if record[FLAGS] & UNCERTAIN}
            counted = memory.stream_ids(now, doubtful) if doubtful else set()
            counted |= doubtful.intersection(from_streams)
        if counted:
            fresh = [record for record in batch.records if record[ID] not in counted]
            judge.refuse(now, "duplicate", len(batch.records) - len(fresh))
            batch.records = fresh
        if batch.source.is_stream:
            from_streams += [record[ID] for record in batch.records]
        else:
            uncertain += [record[ID] for record in batch.records if record[FLAGS] & UNCERTAIN]
    return from_streams, uncertain


def _in_time(records: list[Fields], judge: Judge, now: int) -> list[Fields]:
    """Records with a believable time: those from the future are taken as of now."""
    earliest, latest = now - OLDEST_SECONDS, now + AHEAD_SECONDS
    if all(earliest <= record[AT] <= latest for record in records):
        return records
    for record in records:
        if record[AT] < earliest:
            judge.refuse(now, "late", record[AMOUNT])
    return [
        (*record[:AT], now, *record[AT + 1 :]) if record[AT] > latest else record
        for record in records
        if record[AT] >= earliest
    ]


def _known_articles(*of: list[Fields]) -> set[int]:
    """Which articles of the records exist."""
    return ledger.existing_articles({record[ARTICLE] for records in of for record in records})


def _of_articles(views: list[Fields], known: set[int], judge: Judge) -> list[Fields]:
    """Views of articles that exist. The rest was acknowledged before its article was deleted."""
    strangers = [record for record in views if record[ARTICLE] not in known]
    if not strangers:
        return views
    for record in strangers:
        judge.refuse(record[AT], "unknown")
    return [record for record in views if record[ARTICLE] in known]


def _move(batches: list[Batch]) -> None:
    """Moves the positions; a new source gets its row here."""
    SourcePosition.objects.bulk_create(
        [SourcePosition(source=batch.source.name, position=batch.end) for batch in batches],
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=["position", "updated_at"],
    )


def _tidy() -> int:
    """Removes counted sources; returns how many files are gone."""
    positions = _positions()
    gone = [
        source.name
        for source in all_sources()
        if source.name in positions and source.tidy(positions[source.name])
    ]
    # After the files, never before: a file without a position is counted from its start.
    if gone:
        SourcePosition.objects.filter(source__in=gone).delete()
    return len(gone)
