"""One at a time, over threads, processes and hosts; a killed process gives up its turn."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Waits until nobody else is inside under this name.

    PostgreSQL keeps the turn for all hosts that share the database and frees it with the
    connection; otherwise the kernel keeps it for this host and frees it with the process. No
    transaction is open meanwhile, so nobody else's work waits.
    """
    if connection.vendor == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
        return
    folder = Path(settings.VAR_DIR) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    # A few files for ever instead of one a name: which names share one does not matter.
    slot = hashlib.sha256(name.encode()).hexdigest()[:2]
    with (folder / slot).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
