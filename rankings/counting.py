"""The drain: from records to numbers, each record once, whatever is killed when.

Records are read without a lock. Then, in one transaction: the turn is taken, batches whose
position somebody else has moved meanwhile are left, the rest is judged and added, and the
positions move. Behind a backlog a transaction goes on reading and judging before it adds.
Counts and positions are committed together or not at all.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection, transaction

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

# Records that are read at once, which is what a drain needs memory for.
BATCH = 250_000
# Records in one transaction, behind a backlog: the more of them, the fewer upserts for each.
# An editor's save waits for it on SQLite; on PostgreSQL only those do who count.
TRANSACTION = {"sqlite": BATCH, "postgresql": 4 * BATCH}
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
    removed: int = 0

    def __str__(self) -> str:
        refused = Counter(self.refused)
        sentence = f"{self.counted:,} views counted, {refused.total():,} refused"
        if refused:
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in refused.most_common())
            sentence += f" ({reasons})"
        return sentence + "."

    def add(self, sitting: Sitting) -> None:
        self.read += sitting.records
        self.counted += sitting.tally.views.total()
        self.refused = dict(Counter(self.refused) + Counter(sitting.tally.refusals()))


def drain() -> DrainReport:
    """Counts all that lies in the spool and the stream. Safe to run many times at once."""
    report = DrainReport()
    roll_windows()
    with _one_thread:
        while batches := _read_batches():
            # Before duplicates are taken out of them.
            is_all = _size(batches) < BATCH
            count(batches, report)
            if is_all:
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
    """Counts batches, and a backlog behind them, in one transaction; says so in the report."""
    try:
        with transaction.atomic():
            state = take_turn()
            current = _still_current(batches)
            if not current:
                return
            sitting = Sitting(int(time.time()))
            goes_on = _size(batches) >= BATCH
            while current:
                sitting.judge(current)
                _move(current)
                if not goes_on or sitting.records >= TRANSACTION[connection.vendor]:
                    break
                # Nobody else moves a position before the turn ends.
                current = _read_batches()
                goes_on = _size(current) >= BATCH
            sitting.remember()
            ledger.add_tally(sitting.tally, state.newest_hour)
    except BaseException:
        # It has learnt what is not in the database.
        _memory.forget()
        raise
    report.add(sitting)


def _size(batches: list[Batch]) -> int:
    return sum(len(batch.records) + batch.garbled for batch in batches)


def _still_current(batches: list[Batch]) -> list[Batch]:
    positions = _positions()
    return [
        batch
        for batch in batches
        if positions.get(batch.source.name, START) == batch.start and batch.source.is_there()
    ]


def _positions() -> dict[str, str]:
    return dict(SourcePosition.objects.values_list("source", "position"))


class Sitting:
    """What is judged in one transaction."""

    def __init__(self, now: int) -> None:
        repeat_seconds = settings.VIEW_REPEAT_MINUTES * 60
        _memory.refresh(now, repeat_seconds)
        rules = Rules(repeat_seconds, settings.VIEW_NETWORK_CAP)
        self._now = now
        self._judge = Judge(rules, _memory.seen, _memory.networks)
        # Ids to remember: of records from streams, of those that a stream may bring too.
        self._from_streams: list[int] = []
        self._uncertain: list[int] = []
        # Articles that were looked up, and those of them that exist.
        self._asked: set[int] = set()
        self._known: set[int] = set()
        self.records = 0

    @property
    def tally(self) -> Tally:
        return self._judge.tally

    def judge(self, batches: list[Batch]) -> None:
        judge = self._judge
        self.records += _size(batches)
        judge.refuse(self._now, "garbled", sum(batch.garbled for batch in batches))
        self._sort_out_duplicates(batches)
        records = self._in_time([record for batch in batches for record in batch.records])
        views = [record for record in records if record[KIND] == VIEW]
        leaves = [record for record in records if record[KIND] == LEAVE]
        judge.refusals(record for record in records if record[KIND] == REFUSED)
        self._look_up({record[ARTICLE] for some in (views, leaves) for record in some})
        judge.views(self._of_articles(views))
        judge.leaves(record for record in leaves if record[ARTICLE] in self._known)

    def remember(self) -> None:
        """Leaves in the database what later drains must know."""
        _memory.remember(
            self._now,
            self.tally,
            stream_records=self._from_streams,
            uncertain_records=self._uncertain,
        )

    def _sort_out_duplicates(self, batches: list[Batch]) -> None:
        """Leaves out records that came by stream and spool.

        Only a record that was spooled after a stream did not answer can be in both.
        """
        for batch in batches:
            counted: set[int]
            if batch.source.is_stream:
                counted = memory.uncertain_ids(self._now).union(self._uncertain)
                if batch.again:
                    ids = {record[ID] for record in batch.records}
                    counted |= memory.stream_ids(self._now, ids)
            else:
                doubtful = {record[ID] for record in batch.records if record[FLAGS] & UNCERTAIN}
                counted = memory.stream_ids(self._now, doubtful) if doubtful else set()
                counted |= doubtful.intersection(self._from_streams)
            if counted:
                fresh = [record for record in batch.records if record[ID] not in counted]
                self._judge.refuse(self._now, "duplicate", len(batch.records) - len(fresh))
                batch.records = fresh
            if batch.source.is_stream:
                self._from_streams += [record[ID] for record in batch.records]
            else:
                self._uncertain += [r[ID] for r in batch.records if r[FLAGS] & UNCERTAIN]

    def _in_time(self, records: list[Fields]) -> list[Fields]:
        """Records with a believable time: those from the future are taken as of now."""
        now = self._now
        earliest, latest = now - OLDEST_SECONDS, now + AHEAD_SECONDS
        if all(earliest <= record[AT] <= latest for record in records):
            return records
        for record in records:
            if record[AT] < earliest:
                self._judge.refuse(now, "late", record[AMOUNT])
        return [
            (*record[:AT], now, *record[AT + 1 :]) if record[AT] > latest else record
            for record in records
            if record[AT] >= earliest
        ]

    def _look_up(self, articles: set[int]) -> None:
        """Learns which of these articles exist."""
        if new := articles - self._asked:
            self._asked |= new
            self._known |= ledger.existing_articles(new)

    def _of_articles(self, views: list[Fields]) -> list[Fields]:
        """Views of articles that exist. The rest was acknowledged before a deletion."""
        known = self._known
        if self._asked == known:
            return views
        for record in views:
            if record[ARTICLE] not in known:
                self._judge.refuse(record[AT], "unknown")
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
