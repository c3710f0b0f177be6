"""The record of one view: 64 bytes with an id and a checksum, the same in spool and stream.

64 divides a page of memory, so a writer that is killed leaves a whole record or none.
"""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

SIZE = 64
_FIELDS = "<QIIqqIHBBBB18x"
_BODY = struct.Struct(_FIELDS)
_RECORD = struct.Struct(_FIELDS + "I")
# The module's own generator: Python seeds it anew in a forked process.
_random_bits = random.getrandbits
_BODY_SIZE = _BODY.size

# What a database gives back for bytes.
Blob = bytes | memoryview

# Kinds. A view, the end of a view (seconds and depth), and beacons that the door refused.
VIEW, LEAVE, REFUSED = 1, 2, 3

# Flag: a stream that did not answer in time may hold this record as well.
UNCERTAIN = 1

# Why a record does not count, decided at the door. A reason's place here is its code in
# records that lie in spools: names are added at the end, never moved.
REASONS = (
    "",
    "bot",
    "prefetch",
    "malformed",
    "token",
    "expired",
    "too_large",
    "method",
    "cross_site",
    "unstored",
)
REASON_CODES = {name: code for code, name in enumerate(REASONS)}


# The fields of a record in the order of `Record`: a plain tuple, as a drain handles a hundred
# thousand a second.
Fields = tuple[int, ...]
ID, ARTICLE, AT, VISITOR, NETWORK, AMOUNT, SECONDS, DEPTH, KIND, FLAGS, REASON, CHECKSUM = range(12)


class Record(NamedTuple):
    """The fields by name, in the order of the bytes."""

    id: int
    article: int
    at: int  # epoch seconds
    visitor: int  # hash of a reader and this article; 0: the reader asked not to be known
    network: int  # hash of a network block, this article and this hour
    amount: int  # 1, or how many beacons were refused
    seconds: int
    depth: int  # percent
    kind: int
    flags: int
    reason: int
    checksum: int = 0


def pack(  # noqa: PLR0913 (the fields of a record)
    *,
    kind: int,
    at: int,
    article: int = 0,
    visitor: int = 0,
    network: int = 0,
    amount: int = 1,
    seconds: int = 0,
    depth: int = 0,
    reason: int = 0,
) -> bytes:
    """A record with a new random id."""
    body = _BODY.pack(
        _random_bits(64),  # it tells records apart and keeps no secret
        article,
        at,
        visitor,
        network,
        amount,
        seconds,
        depth,
        kind,
        0,
        reason,
    )
    return body + crc32(body).to_bytes(4, "little")


def uncertain(record: bytes) -> bytes:
    """The same record, same id, marked as one that may be in a stream too."""
    fields = list(_BODY.unpack(record[:_BODY_SIZE]))
    fields[FLAGS] |= UNCERTAIN
    body = _BODY.pack(*fields)
    return body + crc32(body).to_bytes(4, "little")


def unpack(data: bytes) -> tuple[list[Fields], int]:
    """The whole records of `data`, and how many are garbled. A torn end is left out."""
    whole = len(data) // SIZE * SIZE
    view = memoryview(data)[:whole]
    sound: list[Fields] = [
        fields
        for start, fields in zip(range(0, whole, SIZE), _RECORD.iter_unpack(view), strict=True)
        if crc32(view[start : start + _BODY_SIZE]) == fields[CHECKSUM]
    ]
    return sound, whole // SIZE - len(sound)


def pack_hashes(hashes: Iterable[int]) -> bytes:
    """Hashes in 8 bytes each."""
    return array("q", hashes).tobytes()


def unpack_hashes(data: Blob) -> array[int]:
    return array("q", bytes(data))


def pack_times(seconds: Iterable[int]) -> bytes:
    """Epoch seconds in 4 bytes each."""
    return array("I", seconds).tobytes()


def unpack_times(data: Blob) -> array[int]:
    return array("I", bytes(data))


def pack_ids(ids: Iterable[int]) -> bytes:
    """Record ids in 8 bytes each."""
    return array("Q", ids).tobytes()


def unpack_ids(data: Blob) -> array[int]:
    return array("Q", bytes(data))


def new_mark() -> int:
    """A random number for telling one thing from another; no secret."""
    return random.getrandbits(62)
