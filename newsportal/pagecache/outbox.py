"""What was invalidated: the outbox in the database, read by each process.

At once when this host's bell rings or an edge of the clock has passed, and twice a second for
what other hosts changed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone

from articles.caching import DUE, SITE, heard, keys_of_edges, next_edge
from articles.models import Invalidation
from newsportal import counters, masthead

log = logging.getLogger(__name__)

EVERY = 0.5
# How far back rows are looked for: a transaction may commit this long after it wrote its row,
# and the clocks of two hosts may differ by as much.
WINDOW = timedelta(minutes=5)
# The next edge is asked for anew this often, for changes that wrote no row.
EDGE_EVERY = 60.0
# How long it is remembered when a key was invalidated: longer than any page takes to render.
REMEMBERED = 600.0
# Without an answer for this long the process no longer knows what was invalidated.
BLIND_AFTER = 2.0
# How long a request waits for the reading that the bell asks for.
PATIENCE = 0.5


class Outbox:
    """Tells a listener which keys are wrong and which are due, and remembers since when.

    Correct when rows commit out of order: every reading takes the whole window and leaves out
    what it has seen.
    """

    def __init__(self, listener: Callable[[set[str], set[str]], object]) -> None:
        self._listener = listener
        self._seen: dict[int, datetime] = {}
        # monotonic() at which a key was noticed last.
        self._noticed: dict[str, float] = {}
        # What was changed before is nothing that this process was late for.
        self._watched_since = timezone.now()
        self._edges_until = self._watched_since - WINDOW
        self._edge: datetime | None = None
        self._ask_edge_at = 0.0
        self.read_at = time.monotonic()
        # What was committed before this moment is noticed.
        self.knows_until = self.read_at
        # Until then nothing is known of what was invalidated before.
        self.has_read = False
        self._heard = heard()
        self._failed = False
        self._wake = threading.Event()
        self._done = threading.Condition()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    # --- asked by the page cache

    @property
    def is_blind(self) -> bool:
        """The database has not answered lately."""
        return time.monotonic() - self.read_at > BLIND_AFTER

    @property
    def lag(self) -> float:
        """Seconds since the last reading; 0 before the first page, when nothing is kept yet."""
        return 0.0 if self._thread is None else time.monotonic() - self.read_at

    @property
    def edge(self) -> datetime | None:
        """When pages next change by themselves, as far as is known."""
        return self._edge

    def touched_since(self, keys: Iterable[str], begun: float) -> bool:
        """Was any of the keys invalidated after this moment of time.monotonic()?"""
        return any(self._noticed.get(key, -1.0) >= begun for key in keys)

    def catch_up(self) -> None:
        """Returns once what this host has committed, and what the clock has changed, is noticed.

        If the database lets it: nobody waits longer than PATIENCE.
        """
        if self._thread is None or self._failed:
            return
        now = heard()
        if now == self._heard and not self._is_past_edge():
            return
        self._wake.set()
        with self._done:
            self._done.wait_for(
                lambda: self._failed or (self._heard >= now and not self._is_past_edge()), PATIENCE
            )

    def _is_past_edge(self) -> bool:
        """Has an edge passed whose pages are not noticed yet?"""
        return self._edge is not None and self._edge <= timezone.now() and not self.is_blind

    # --- reading

    def start(self) -> None:
        """Reads in a thread of its own from now on; harmless when it does so already."""
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None:
                self.read_at = time.monotonic()
                self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wake.wait(EVERY)
            self._wake.clear()
            self._read_safely()

    def _read_safely(self) -> None:
        bell = heard()
        close_old_connections()
        try:
            self.read()
        except (DatabaseError, InterfaceError) as error:
            log.warning("invalidations cannot be read: %s", error)
            self._failed = True
        except Exception:
            # A thread that died would leave old pages standing for good.
            log.exception("invalidations cannot be read")
            self._failed = True
        else:
            self._failed = False
        with self._done:
            self._heard = bell
            self._done.notify_all()

    def read(self) -> set[str]:
        """Reads once; returns the keys that are newly out of date. Raises DatabaseError."""
        asked = time.monotonic()
        now = timezone.now()
        rows = Invalidation.objects.filter(created_at__gt=now - WINDOW)
        found = rows.values_list("pk", "created_at", "keys")
        new = [row for row in found if row[0] not in self._seen]
        written = {key for _, _, row_keys in new for key in row_keys.split()}
        due = {key.removeprefix(DUE) for key in written if key.startswith(DUE)}
        wrong = {key for key in written if not key.startswith(DUE)}
        wrong |= self._passed_edges(now, something_changed=bool(wrong))
        noticed = time.monotonic()
        self._noticed.update(dict.fromkeys(wrong | due, noticed))
        if SITE in wrong:
            masthead.forget()
        if wrong or due:
            self._listener(wrong, due)
        for _, created_at, row_keys in new:
            if created_at > self._watched_since and not row_keys.startswith(DUE):
                late = (timezone.now() - created_at).total_seconds()
                counters.visible_seconds.observe(max(0.0, late))
        # Only now: a reading that failed half-way is done again.
        self._seen.update((pk, created_at) for pk, created_at, _ in new)
        self._forget_old(now, noticed)
        self.read_at = noticed
        self.knows_until = asked
        self.has_read = True
        return wrong | due

    def _passed_edges(self, now: datetime, *, something_changed: bool) -> set[str]:
        passed = self._edge is not None and self._edge <= now
        if not (passed or something_changed or time.monotonic() >= self._ask_edge_at):
            return set()
        # Also an edge that was set and passed between two readings.
        keys = keys_of_edges(self._edges_until, now)
        self._edges_until = now
        self._edge = next_edge(now)
        self._ask_edge_at = time.monotonic() + EDGE_EVERY
        return keys

    def _forget_old(self, now: datetime, noticed: float) -> None:
        old = now - 2 * WINDOW
        for pk in [pk for pk, at in self._seen.items() if at < old]:
            del self._seen[pk]
        for key in [key for key, at in self._noticed.items() if at < noticed - REMEMBERED]:
            del self._noticed[key]
