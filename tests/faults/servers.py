"""Servers of a test's own, to be killed, hung and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import redis

from tests.portal import free_port

REDIS = shutil.which("redis-server")
_HOMES = [str(home) for home in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
POSTGRES = shutil.which("postgres", path=os.pathsep.join([os.environ.get("PATH", ""), *_HOMES]))


class Server:
    """A server process with a folder and a port that outlive it."""

    def __init__(self):
        # Not below pytest's own folder, which PostgreSQL's user may not enter.
        self.folder = Path(tempfile.mkdtemp(prefix="newsportal-fault-"))
        self.port = free_port()
        self.process = None

    def start(self, timeout=60):
        """Starts it and waits until it answers; what a kill left behind may hold it up."""
        until = time.monotonic() + timeout
        while not self.answers():
            assert time.monotonic() < until, (self.folder / "log").read_text()
            if self.process is None or self.process.poll() is not None:
                with (self.folder / "log").open("a") as log:
                    self.process = subprocess.Popen(
                        self.command(), stdout=log, stderr=log, **self.options
                    )
            time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    @contextlib.contextmanager
    def dead(self):
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextlib.contextmanager
    def hanging(self):
        """It keeps its connections and answers nobody."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    options = {}


class Redis(Server):
    """As docs/operations.md has it: what it acknowledged is in its file."""

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/8"

    def command(self):
        kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        place = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        return [REDIS, *place, *kept]

    def answers(self):
        with redis.Redis(port=self.port, socket_timeout=1) as client:
            try:
                return client.ping()
            except redis.RedisError:
                return False


class Postgres(Server):
    def __init__(self):
        super().__init__()
        if os.geteuid() == 0:
            # It refuses to run as root.
            self.options = {"user": "postgres"}
            shutil.chown(self.folder, "postgres")
        initdb = Path(POSTGRES).with_name("initdb")
        subprocess.run(
            [initdb, "-D", self.folder / "data", "-A", "trust", "-U", "postgres",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, capture_output=True, cwd="/", **self.options,
        )  # fmt: skip

    @property
    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def command(self):
        # A kill of processes loses nothing that was written, synchronised or not.
        return [
            POSTGRES, "-D", str(self.folder / "data"), "-p", str(self.port), "-c", "fsync=off",
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
        ]  # fmt: skip

    def answers(self):
        try:
            psycopg.connect(self.url, connect_timeout=1).close()
        except psycopg.Error:
            return False
        return True
