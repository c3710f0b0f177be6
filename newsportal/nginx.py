"""The pages that nginx keeps in front of this host: dropped all at once when something changed.

nginx keeps them in a folder that is a symbolic link. Once the link points to a new, empty folder
nginx finds none of its files any more and asks again: one step for all pages, however many, and
nothing that nginx itself must be taught. Why so: docs/decisions/0012-nginx-pages.md.
"""

from __future__ import annotations

import fcntl
import logging
import secrets
import shutil
import threading
import time
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

# What proxy_cache_path names in deploy/nginx/newsportal.conf.
LINK = "pages"
# A process that was stopped in the middle must not hold up the others, who read the outbox.
PATIENCE = 0.5
# By then every host has noticed what this one noticed now, and no old page comes any more.
AGAIN_AFTER = 1.0


class NginxPages:
    """The folder of one nginx. Any number of processes may drop its pages."""

    def __init__(self, folder: Path, *, again_after: float = AGAIN_AFTER) -> None:
        self._folder = folder
        self._again_after = again_after
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def drop(self) -> None:
        """Drops every page now, and once more a little later.

        Later for what other hosts hand out until they notice too. A folder that cannot be
        written is tried again until it can.
        """
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            try:
                self._renew()
            except OSError:
                log.exception("%s cannot be renewed: nginx shows old pages", self._folder)
                self._later(self.drop)
            else:
                self._later(self._drop_again)

    def _drop_again(self) -> None:
        with self._lock:
            try:
                self._renew()
            except OSError:
                log.exception("%s cannot be renewed: nginx shows old pages", self._folder)
                self._later(self.drop)

    def _later(self, work: object) -> None:
        self._timer = threading.Timer(self._again_after, work)  # type: ignore[arg-type]
        self._timer.daemon = True
        self._timer.start()

    def _renew(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            # Two processes at once could delete the folder that the other is about to show.
            _take(lock)
            kept = self._folder / f"pages-{secrets.token_hex(8)}"
            kept.mkdir()
            # nginx writes here as another user, of the same group.
            kept.chmod(0o770)
            new, link = self._folder / "new", self._folder / LINK
            new.unlink(missing_ok=True)
            new.symlink_to(kept.name)
            if link.is_dir() and not link.is_symlink():
                # nginx was started before anybody had made the link.
                link.rename(self._folder / f"pages-{secrets.token_hex(8)}")
            new.rename(link)
            for old in self._folder.glob("pages-*"):
                if old != kept:
                    shutil.rmtree(old, ignore_errors=True)


def _take(lock: IO[str]) -> None:
    """Waits for the lock, not for ever. Raises OSError."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.005)
        else:
            return
