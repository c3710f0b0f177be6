"""Times the ranking on PostgreSQL: one pass, the sidebar's reads, the ranking page.

    python bench/ranking.py [--articles 1000,10000,100000] [--archive 100000:10000] [--write]

Makes a database of its own beside the one of BENCH_POSTGRES_URL (default
postgres://postgres@127.0.0.1:5432/postgres), fills it with SQL, and drops it. At 100,000
articles: 12 sections, 30 days, 60 % of the articles published in them, Zipf popularity with
age decay, about 12 million hour rows.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("BENCH_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NAME = "newsportal_bench_ranking"
SECTIONS = 12
DAYS = 30

parts = urlsplit(SERVER)
os.environ["DATABASE_URL"] = urlunsplit(parts._replace(path=f"/{NAME}"))
os.environ["DJANGO_SETTINGS_MODULE"] = "newsportal.settings"
os.environ.setdefault("VAR_DIR", "/tmp/newsportal-bench")  # noqa: S108
# Without it Django keeps a log of all queries.
os.environ["DEBUG"] = "0"
os.environ["SECRET_KEY"] = "only for measurements, of more than thirty-two characters"  # noqa: S105
sys.path.insert(0, str(ROOT))


def make_database() -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")


def drop_database() -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def fill(articles: int, active: int) -> None:
    """`active` articles with views in the last 30 days among `articles` in all."""
    from django.db import connection

    hour = int(time.time()) // 3600
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(
            'INSERT INTO articles_section (id, name, slug, description, color, "order")'
            " SELECT n, '分野' || n, 'section-' || n, '', '#17191d', n"
            f" FROM generate_series(1, {SECTIONS}) n"
        )
        # 60 % of the active ones are published within the 30 days, the rest before.
        cursor.execute(
            "INSERT INTO articles_article (id, headline, headline_phrases, short_headline, teaser,"
            " body, section_id, dateline, status, publish_at, withdrawn_reason, noindex,"
            " is_sensitive, version, search_text, created_at, saved_at)"
            " SELECT n, '夜明けの港に六十年、灯台を守り続けた手の記憶' || n, '', '',"
            " '北の岬に立つ灯台が来春、遠隔管理に移る。', repeat('潮の匂い。', 80),"
            f" 1 + (random() * {SECTIONS - 1})::int, '',"
            " CASE WHEN random() < 0.02 THEN 'draft' ELSE 'published' END,"
            " now() - CASE WHEN n <= %s THEN"
            f"   CASE WHEN random() < 0.6 THEN random() * {DAYS} ELSE {DAYS} + random() * 60 END"
            "   ELSE 100 + random() * 2000 END * interval '1 day',"
            " '', false, random() < 0.01, 1, '', now(), now()"
            " FROM generate_series(1, %s) n",
            [active, articles],
        )
        cursor.execute(
            "CREATE TEMP TABLE popular AS SELECT a.id,"
            " extract(epoch FROM a.publish_at)::bigint / 3600 AS born,"
            " (0.16 * %s)::float8"
            " / power((row_number() OVER (ORDER BY random()))::float8, 0.86) AS base"
            " FROM articles_article a WHERE a.id <= %s",
            [active, active],
        )
        cursor.execute(
            "INSERT INTO rankings_hourbucket (hour, article_id, views, visitors, raw, reads,"
            " seconds, top_network) SELECT hour, id, v, (v * 0.8)::int + 1, v + 1, v / 3, v * 40, 1"
            " FROM (SELECT h AS hour, p.id, greatest(1, (r.rate * (0.5 + random()))::int) AS v"
            f"   FROM generate_series({hour - DAYS * 24 + 1}, {hour}) h"
            "   CROSS JOIN popular p CROSS JOIN LATERAL (SELECT p.base"
            "     / power(1 + greatest(0, h - p.born)::float8 / 24, 0.6) AS rate) r"
            "   WHERE h >= p.born AND random() < 1 - exp(-least(r.rate, 50))) drawn"
        )
        cursor.execute("DROP TABLE popular")
        # The archive has been read, but not lately.
        cursor.execute(
            "INSERT INTO rankings_daybucket (day, article_id, views, visitors, raw, reads, seconds)"
            " SELECT %s - 90, id, 40, 30, 50, 10, 900 FROM articles_article",
            [(hour + 9) // 24],
        )
        for table in ("articles_article", "rankings_hourbucket", "rankings_daybucket"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def timed(action, times: int) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def processor_seconds(pid: int) -> float:
    """User and system time of a process of this machine."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def with_processor_time(action, times: int, before=lambda: None) -> dict[str, float]:
    """Wall time, and processor time of this process and its PostgreSQL backend together.

    On a shared machine the first tells about the neighbours, the second about the work.
    """
    from django.db import connection

    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    walls, used = [], 0.0
    for _ in range(times):
        before()
        began = time.process_time() + processor_seconds(backend)
        walls += timed(action, 1)
        used += time.process_time() + processor_seconds(backend) - began
    return {**summary(walls), "processor_ms": round(used / times * 1000, 1)}


