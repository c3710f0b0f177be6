"""Hashes that tell one visit from another and say nothing else about a reader.

A visitor is a keyed hash of address, user agent AND article: the same reader has another hash
at every article, so nobody can put a reader's way through the site together again. The salts
are random, change at 04:00 in Japan and are deleted after 48 hours (docs/decisions/0002).
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.db import connection

from rankings.models import DailySalt

logger = logging.getLogger(__name__)

_DAY_SECONDS = 86400
# 04:00 in Japan is 19:00 UTC: the hour with the fewest readers.
_SALT_SHIFT = 5 * 3600
# A new day's salt is fetched so long before the day.
_AHEAD = 600
_RETRY = 10


def salt_day(now: float) -> int:
    """The number of the day that a salt is for."""
    return (int(now) + _SALT_SHIFT) // _DAY_SECONDS


def load_salt(day: int) -> bytes:
    """The salt of a day from the database, made there by whoever needs it first."""
    if not DailySalt.objects.filter(day=day).exists():
        DailySalt.objects.bulk_create(
            [DailySalt(day=day, salt=os.urandom(32))], ignore_conflicts=True
        )
        forget_salts(day)
    return bytes(DailySalt.objects.get(day=day).salt)


def forget_salts(newest: int) -> int:
    """Deletes the salts of all days but `newest` and the one before; returns how many."""
    return DailySalt.objects.filter(day__lt=newest - 1).delete()[0]


class Salts:
    """The salts in this process. No request waits for the database to give one.

    Until the database answers, a random salt of this process serves: views count, only a
    repeat in another process is not seen as one.
    """

    def __init__(self, load: Callable[[int], bytes] = load_salt) -> None:
        self._load = load
        self._known: dict[int, bytes] = {}
        self._own: tuple[int, bytes] = (0, b"")
        # The salt of now, and until when nobody needs to look further.
        self._current = b""
        self._current_until = 0.0
        self._retry_at = 0.0
        self._asking = threading.Lock()
        self._answered = threading.Event()

    def at(self, now: float) -> bytes:
        """The salt of a time; times only go forward."""
        if now < self._current_until:
            return self._current
        self._ask_if_due(now)
        day = salt_day(now)
        salt = self._known.get(day)
        if salt is None:
            return self._own_salt(day)
        if salt_day(now + _AHEAD) == day:
            self._current = salt
            self._current_until = (day + 1) * _DAY_SECONDS - _SALT_SHIFT - _AHEAD
        return salt

    def _ask_if_due(self, now: float) -> None:
        day = salt_day(now + _AHEAD)
        if day in self._known:
            return
        if now >= self._retry_at and self._asking.acquire(blocking=False):
            first = self._retry_at == 0.0
            self._retry_at = now + _RETRY
            days = {salt_day(now), day}
            threading.Thread(target=self._ask, args=(days,), daemon=True).start()
            if first:
                # The first view of a process gives a database at hand the time to answer.
                self._answered.wait(0.05)

    def _ask(self, days: set[int]) -> None:
        try:
            self._known = {day: self._known.get(day) or self._load(day) for day in sorted(days)}
        except Exception:
            # Whatever ails the database: counting goes on, and the next try is in 10 seconds.
            logger.warning("The salt of visitor hashes could not be read.", exc_info=True)
        finally:
            connection.close()
            self._asking.release()
            self._answered.set()

    def _own_salt(self, day: int) -> bytes:
        if self._own[0] != day:
            self._own = (day, os.urandom(32))
        return self._own[1]


def client_address(environ: dict[str, Any], trusted_proxies: int) -> str:
    """The address of the reader, as the outermost of so many trusted proxies saw it.

    What a client itself writes into X-Forwarded-For stands further left and is not looked at.
    """
    forwarded = environ.get("HTTP_X_FORWARDED_FOR") if trusted_proxies else None
    if not forwarded:
        return str(environ.get("REMOTE_ADDR", ""))
    hops = forwarded.split(",")
    return str(hops[-min(trusted_proxies, len(hops))].strip())


@lru_cache(maxsize=16384)
def blocks(address: str) -> tuple[bytes, bytes]:
    """What of an address is a reader (IPv4 whole, IPv6 /64) and a network (/24, /48)."""
    parsed = parsed_address(address)
    if parsed is None:
        return b"", b""
    packed = parsed.packed
    if isinstance(parsed, IPv4Address):
        return packed, packed[:3]
    return packed[:8], packed[:6]


def parsed_address(address: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it; IPv4 that comes as IPv6 is IPv4. None for anything else."""
    try:
        parsed = ip_address(_bare(address))
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _bare(address: str) -> str:
    """An address without brackets, port or zone, which some proxies write."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]


def visitor_hash(salt: bytes, reader: bytes, agent_digest: bytes, article: int) -> int:
    """A number that is never 0: 0 stands for a reader who asked not to be known.

    The salt is the key of the hash, in front of the message: together they are one block of
    BLAKE2b, where its own parameter for a key takes a block more.
    """
    message = salt + article.to_bytes(4, "little") + agent_digest + reader
    return int.from_bytes(blake2b(message, digest_size=8).digest(), "little", signed=True) or 1


def network_hash(salt: bytes, network: bytes, article: int, hour: int) -> int:
    message = salt + article.to_bytes(4, "little") + hour.to_bytes(4, "little") + network
    return int.from_bytes(
        blake2b(message, digest_size=8, person=b"network").digest(), "little", signed=True
    )
