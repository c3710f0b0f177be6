"""Pages that the processes of one host hand to each other, so that each is rendered once a host.

A file for each slot, locked by who renders a page of that slot; who waited finds it there. What a
file holds is only taken by a process that has read the outbox since before the page was begun:
nothing that was invalidated comes back from the disk.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from newsportal.pagecache.store import Beside, Page, lean_headers, lean_keys

SLOTS = 1024
# Who has waited this long for another process renders for himself: it may hang. On a host that
# has too much to do a page takes a second.
PATIENCE = 3.0
_LOOK_EVERY = 0.005


class Handoff:
    """The files of one host. Without a folder, or on a full disk, each process is for itself."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @contextmanager
    def turn(self, address: str) -> Iterator[Slot]:
        """The address's slot, while no other process renders a page of it."""
        file = self._open(address)
        if file is None:
            yield Slot(None, address)
            return
        try:
            yield Slot(file if _locked(file) else None, address)
        finally:
            os.close(file)

    def _open(self, address: str) -> int | None:
        if self._folder is None:
            return None
        number = int.from_bytes(hashlib.blake2b(address.encode(), digest_size=4).digest())
        try:
            self._folder.mkdir(exist_ok=True, parents=True)
            path = self._folder / f"{number % SLOTS:04}"
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return None


class Slot:
    def __init__(self, file: int | None, address: str) -> None:
        self._file = file
        self._address = address

    def take(self) -> Page | None:
        """The address's page, if the slot holds it whole and this host has not started anew."""
        if self._file is None:
            return None
        try:
            head, _, rest = os.pread(self._file, os.fstat(self._file).st_size, 0).partition(b"\n")
            told: dict[str, Any] = json.loads(head)
            if told.pop("boot") != _boot() or told.pop("address") != self._address:
                return None
            lengths = told.pop("lengths")
            # Cut short by a full disk or a kill.
            if len(rest) != sum(lengths.values()):
                return None
            bodies, at = {}, 0
            for coding, length in lengths.items():
                bodies[coding] = rest[at : at + length]
                at += length
            headers = lean_headers([(name, value) for name, value in told.pop("headers")])
            keys, aside = lean_keys(told.pop("keys")), _beside(told.pop("aside"))
            return Page(bodies=bodies, headers=headers, keys=keys, aside=aside, **told)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def give(self, page: Page, known: float) -> None:
        """Leaves the page for the host's other processes.

        `known` is until when the giver had noticed what was invalidated: another process may have
        noticed more before the page was begun, which its parts do not show yet.
        """
        if self._file is None:
            return
        head: dict[str, Any] = {
            "boot": _boot(),
            "address": self._address,
            "lengths": {coding: len(body) for coding, body in page.bodies.items()},
            "status": page.status,
            "headers": page.headers,
            "cache_control": page.cache_control,
            "etag": page.etag,
            "keys": sorted(page.keys),
            "begun": min(page.begun, known),
            "fresh_until": page.fresh_until,
            "stale_until": page.stale_until,
            "view": page.view,
            "aside": asdict(page.aside) if page.aside else None,
        }
        if page.aside:
            own_begun = min(page.aside.own_begun, known)
            head["aside"] |= {"own_keys": sorted(page.aside.own_keys), "own_begun": own_begun}
        data = b"\n".join([json.dumps(head).encode(), b"".join(page.bodies.values())])
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, data, 0)
        except OSError:
            return


def _beside(told: dict[str, Any] | None) -> Beside | None:
    if told is None:
        return None
    told["name"], told["own_keys"] = tuple(told["name"]), lean_keys(told["own_keys"])
    return Beside(**told)


def _locked(file: int) -> bool:
    """Waits for the lock, which a killed process gives up; False when it takes too long."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_EVERY)
        else:
            return True


@cache
def _boot() -> str:
    """Times of time.monotonic() mean nothing on another host, or after a restart of this one."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return str(os.getppid())
