"""Finished pages in the memory of one process: bounded, found by address, dropped by key."""

from __future__ import annotations

import gzip
import hashlib
import sys
import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import brotli

Headers = list[tuple[str, str]]

BROTLI_QUALITY = 5
GZIP_LEVEL = 6
# So many pages are kept in gzip as well.
GZIPPED = 256
# Smaller bodies do not repay the work.
COMPRESSED_FROM = 500


@dataclass(frozen=True, slots=True)
class Beside:
    """Where in a page's plain body an aside stands, and what is known of the rest of the page."""

    name: Hashable
    at: int
    length: int
    without: str
    # What the rest shows, since when, and until when it may stay.
    own_keys: frozenset[str]
    own_begun: float
    own_until: float


@dataclass(slots=True)
class Page:
    """A page as it was rendered, ready to be sent. Times are of time.monotonic()."""

    status: str
    headers: Headers
    cache_control: str
    etag: str
    # By content coding; "" is there only for what was not worth compressing.
    bodies: dict[str, bytes]
    keys: frozenset[str]
    # When its rendering began: what was invalidated since may be wrong in it.
    begun: float
    fresh_until: float
    # Until then readers may get it while it is made anew.
    stale_until: float
    # The name of the view that made it.
    view: str = ""
    # What can be put in place of while the rest stays; None where the page is of one piece.
    aside: Beside | None = None
    # The aside shows what is wrong: nobody gets the page before it has another one.
    is_torn: bool = False

    def plain(self) -> bytes:
        return self.bodies[""] if "" in self.bodies else brotli.decompress(self.bodies["br"])

    def body(self, coding: str) -> tuple[str, bytes]:
        """The body in a coding, or in the plain one where it has no other."""
        found = self.bodies.get(coding)
        if found is not None:
            return coding, found
        if "" in self.bodies:
            return "", self.bodies[""]
        if coding == "gzip":
            return coding, _gzipped(self.bodies["br"])
        return "", self.plain()


def compressed(body: bytes) -> dict[str, bytes]:
    """The body in the coding that all browsers take; the others are made from it."""
    if len(body) < COMPRESSED_FROM:
        return {"": body}
    return {"br": brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)}


@lru_cache(maxsize=GZIPPED)
def _gzipped(body: bytes) -> bytes:
    """For programs, which ask for few pages again and again: what is kept for all of them would
    double the memory of every page."""
    # No time of making inside: the same page has the same bytes.
    return gzip.compress(brotli.decompress(body), GZIP_LEVEL, mtime=0)


def lean_headers(headers: Headers) -> Headers:
    """With one copy of what stands in the head of every page."""
    return [
        (name, value) if name == "Surrogate-Key" else _one((name, value)) for name, value in headers
    ]


def lean_keys(keys: Iterable[str]) -> frozenset[str]:
    """With one copy of each key, however many pages stand under it."""
    return frozenset(map(sys.intern, keys))


@lru_cache(maxsize=256)
def _one(field: tuple[str, str]) -> tuple[str, str]:
    return field


def etag_of(body: bytes) -> str:
    """Weak: the codings of a page share it."""
    return f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _bytes(page: Page) -> int:
    return sum(map(len, page.bodies.values()))


class PageStore:
    """At most `most` pages; the one that was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._addresses: dict[str, set[str]] = {}
        # Of all bodies in all codings.
        self.bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def get(self, address: str) -> Page | None:
        page = self._pages.get(address)
        if page is not None:
            with self._lock:
                if address in self._pages:
                    self._pages.move_to_end(address)
        return page

    def put(self, address: str, page: Page) -> None:
        with self._lock:
            self._remove(address)
            self._pages[address] = page
            self.bytes += _bytes(page)
            for key in page.keys:
                self._addresses.setdefault(key, set()).add(address)
            while len(self._pages) > self._most:
                self._remove(next(iter(self._pages)))

    def drop(self, keys: Collection[str]) -> int:
        """Forgets every page under any of the keys; returns how many.

        A page that shows them in its aside alone stays, torn.
        """
        with self._lock:
            addresses = {address for key in keys for address in self._addresses.get(key, ())}
            for address in addresses:
                aside = self._pages[address].aside
                if aside is None or not aside.own_keys.isdisjoint(keys):
                    self._remove(address)
                else:
                    self._pages[address].is_torn = True
            return len(addresses)

    def age(self, keys: Iterable[str], now: float) -> None:
        """Ends the freshness of every page under any of the keys."""
        with self._lock:
            addresses = {address for key in keys for address in self._addresses.get(key, ())}
            for address in addresses:
                page = self._pages[address]
                page.fresh_until = min(page.fresh_until, now)

    def _remove(self, address: str) -> None:
        page = self._pages.pop(address, None)
        if page is None:
            return
        self.bytes -= _bytes(page)
        for key in page.keys:
            addresses = self._addresses[key]
            addresses.discard(address)
            if not addresses:
                del self._addresses[key]
