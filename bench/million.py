"""A million views over HTTP while workers are killed and the database is gone for a minute.

    python bench/million.py [--posts 1000000] [--kill-every 8] [--outage 60] [--port 8145]

Four clients post to a portal with two workers (granian) on a PostgreSQL server of its own. One
worker is killed with SIGKILL every few seconds, the drain too; PostgreSQL is stopped at once
(`-m immediate`) and started again after the outage. Every 204 must be in the sums of its
article and of its hour, once. A post that got no answer, because its worker was killed, may be
stored or not: it is counted apart.
"""

from __future__ import annotations

# ruff: noqa: S311 (Django is imported after its environment is set)
import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import grounds
from grounds import ROOT, Grounds, write_results
from kill_harness import Shared, fork, kill

CLIENTS = 4
ARTICLES = 500
BIN = Path("/usr/lib/postgresql/15/bin")
AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)


class OwnPostgres:
    """A server that may be stopped without harm to others."""

    def __init__(self, port: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nm-"))
        self.port = port
        self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        shutil.chown(self.folder, "postgres", "postgres")
        self._run(str(BIN / "initdb"), "-D", f"{self.folder}/data", "-A", "trust")
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        data = f"{self.folder}/data"
        log = f"{self.folder}/log"
        self._run(str(BIN / "pg_ctl"), "-D", data, "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """At once, without finishing what is open."""
        self._run(str(BIN / "pg_ctl"), "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def remove(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *command: str) -> None:
        runuser = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*runuser, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")


class Portal:
    """The portal's web process with two workers."""

    def __init__(self, port: int) -> None:
        self.port = port
        granian = Path(sys.executable).parent / "granian"
        self.process = subprocess.Popen(
            [str(granian), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
             "--workers", "2", "--blocking-threads", "2", "--no-ws", "--log-level", "critical",
             "--respawn-failed-workers", "--respawn-interval", "0.1",
             "newsportal.wsgi:application"],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = []
        for child in map(int, children.read_text().split()):
            with contextlib.suppress(OSError):
                # Beside the workers there may be the resource tracker of multiprocessing.
                if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(child)
        return found

    def kill_worker(self, rng: random.Random) -> bool:
        workers = self.workers()
        if not workers:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(rng.choice(workers), signal.SIGKILL)
        return True

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Client:
    """Posts views over one connection until its share is acknowledged."""

    def __init__(self, number: int, port: int, articles: list[int], posts: int) -> None:
        self.random = random.Random(number)
        self.port = port
        self.articles = articles
        self.posts = posts
        self.first_hour = int(time.time()) // 3600
        # Views by article that were acknowledged, that got no answer, that got another.
        self.acknowledged = Shared(max(articles) + 1)
        self.unanswered = Shared(max(articles) + 1)
        self.by_hour = Shared(4)
        self.total = Shared(1)
        self.refused = Shared(1)

    def run(self) -> None:
        from rankings.beacon import view_token

        self.tokens = {article: view_token(article) for article in self.articles}
        connection: socket.socket | None = None
        while self.total[0] < self.posts:
            article = self.articles[min(int(self.random.paretovariate(0.8)), ARTICLES) - 1]
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
                connection.sendall(self._request(article))
                answer = connection.recv(4096)
            except OSError:
                answer = b""
            if answer.startswith(b"HTTP/1.1 204"):
                self.acknowledged[article] += 1
                self.by_hour[int(time.time()) // 3600 - self.first_hour] += 1
                self.total[0] += 1
                continue
            if answer:
                self.refused[0] += 1
            elif connection is not None:
                self.unanswered[article] += 1
            if connection is not None:
                connection.close()
                connection = None
            time.sleep(0.01)

    def _request(self, article: int) -> bytes:
        body = urlencode({"a": article, "t": self.tokens[article]})
        address = ".".join(str(self.random.randrange(1, 255)) for _ in range(4))
        return (
            f"POST /v/ HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENT}\r\n"
            f"X-Forwarded-For: {address}\r\n"
            "Content-Type: application/x-www-form-urlencoded;charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def drain_for_ever() -> None:
    """As the worker's clock does: what fails now is tried again."""
    from django.db import DatabaseError, connection

    from rankings.counting import drain

    while True:
        try:
            drain()
        except DatabaseError:
            connection.close()
        time.sleep(0.5)


def run(options: argparse.Namespace, server: OwnPostgres, portal: Portal, ids: list[int]) -> Any:
    share = options.posts // CLIENTS
    clients = [Client(number, options.port, ids, share) for number in range(CLIENTS)]
    wait_for(options.port)
    began = time.monotonic()
    children = [fork(client.run) for client in clients]
    drainer = fork(drain_for_ever)
    rng = random.Random(7)
    kills: Counter[str] = Counter()
    next_kill = time.monotonic() + options.kill_every
    outage = [0.2, 0.0] if options.outage else None
    done = 0
    while any(client.total[0] < share for client in clients):
        time.sleep(0.2)
        done = sum(client.total[0] for client in clients)
        if outage and done > outage[0] * options.posts:
            if not outage[1]:
                server.stop()
                outage[1] = time.monotonic() + options.outage
            elif time.monotonic() > outage[1]:
                server.start()
                outage = None
        if time.monotonic() > next_kill:
            next_kill += options.kill_every
            kills["web worker"] += portal.kill_worker(rng)
            if kills.total() % 2:
                kill(drainer)
                kills["drainer"] += 1
                drainer = fork(drain_for_ever)
    seconds = time.monotonic() - began
    for child in children:
        os.waitpid(child, 0)
    if outage and outage[1]:
        server.start()
    kill(drainer)
    portal.stop()
    return compare(clients, ids) | {
        "posts_a_second": round(done / seconds),
        "seconds": round(seconds, 1),
        "kills": dict(kills),
        "database_gone_for_seconds": options.outage,
    }


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise RuntimeError("the portal does not start")


def compare(clients: list[Client], ids: list[int]) -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection
    from django.db.models import Sum

    from rankings.counting import drain
    from rankings.models import DayBucket, HourBucket
    from rankings.spool import spool_files

    connection.close()
    while drain().read:
        pass

    def sums(model: Any, key: str) -> dict[int, int]:
        return dict(model.objects.order_by().values_list(key).annotate(Sum("raw")))

    stored = sums(HourBucket, "article_id")
    sent = {a: sum(client.acknowledged[a] for client in clients) for a in ids}
    open_ = {a: sum(client.unanswered[a] for client in clients) for a in ids}
    outside = [a for a in ids if not sent[a] <= stored.get(a, 0) <= sent[a] + open_[a]]
    first_hour = clients[0].first_hour
    hours = [sum(client.by_hour[place] for client in clients) for place in range(4)]
    by_hour = sums(HourBucket, "hour")
    return {
        "acknowledged": sum(sent.values()),
        "unanswered": sum(open_.values()),
        "refused": sum(client.refused[0] for client in clients),
        "stored": sum(stored.values()),
        "articles": len(ids),
        "articles_outside": len(outside),
        "hours_acknowledged": [count for count in hours if count],
        "hours_stored": [by_hour[first_hour + p] for p in range(4) if first_hour + p in by_hour],
        "days_are_sums_of_hours": sums(DayBucket, "article_id") == stored,
        "files_left": len(list(spool_files(settings.SPOOL_DIR))),
        "exact": not outside,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--kill-every", type=float, default=8)
    parser.add_argument("--outage", type=float, default=60)
    parser.add_argument("--port", type=int, default=8145)
    options = parser.parse_args()
    server = OwnPostgres(options.port + 1)
    grounds.POSTGRES = server.url
    place = Grounds("million", "postgres", TRUSTED_PROXIES="1", LOG_LEVEL="CRITICAL")
    portal = None
    try:
        from django.db import connection

        ids = place.articles(ARTICLES)
        (place.folder / "static").mkdir(exist_ok=True)
        connection.close()
        portal = Portal(options.port)
        results = run(options, server, portal, ids)
        write_results("million", results)
        return 0 if results["exact"] else 1
    finally:
        if portal is not None and portal.process.poll() is None:
            portal.stop()
        with contextlib.suppress(Exception):
            place.tear_down()
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
