"""A database at one moment: frozen while others go on writing, copied, and put back.

SQLite by its online backup, PostgreSQL by pg_dump and pg_restore with the snapshot of a session.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from django.db import connection, transaction

from newsportal.keeping.folder import KeepingError
from rankings.turns import take_turn

Found = TypeVar("Found")


class Moment(Protocol):
    """The database as it was at one moment."""

    def copy(self, target: Path) -> None: ...

    def count(self, table: str) -> int: ...


@contextmanager
def frozen(beside: Callable[[], Found]) -> Iterator[tuple[Moment, Found]]:
    """The database as of now, and what `beside` returned at the same moment.

    Nobody counts views while that runs (on SQLite nobody writes at all); then all go on.
    """
    with ExitStack() as stack:
        with transaction.atomic():
            take_turn()
            moment = stack.enter_context(_freeze())
            found = beside()
        yield moment, found


def _freeze() -> AbstractContextManager[Moment]:
    return _frozen_sqlite() if connection.vendor == "sqlite" else _frozen_postgres()


def is_empty() -> bool:
    return not tables()


def tables() -> list[str]:
    return sorted(connection.introspection.table_names())


def count_now(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_counting(table))
        (number,) = cursor.fetchone()
    return int(number)


def put_back(source: Path) -> None:
    """Makes the database what a copy holds, whatever it held. Raises KeepingError."""
    if connection.vendor == "sqlite":
        _put_back_sqlite(source)
    else:
        _put_back_postgres(source)


def _counting(table: str) -> str:
    return f"SELECT count(*) FROM {connection.ops.quote_name(table)}"  # noqa: S608  (a table's name)


# --- SQLite


class _SqliteMoment:
    def __init__(self, session: sqlite3.Connection) -> None:
        self._session = session

    def copy(self, target: Path) -> None:
        with closing(sqlite3.connect(target)) as copied:
            self._session.backup(copied)
            # One file, without a log beside it.
            copied.execute("PRAGMA journal_mode=DELETE")

    def count(self, table: str) -> int:
        return int(self._session.execute(_counting(table)).fetchone()[0])


@contextmanager
def _frozen_sqlite() -> Iterator[_SqliteMoment]:
    name = str(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(name, isolation_level=None, timeout=20)) as session:
        # In WAL mode a session that has begun to read goes on reading the same moment.
        session.execute("BEGIN")
        session.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield _SqliteMoment(session)


def _put_back_sqlite(source: Path) -> None:
    target = Path(connection.settings_dict["NAME"])
    connection.close()
    try:
        with closing(sqlite3.connect(source)) as kept, closing(sqlite3.connect(target)) as session:
            session.execute("PRAGMA busy_timeout=20000")
            kept.backup(session)
            session.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error as error:
        raise KeepingError(f"{target} に戻せません：{error}") from error


# --- PostgreSQL


class _PostgresMoment:
    def __init__(self, snapshot: str, count: Callable[[str], int]) -> None:
        self._snapshot = snapshot
        self.count = count

    def copy(self, target: Path) -> None:
        _run("pg_dump", "--format=custom", f"--snapshot={self._snapshot}", f"--file={target}")


@contextmanager
def _frozen_postgres() -> Iterator[_PostgresMoment]:
    session = connection.copy()
    try:
        with session.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()

            def count(table: str) -> int:
                cursor.execute(_counting(table))
                return int(cursor.fetchone()[0])

            yield _PostgresMoment(snapshot, count)
            cursor.execute("ROLLBACK")
    finally:
        session.close()


def _put_back_postgres(source: Path) -> None:
    # pg_restore's own --clean would leave tables that the backup does not know.
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
    connection.close()
    _run("pg_restore", "--exit-on-error", "--single-transaction", str(source))


def _run(program: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs on the database of the settings."""
    path = shutil.which(program)
    if path is None:
        raise KeepingError(f"{program} がありません（Debianでは postgresql-client）。")
    settings = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    options = settings.get("OPTIONS", {})
    environment = os.environ | {name: str(settings[key]) for name, key in named.items()}
    if "sslmode" in options:
        environment["PGSSLMODE"] = str(options["sslmode"])
    whose = ["--no-owner", "--no-privileges", f"--dbname={settings['NAME']}"]
    done = subprocess.run(  # noqa: S603  (a program by its path, with arguments of ours)
        [path, *whose, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise KeepingError(f"{program}：{done.stderr.strip()[-500:]}")
