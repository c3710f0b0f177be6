"""Views in a Redis stream: what several web hosts write and any drain reads.

The stream is trimmed behind the position that the database holds, never by length: that would
drop what nobody has counted yet. Redis keeps what it acknowledged only with its append-only
file on.
"""

from __future__ import annotations

from typing import cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# The last part is the version of the record.
STREAM = "newsportal:views:1"
FIELD = b"r"
START = "0-0"
WRITE_TIMEOUT = 0.05
READ_TIMEOUT = 2.0

RedisError = redis.RedisError


def connect(url: str, *, timeout: float) -> redis.Redis:
    """A client that never repeats a command: XADD twice is a view twice."""
    return redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        # Without the greetings of a new connection, each of which may take the time-out.
        protocol=2,
        driver_info=None,
    )


class StreamWriter:
    def __init__(self, url: str) -> None:
        self._client = connect(url, timeout=WRITE_TIMEOUT)

    def append(self, record: bytes) -> None:
        """Adds a record. Raises RedisError, and then it may be stored or not."""
        self._client.xadd(STREAM, {FIELD: record})


def moment(position: str) -> tuple[int, int]:
    """An entry id as numbers that can be compared."""
    milliseconds, _, number = position.partition("-")
    return int(milliseconds), int(number or 0)


class StreamReader:
    def __init__(self, url: str) -> None:
        self._client = connect(url, timeout=READ_TIMEOUT)
        # Said once in the log and not every second.
        self.is_known_to_fail = False

    def read(self, after: str, limit: int) -> tuple[list[bytes], str]:
        """At most `limit` records after an entry, and the id of the last one."""
        entries = cast(
            list[tuple[bytes, dict[bytes, bytes]]],
            self._client.xrange(STREAM, min=f"({after}", count=limit),
        )
        if not entries:
            return [], after
        return [fields.get(FIELD, b"") for _, fields in entries], entries[-1][0].decode()

    def newest(self) -> str:
        """The id that the stream gave last, also when its entry is trimmed; START if none."""
        try:
            information = self._client.xinfo_stream(STREAM)
        except redis.ResponseError:
            return START
        newest = information["last-generated-id"]
        return newest.decode() if isinstance(newest, bytes) else str(newest)

    def trim(self, counted: str) -> None:
        """Removes what stands before a counted entry."""
        self._client.xtrim(STREAM, minid=counted, approximate=False)
