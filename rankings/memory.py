"""What a counting process knows of the last hour: who was counted, and from which networks.

The database holds it as CountedBatch, one row a drain. A process reads what others have added
at each turn, so that all of them know the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rankings import records
from rankings.judging import Tally
from rankings.models import CountedBatch
from rankings.records import Blob

# The cap of a network is for an hour, and so are the visitors of an hour bucket.
SHORTEST_SECONDS = 3600
# So often a process forgets what is too old to matter.
RELOAD_SECONDS = 600
# A record that a stream may hold too is looked for among those of so many seconds.
STREAM_SECONDS = 48 * 3600

# Number, mark, visitors, visited_at and networks of a CountedBatch.
Row = tuple[int, int, Blob, Blob, Blob]


class Memory:
    """Valid inside a turn, after `refresh()`. After a failed transaction: `forget()`."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.seen: dict[int, int] = {}
        self.networks: Counter[int] = Counter()
        self._last: tuple[int, int] | None = None
        self._loaded_at = 0

    def refresh(self, now: int, seconds: int) -> None:
        """Reads what was counted in the last `seconds` (at least an hour) and is not known yet."""
        if self._last is None or not 0 <= now - self._loaded_at < RELOAD_SECONDS:
            self._reload(now, seconds)
            return
        number, mark = self._last
        if not CountedBatch.objects.filter(pk=number, mark=mark).exists():
            # Pruned, or another database than before: a restored one, a test's.
            self._reload(now, seconds)
        else:
            self._learn(_batches(pk__gt=number))

    def remember(
        self,
        now: int,
        tally: Tally,
        *,
        stream_records: Iterable[int],
        uncertain_records: Iterable[int],
    ) -> None:
        """Writes what this turn has added to `seen` and `networks`."""
        batch = CountedBatch.objects.create(
            mark=records.new_mark(),
            drained_at=now,
            visitors=records.pack_hashes(tally.visited),
            visited_at=records.pack_times(tally.visited_at),
            networks=records.pack_hashes(tally.networks),
            stream_records=records.pack_ids(stream_records),
            uncertain_records=records.pack_ids(uncertain_records),
        )
        self._last = (batch.pk, batch.mark)

    def _reload(self, now: int, seconds: int) -> None:
        self.forget()
        self._loaded_at = now
        since = now - max(seconds, SHORTEST_SECONDS)
        self._learn(_batches(drained_at__gte=since))

    def _learn(self, batches: list[Row]) -> None:
        for pk, mark, visitors, visited_at, networks in batches:
            times = records.unpack_times(visited_at)
            self.seen.update(zip(records.unpack_hashes(visitors), times, strict=True))
            self.networks.update(records.unpack_hashes(networks))
            self._last = (pk, mark)


def _batches(**conditions: int) -> list[Row]:
    rows = CountedBatch.objects.filter(**conditions).order_by("pk")
    return list(rows.values_list("pk", "mark", "visitors", "visited_at", "networks"))


def uncertain_ids(now: int) -> set[int]:
    """Ids of counted spool records that a stream may bring once more."""
    found = CountedBatch.objects.filter(drained_at__gte=now - STREAM_SECONDS).exclude(
        uncertain_records=b""
    )
    return {
        id_
        for packed in found.values_list("uncertain_records", flat=True)
        for id_ in records.unpack_ids(packed)
    }


def stream_ids(now: int, among: set[int]) -> set[int]:
    """Which of these record ids were counted from a stream."""
    found = CountedBatch.objects.filter(drained_at__gte=now - STREAM_SECONDS).exclude(
        stream_records=b""
    )
    return {
        id_
        for packed in found.values_list("stream_records", flat=True).iterator()
        for id_ in among.intersection(records.unpack_ids(packed))
    }
