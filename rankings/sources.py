"""Where the drain reads from: the spool files of this host and the stream of all hosts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Protocol

from django.conf import settings

from rankings import spool, streams
from rankings.records import SIZE, Fields, unpack

logger = logging.getLogger(__name__)

START = "0"


@dataclass
class Batch:
    """Records of a source between two positions. Counted only if the first still holds."""

    source: Source
    start: str
    end: str
    records: list[Fields]
    garbled: int = 0
    # The stream has lost its memory: entries that are counted may come again.
    again: bool = False


class Source(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def is_stream(self) -> bool: ...

    def read(self, position: str, limit: int) -> Batch | None:
        """What stands after a position, without any lock; None when there is nothing."""

    def is_there(self) -> bool:
        """Whether the source still exists. A removed file must not be counted anew."""

    def tidy(self, position: str) -> bool:
        """Removes what is counted; true when the whole source is gone."""


@dataclass(frozen=True)
class SpoolSource:
    path: Path
    is_stream: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return self.path.name

    def read(self, position: str, limit: int) -> Batch | None:
        try:
            data, torn = spool.read(self.path, int(position), limit)
        except OSError as error:
            logger.error("The spool file %s cannot be read: %s", self.path, error)
            return None
        if not data and not torn:
            return None
        records, garbled = unpack(data)
        end = str(int(position) + len(data) + torn)
        return Batch(self, position, end, records, garbled + bool(torn))

    def is_there(self) -> bool:
        return self.path.exists()

    def tidy(self, position: str) -> bool:
        return spool.remove_if_done(self.path, int(position))


class StreamSource:
    name = streams.STREAM
    is_stream = True

    def __init__(self, url: str) -> None:
        self._reader = _stream_reader(url)

    def read(self, position: str, limit: int) -> Batch | None:
        try:
            batch = self._read(position, limit)
        except streams.RedisError as error:
            # What lies there is counted when Redis is back; the spool is counted meanwhile.
            self._warn(error)
            return None
        self._reader.is_known_to_fail = False
        return batch

    def _read(self, position: str, limit: int) -> Batch | None:
        after = position if "-" in position else streams.START
        entries, end = self._reader.read(after, limit)
        again = False
        if not entries:
            newest = self._reader.newest()
            if streams.moment(newest) >= streams.moment(after) or newest == streams.START:
                return None
            # Redis came back without its data and with a clock that went back: new entries
            # have ids below the position.
            logger.error("The stream of views begins anew at %s, before %s.", newest, after)
            again = True
            entries, end = self._reader.read(streams.START, limit)
            if not entries:
                return None
        records, garbled = unpack(b"".join(e for e in entries if len(e) == SIZE))
        garbled += sum(len(entry) != SIZE for entry in entries)
        return Batch(self, position, end, records, garbled, again)

    def is_there(self) -> bool:
        return True

    def tidy(self, position: str) -> bool:
        try:
            self._reader.trim(position)
        except streams.RedisError as error:
            self._warn(error)
        return False

    def _warn(self, error: Exception) -> None:
        if not self._reader.is_known_to_fail:
            logger.warning("The stream of views cannot be read or trimmed: %s", error)
        self._reader.is_known_to_fail = True


@cache
def _stream_reader(url: str) -> streams.StreamReader:
    return streams.StreamReader(url)


def all_sources() -> Iterator[Source]:
    if settings.REDIS_URL:
        yield StreamSource(settings.REDIS_URL)
    for path in spool.spool_files(Path(settings.SPOOL_DIR)):
        yield SpoolSource(path)
