"""A running newsportal with what a fault needs to strike at, and how one sees that it healed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests import nginx
from tests.faults.load import PATIENCE, Load
from tests.faults.servers import Postgres, Redis
from tests.hosts import desk
from tests.nginx import pages_folder
from tests.portal import ROOT, Portal

# Long enough for a crowded machine: what must happen, not how fast.
HEALED = 90
ARTICLES = 12


class Site:
    """bin/serve, with PostgreSQL and Redis of its own or with SQLite and spool files."""

    def __init__(self, folder, database, postgres=None, redis=None, **environment):
        self.postgres, self.redis = postgres, redis
        self.folder = folder
        if redis is not None:
            environment["REDIS_URL"] = redis.url
        self.portal = Portal(
            folder,
            database,
            DEMO="0",
            TRUSTED_PROXIES="1",
            SECRET_KEY="a key of this site alone, of more than thirty-two characters",
            DJANGO_SETTINGS_MODULE="newsportal.settings",
            PYTHONPATH=str(ROOT),
            **environment,
        )
        self.url = f"http://127.0.0.1:{self.portal.port}"

    @contextmanager
    def running(self):
        self.portal.start()
        # A connection of its own for each request: none that a kill has cut.
        limits = httpx.Limits(max_keepalive_connections=0)
        try:
            with (
                httpx.Client(timeout=PATIENCE, limits=limits) as self._client,
                desk(self.portal.environment) as self.ask,
            ):
                self.articles = self.add_articles(ARTICLES, hours_ago=2)
                yield self
        finally:
            assert self.portal.stop() == 0, self.portal.output()

    def add_articles(self, number, *, hours_ago=0):
        """Public articles, and their numbers."""
        at = f"timezone.now() - timedelta(hours={hours_ago})"
        return self.ask(
            f"(ArticleFactory.create_batch({number}, publish_at={at}), "
            "publishing.invalidate(['home', 'section-1']), "
            f"list(Article.objects.order_by('-pk').values_list('pk', flat=True)[:{number}]))[-1]"
        )

    # --- readers

    @contextmanager
    def read(self, readers=4, articles=()):
        """Readers at work; afterwards everything that they were promised must be counted."""
        self.wait_until_counted()
        before = self.counted()
        load = Load(self.url, articles or self.articles)
        with load.running(readers):
            yield load
        self.wait_until_counted()
        after = self.counted()
        for article in load.articles:
            new = after.get(article, 0) - before.get(article, 0)
            promised = load.acknowledged[article]
            # A view whose answer was cut may be stored all the same, once.
            assert promised <= new <= promised + load.unsure[article], (article, new, promised)

    def get(self, path, port=None):
        return self._client.get(f"http://127.0.0.1:{port or self.portal.port}{path}")

    def counted(self):
        """Stored views by article."""
        rows = self.ask(
            "list(HourBucket.objects.values_list('article_id').annotate(Sum('raw')).order_by())"
        )
        return dict(rows)

    def wait_until_counted(self):
        """Returns once the worker has left nothing lying; nobody lends it a hand."""
        waiting = "health.oldest_undrained(timezone.now())"
        until(lambda: self.ask(waiting) is None)

    # --- processes

    def web(self):
        """The process ids of the server and of its workers."""
        (server,) = self._processes("granian")
        return server, children_of(server)

    def worker(self):
        (worker,) = self._processes("run_huey")
        return worker

    def _processes(self, word):
        return [pid for pid in children_of(self.portal.process.pid) if word in command_of(pid)]

    def is_whole(self):
        """Web and worker run, and answer."""
        try:
            _, workers = self.web()
            self.worker()
            return len(workers) == 2 and self.get("/healthz").status_code == 200
        except (ValueError, httpx.TransportError):
            return False


def kill(*pids):
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def children_of(pid):
    """Processes that this one has started; not those that only wait to be collected."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if (
            int(parent) == pid
            and state != "Z"
            and "resource_tracker" not in command_of(int(stat.parent.name))
        ):
            found.append(int(stat.parent.name))
    return sorted(found)


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def until(condition, timeout=HEALED):
    """How long it took until the condition held."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < timeout, f"not within {timeout} s"
        time.sleep(0.05)
    return time.monotonic() - begun


@contextmanager
def large_site(folder):
    """On PostgreSQL and Redis, both to be killed, behind nginx."""
    with ExitStack() as stack:
        servers = []
        for kind in (Postgres, Redis):
            server = kind()
            stack.callback(server.remove)
            server.start()
            servers.append(server)
        cache = pages_folder(folder / "run")
        site = Site(folder, servers[0].url, *servers, NGINX_CACHE_DIR=str(cache))
        stack.enter_context(site.running())
        url = stack.enter_context(nginx.running(folder, [site.portal.port], folder, cache))
        site.nginx_port = httpx.URL(url).port
        yield site


@contextmanager
def small_site(folder, **environment):
    """As it starts by itself: SQLite, spool files."""
    database = f"sqlite:///{folder}/newsportal.sqlite3"
    with Site(folder, database, **environment).running() as site:
        yield site
