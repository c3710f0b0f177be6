"""Spool files: each process appends records to a file of its own, the drain reads them.

A writer holds a lock on its file for as long as it may write. A file is removed when its
writer is gone and all of it is counted.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import uuid
import weakref
from collections.abc import Iterator
from os import write
from pathlib import Path
from time import monotonic
from typing import BinaryIO

from rankings import records

SUFFIX = ".v1"
# A file begins its life under this name, so that nobody takes it for one left behind before
# its writer holds the lock.
NEWBORN_SUFFIX = ".new"
# A writer goes on to a new file here, so that a full one can be removed while it lives.
FILE_BYTES = 32 * 1024 * 1024
# So often a writer looks whether its file is still there.
CHECK_SECONDS = 1.0


class SpoolError(Exception):
    """The record could not be stored: disk full, folder gone, no permission."""


class SpoolWriter:
    """The spool file of this process, opened at the first record."""

    def __init__(self, folder: Path, *, file_bytes: int = FILE_BYTES) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._lock = threading.Lock()
        self._descriptor = -1
        self._written = 0
        self._checked_until = 0.0
        _writers.add(self)

    def append(self, record: bytes) -> None:
        """Stores a record. Raises SpoolError; then nothing of it is stored."""
        with self._lock:
            try:
                if monotonic() >= self._checked_until or self._written >= self._file_bytes:
                    self._check()
                if self._descriptor < 0:
                    self._open()
                written = write(self._descriptor, record)
            except OSError as error:
                raise SpoolError(str(error)) from error
            if written != len(record):
                self._undo(written)
                raise SpoolError("short write")
            self._written += written

    def close(self) -> None:
        with self._lock:
            self._close()

    def _check(self) -> None:
        """Leaves a file that is full, or that was deleted: what it takes then would be lost."""
        self._checked_until = monotonic() + CHECK_SECONDS
        if self._descriptor < 0:
            return
        if self._written >= self._file_bytes or os.fstat(self._descriptor).st_nlink == 0:
            self._close()

    def _open(self) -> None:
        self._close()
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{os.getpid()}-{uuid.uuid4().hex}"
        newborn = self._folder / (name + NEWBORN_SUFFIX)
        descriptor = os.open(newborn, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            newborn.rename(self._folder / (name + SUFFIX))
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._written = 0

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _undo(self, written: int) -> None:
        """Takes back a short write, which would shift every later record of the file."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
        self._close()

    def _forget_parent(self) -> None:
        """After a fork: the lock and the file stay with the parent."""
        self._lock = threading.Lock()
        with contextlib.suppress(OSError):
            self._close()


_writers: weakref.WeakSet[SpoolWriter] = weakref.WeakSet()


def _after_fork() -> None:
    for writer in list(_writers):
        writer._forget_parent()


os.register_at_fork(after_in_child=_after_fork)


def spool_files(folder: Path) -> Iterator[Path]:
    """The spool files of all processes of this host, in a steady order."""
    return iter(sorted(folder.glob("*" + SUFFIX)))


def read(path: Path, position: int, limit: int) -> tuple[bytes, int]:
    """At most `limit` whole records from a position in bytes, and the bytes torn after them.

    An incomplete record is torn when its writer is gone; before that it may still grow.
    """
    try:
        with path.open("rb") as file:
            file.seek(position)
            data = file.read(limit * records.SIZE)
            rest = len(data) % records.SIZE
            if rest and _writer_is_gone(file):
                # What the writer has added before it went.
                data += file.read(limit * records.SIZE - len(data))
                rest = len(data) % records.SIZE
                return data[: len(data) - rest], rest
    except FileNotFoundError:
        return b"", 0
    return data[: len(data) - rest], 0


def _writer_is_gone(file: BinaryIO) -> bool:
    """Whether nobody will append to the file any more."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_if_done(path: Path, counted: int) -> bool:
    """Removes a file whose writer is gone and whose records are all counted.

    `counted` is the position in the database, read before the call: it never goes back.
    """
    try:
        with path.open("rb") as file:
            # The lock first, the size after it: a writer that dies in between has written before.
            if not _writer_is_gone(file) or os.fstat(file.fileno()).st_size != counted:
                return False
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        pass
    return True


def remove_stillborn(folder: Path, *, older_than: float) -> None:
    """Removes files whose writer was killed before it took the lock; they hold nothing."""
    for path in folder.glob("*" + NEWBORN_SUFFIX):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < older_than:
                path.unlink()
