"""What a page costs that no cache holds: processor time in the process, queries, archive's size.

    python bench/rendering.py [--small 1000] [--large 1000000] [--rounds 8] [--write]

The demo newsroom, copied until there are so many articles (short bodies; tags, authors, photos and
sections as in the newsroom), once on SQLite as it is and twice on PostgreSQL (BENCH_POSTGRES_URL),
a small and a large one. Each portal answers in a process of its own, and they take turns, so that
what else the machine does falls on all of them. Pages are rendered as the page cache asks for
them: with the sidebars that pages share, without compressing. The time of PostgreSQL's own process
is counted apart.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from grounds import Grounds, write_results

TICK = os.sysconf("SC_CLK_TCK")
PAGES_A_ROUND = 40
COPIED_WITH_AN_ARTICLE = (
    ("articles_articleauthor", "article_id"),
    ("articles_articlephoto", "article_id"),
    ("articles_taggedarticle", "content_object_id"),
)


def multiply(count: int) -> None:
    """Copies the newsroom's articles until there are `count`, spread over five years."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(id ORDER BY id) FROM articles_article")
        (sources,) = cursor.fetchone()
        missing = count - len(sources)
        if missing <= 0:
            return
        own = {
            "external_id": "NULL",
            "replaces_id": "NULL",
            "body": "'<p>短い本文です。</p>'",
            "publish_at": "now() - n * interval '5 years' / %s::int",
        }
        names = [name for name in _columns(cursor, "articles_article") if name != '"id"']
        values = ", ".join(own.get(name.strip('"'), f"a.{name}") for name in names)
        cursor.execute(
            f"INSERT INTO articles_article ({', '.join(names)}) SELECT {values} "
            "FROM generate_series(1, %s::int) n "
            "JOIN articles_article a ON a.id = (%s::bigint[])[1 + n %% %s]",
            [missing, missing, sources, len(sources)],
        )
        cursor.execute("CREATE TEMP TABLE made AS SELECT id FROM articles_article WHERE id > %s",
                       [max(sources)])  # fmt: skip
        for table, column in COPIED_WITH_AN_ARTICLE:
            others = [
                name for name in _columns(cursor, table) if name not in {'"id"', f'"{column}"'}
            ]
            cursor.execute(
                f"INSERT INTO {table} ({column}, {', '.join(others)}) "
                f"SELECT made.id, {', '.join('t.' + name for name in others)} FROM made "
                f"JOIN {table} t ON t.{column} = (%s::bigint[])[1 + made.id %% %s]",
                [sources, len(sources)],
            )
        cursor.execute("ANALYZE")


def _columns(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [f'"{name}"' for (name,) in cursor.fetchall()]


class Portal:
    """One portal in this process, asked for pages."""

    def __init__(self, database: str, count: int) -> None:
        self.grounds = Grounds(f"rendering_{count}", database)
        from django.conf import settings
        from django.core.management import call_command
        from django.core.wsgi import get_wsgi_application

        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("loaddemo", verbosity=0)
        if count:
            multiply(count)
        call_command("compute_rankings", verbosity=0)
        from articles.caching import PARTS
        from articles.models import Article
        from newsportal.pagecache.layer import PageCacheLayer

        settings.DEBUG = False
        self._application = get_wsgi_application()
        outbox = PageCacheLayer(self._application, most=1).outbox
        from newsportal.pagecache.parts import Parts

        outbox.read_at = float("inf")
        self._environ = {PARTS: Parts(outbox)}
        newest = Article.objects.public().newest().values_list("pk", flat=True)
        every = max(1, newest.count() // PAGES_A_ROUND)
        self.articles = [f"/articles/{pk}/" for pk in newest[::every]][:PAGES_A_ROUND]
        self.articles_in_all = newest.count()

    def ask(self, kind: str) -> dict[str, float]:
        """Median milliseconds of a page of this kind, here and in the database's process."""
        paths = self.articles if kind == "article" else ["/"] * PAGES_A_ROUND
        self.get(paths[0])
        times = []
        server = self._server_seconds()
        for path in paths:
            begun = time.process_time()
            self.get(path)
            times.append(1000 * (time.process_time() - begun))
        server = self._server_seconds() - server
        return {"median": statistics.median(times), "server": 1000 * server / len(paths)}

    def queries(self, kind: str) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            self.get(self.articles[-1] if kind == "article" else "/")
        return len(captured)

    def get(self, path: str) -> None:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            **self._environ,
        }
        answered: list[str] = []
        parts = self._application(environ, lambda status, *_: answered.append(status))
        b"".join(parts)
        parts.close()
        if not answered[0].startswith("200"):
            raise SystemExit(f"{path}: {answered[0]}")

    def _server_seconds(self) -> float:
        from django.db import connection

        if connection.vendor != "postgresql":
            return 0.0
        connection.ensure_connection()
        pid = connection.connection.info.backend_pid
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def serve(database: str, count: int) -> None:
    """Answers questions from standard input, a line each."""
    answers, sys.stdout = sys.stdout, sys.stderr
    portal = Portal(database, count)
    try:
        print(portal.articles_in_all, file=answers, flush=True)
        for line in sys.stdin:
            name, kind = line.split()
            print(json.dumps(getattr(portal, name)(kind)), file=answers, flush=True)
    finally:
        portal.grounds.tear_down()


class Asked:
    """A portal in a process of its own."""

    def __init__(self, database: str, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--portal", f"{database}:{count}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.articles = self._answer()

    def __call__(self, name: str, kind: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name} {kind}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--portal", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.portal:
        database, _, count = options.portal.partition(":")
        serve(database, int(count))
        return
    portals = {
        "sqlite, demo newsroom": Asked("sqlite", 0),
        "postgres, small": Asked("postgres", options.small),
        "postgres, large": Asked("postgres", options.large),
    }
    results: dict[str, Any] = {}
    for kind in ("article", "home"):
        rounds: dict[str, list[dict[str, float]]] = {name: [] for name in portals}
        for _ in range(options.rounds):
            for name, portal in portals.items():
                rounds[name].append(portal("ask", kind))
        results[kind] = {
            name: {
                "articles": portals[name].articles,
                "queries": portals[name]("queries", kind),
                "process_ms": round(statistics.median(r["median"] for r in asked), 2),
                "process_ms_best_round": round(min(r["median"] for r in asked), 2),
                "database_ms": round(statistics.mean(r["server"] for r in asked), 2),
            }
            for name, asked in rounds.items()
        }
        ratios = [
            (large["median"] + large["server"]) / (small["median"] + small["server"])
            for small, large in zip(
                rounds["postgres, small"], rounds["postgres, large"], strict=True
            )
        ]
        results[kind]["large_over_small"] = round(statistics.median(ratios), 3)
    for portal in portals.values():
        portal.end()
    if options.write:
        write_results("rendering", results)
    else:
        print(results)


if __name__ == "__main__":
    main()
