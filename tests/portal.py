"""A newsportal of its own for a test: bin/serve in a scratch folder, as an operator starts it."""

from __future__ import annotations

import atexit
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def scratch_database(folder, server=None, like="template1"):
    """The URL of a new database: SQLite, or on the server that the suite runs on.

    It is empty, or on a server as the database `like` is.
    """
    server = os.environ.get("TEST_DATABASE_URL", "") if server is None else server
    if not server:
        yield f"sqlite:///{folder / 'newsportal.sqlite3'}"
        return
    name = f"portal_{secrets.token_hex(6)}"
    administration = urlunsplit(urlsplit(server)._replace(path="/postgres"))
    with psycopg.connect(administration, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Portal:
    """A running newsportal: its address, its folder, its environment."""

    def __init__(self, folder, database, **environment):
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = kept | {
            "VAR_DIR": str(folder),
            "DATABASE_URL": database,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "WEATHER_ENABLED": "0",
            **environment,
        }
        self.log = folder / "serve.log"
        self.process = None

    def start(self, timeout=180):
        """Starts bin/serve and waits for the line with which it says that it is up."""
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "bin/serve")],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + timeout
        while "Ctrl-C stops everything" not in self.output():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"bin/serve did not start:\n{self.output()}")
            time.sleep(0.2)
        return self

    def stop(self):
        """Ctrl-C, and the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def output(self):
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def accounts(self):
        """User name to password, as the file for the owner has them."""
        text = (self.folder / "demo-accounts.txt").read_text("utf-8")
        return dict(re.findall(r"^(\S+)\s+(\S+)", text, re.MULTILINE))

    def manage(self, *arguments):
        """Runs a management command on this portal's database; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def first_start(folder):
    """A portal started in an empty folder with nothing prepared, its demo newsroom included."""
    with scratch_database(folder) as database, _started(Portal(folder, database)) as portal:
        yield portal


@contextmanager
def running(folder, **environment):
    """A portal without articles, its tables and static files copied from one made before."""
    with (
        _empty_portal(folder) as database,
        _started(Portal(folder, database, DEMO="0", **environment)) as portal,
    ):
        yield portal


@contextmanager
def _started(portal):
    portal.start()
    try:
        yield portal
    finally:
        if portal.process.poll() is None:
            portal.stop()


@contextmanager
def _empty_portal(folder):
    """Puts a copy of what a first start leaves behind into a folder; its database's URL."""
    original, database = _prepared()
    shutil.copytree(original, folder, dirs_exist_ok=True)
    with scratch_database(folder, like=urlsplit(database).path[1:]) as copy:
        yield copy


@cache
def _prepared():
    """Folder and database of a first start, made once: tables and static files take seconds."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="newsportal-first-")))
    database = stack.enter_context(scratch_database(folder))
    portal = Portal(folder, database, DEMO="0").start()
    assert portal.stop() == 0, portal.output()
    portal.log.unlink()
    return folder, database