def summary(taken: list[float]) -> dict[str, float]:
    return {
        "best_ms": round(min(taken), 3),
        "median_ms": round(statistics.median(taken), 3),
        "worst_ms": round(max(taken), 3),
        "runs": len(taken),
    }


def new_views() -> None:
    """What drains leave in a minute: a sixtieth of the hour's views, on what is being read."""
    from django.db import connection

    from rankings.turns import epoch_hour

    hour = epoch_hour(time.time())
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH more AS (SELECT article_id, greatest(1, views / 60) AS added"
            "   FROM rankings_hourbucket WHERE hour = %s AND random() < 1 - exp(-views / 60.0)),"
            " hours AS (UPDATE rankings_hourbucket h SET views = views + added FROM more"
            "   WHERE h.hour = %s AND h.article_id = more.article_id)"
            " UPDATE rankings_windowtotal t SET last_24_hours = last_24_hours + added,"
            " last_7_days = last_7_days + added, last_30_days = last_30_days + added,"
            " total = total + added FROM more WHERE t.article_id = more.article_id",
            [hour, hour],
        )


def make(articles: int, active: int) -> dict[str, object]:
    """The database with its counts; returns what it holds."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from rankings import rebuilding
    from rankings.models import HourBucket

    connection.close()
    make_database()
    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    fill(articles, active)
    rows = HourBucket.objects.count()
    print(f"{articles:,} articles, {rows:,} hour rows made in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    rebuilding.rebuild_counts(timezone.now())
    rebuilt = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE rankings_daybucket")
        cursor.execute("VACUUM ANALYZE rankings_windowtotal")
    return {
        "articles": articles,
        "active": active,
        "hour_rows": rows,
        "sections": SECTIONS,
        "rebuild_counts_s": round(rebuilt, 1),
    }


def measure() -> dict[str, object]:
    from django.conf import settings
    from django.db import connection
    from django.test import Client, override_settings
    from django.test.utils import CaptureQueriesContext

    from articles.models import Article
    from rankings import lists
    from rankings.models import Snapshot
    from rankings.ranking import compute

    compute()
    passes = with_processor_time(compute, 20, before=new_views)
    some = Article.objects.get(
        pk=Snapshot.objects.get(window="daily", section=None).items.first().article_id
    )
    ranking_read = sql_of(lists.sidebars)
    result: dict[str, object] = {
        "pass": passes,
        "sidebar_query": with_processor_time(lambda: run(ranking_read), 1000)
        | in_server(ranking_read),
        "both_sidebars_in_django": with_processor_time(lambda: lists.sidebars(some), 200),
    }
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        client = Client(SERVER_NAME="localhost")
        client.get("/ranking/")
        with CaptureQueriesContext(connection) as captured:
            if (status := client.get("/ranking/").status_code) != 200:
                raise RuntimeError(status)
            queries = len(captured)
        page = with_processor_time(lambda: client.get("/ranking/"), 20)
        result["ranking_page"] = page | {"queries": queries}
    result["load_average"] = [round(value, 2) for value in os.getloadavg()]
    return result


def sql_of(action) -> str:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        action()
    return captured.captured_queries[0]["sql"]


def run(sql: str) -> list[tuple]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def in_server(sql: str) -> dict[str, float]:
    """What PostgreSQL says that planning and execution took, medians."""
    plans = [run(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")[0][0] for _ in range(100)]
    plans = [json.loads(plan) if isinstance(plan, str) else plan for plan in plans]
    return {
        "planning_ms": round(statistics.median(plan[0]["Planning Time"] for plan in plans), 3),
        "execution_ms": round(statistics.median(plan[0]["Execution Time"] for plan in plans), 3),
    }


def machine() -> dict[str, object]:
    with psycopg.connect(SERVER) as connection:
        version = connection.execute("SHOW server_version").fetchone()[0]
    return {
        "cpus": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "postgresql": version,
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", default="1000,10000,100000")
    parser.add_argument("--archive", default="100000:10000", help="all:active,…")
    parser.add_argument("--keep", action="store_true", help="leave the last database")
    parser.add_argument("--write", action="store_true", help="write bench/results/ranking.json")
    options = parser.parse_args()
    import django

    django.setup()
    results: dict[str, object] = {"machine": machine()}
    sizes = [int(size) for size in options.articles.split(",") if size]
    results["all_active"] = [show(make(size, size) | measure()) for size in sizes]
    pairs = [pair.split(":") for pair in options.archive.split(",") if pair]
    # Beside the same number of active articles above, all of which are active.
    results["archive_grows"] = [show(make(int(n), int(active)) | measure()) for n, active in pairs]
    results["machine"]["load_after"] = [round(value, 2) for value in os.getloadavg()]
    if options.write:
        path = ROOT / "bench" / "results" / "ranking.json"
        path.write_text(json.dumps(results, indent=1) + "\n")
    if not options.keep:
        from django.db import connection

        connection.close()
        drop_database()


def show(result: dict[str, object]) -> dict[str, object]:
    print(json.dumps(result))
    return result


if __name__ == "__main__":
    main()
