"""Where the beacon leaves its records: in Redis when there is one, else in the spool."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
from collections import Counter
from pathlib import Path

from rankings import records
from rankings.spool import SpoolError, SpoolWriter
from rankings.streams import RedisError, StreamWriter

# After a failure Redis is left alone so long: its time-outs would hold up every reader.
STREAM_REST = 2.0
# Refused beacons are written as sums, at most once in so many seconds: a flood of nonsense
# must not fill the disk.
TALLY_SECONDS = 1.0


class Intake:
    """What is appended here is stored when the call returns. Safe for threads and forks."""

    def __init__(self, folder: Path, redis_url: str = "") -> None:
        self._spool = SpoolWriter(folder)
        self._stream = StreamWriter(redis_url) if redis_url else None
        self._stream_rests_until = 0.0
        self._refused: Counter[str] = Counter()
        self._tally_lock = threading.Lock()
        self._tally_due = 0.0
        atexit.register(self.close)

    def append(self, record: bytes) -> None:
        """Stores a record. Raises SpoolError when there is no place for it."""
        if self._stream is not None and time.monotonic() >= self._stream_rests_until:
            try:
                self._stream.append(record)
            except RedisError:
                self._stream_rests_until = time.monotonic() + STREAM_REST
                record = records.uncertain(record)
            else:
                return
        self._spool.append(record)

    @property
    def has_refusals(self) -> bool:
        """Whether sums of refused beacons wait to be written."""
        return bool(self._refused)

    def refuse(self, reason: str, now: float) -> None:
        """Counts a beacon that is not stored."""
        with self._tally_lock:
            self._refused[reason] += 1
        self.write_refusals(now)

    def write_refusals(self, now: float) -> None:
        """Writes the sums of refused beacons when it is time to."""
        if self._refused and time.monotonic() >= self._tally_due:
            self._tally_due = time.monotonic() + TALLY_SECONDS
            self._write_refusals(now)

    def _write_refusals(self, now: float) -> None:
        with self._tally_lock:
            refused, self._refused = self._refused, Counter()
        for reason, amount in refused.items():
            code = records.REASON_CODES[reason]
            try:
                self.append(
                    records.pack(kind=records.REFUSED, at=int(now), reason=code, amount=amount)
                )
            except SpoolError:
                with self._tally_lock:
                    self._refused[reason] += amount

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._write_refusals(time.time())
        self._spool.close()
