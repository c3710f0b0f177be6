"""What one reader's view costs over all processes: its page, its beacon, its share of the rest.

    python bench/whole_view.py [--seconds 130] [--database sqlite|postgres] [--readers 96] [--write]

Readers come at a steady rate, choose among 500 articles by Zipf's law, ask for the page as
browsers do (compressed) and send the beacon with the token that stands in it, each from an
address of its own. Meanwhile the worker drains, computes the rankings every minute (which makes
every page due), and every fifteen seconds an article is withdrawn and restored. Counted is the
processor time of the web processes, of the worker and of a PostgreSQL server of its own, over the
views that were stored; the readers and the editor are others' processes.

Needs wrk (Debian package `wrk`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import grounds
from grounds import ROOT, Grounds, write_results
from million import OwnPostgres
from pages import cpu_of, web_host

ARTICLES = 500
# Readers at a time, and milliseconds between an answer and the next request of each.
READERS_AT_A_TIME = 96
PAUSE = 100
PUBLISH_EVERY = 15.0

READERS = """
local ids, tokens = {%(ids)s}, {%(tokens)s}
local sums, total, beacon = {}, 0, nil
for rank = 1, #ids do total = total + 1 / rank; sums[rank] = total end
function init(arguments) math.randomseed(os.time()) end
function delay() return %(pause)d end
local function address()
  return math.random(1, 223) .. "." .. math.random(0, 255) .. "." .. math.random(0, 255) .. ".7"
end
function request()
  if beacon then
    local read = beacon
    beacon = nil
    return wrk.format("POST", "/v/", {
      ["Content-Type"] = "application/x-www-form-urlencoded",
      ["User-Agent"] = "%(agent)s", ["X-Forwarded-For"] = address() }, read)
  end
  local wanted, low, high = math.random() * total, 1, #ids
  while low < high do
    local middle = math.floor((low + high) / 2)
    if sums[middle] < wanted then low = middle + 1 else high = middle end
  end
  beacon = "a=" .. ids[low] .. "&t=" .. tokens[low]
  return wrk.format("GET", "/articles/" .. ids[low] .. "/", {
    ["Accept-Encoding"] = "gzip, deflate, br, zstd" })
end
"""


def measure(database: str, seconds: float, readers: int) -> dict[str, Any]:
    postgres = (
        OwnPostgres(int(os.environ.get("BENCH_PORT", "54329"))) if database != "sqlite" else None
    )
    if postgres:
        grounds.POSTGRES = postgres.url
    ground = Grounds("view", database, WEATHER_ENABLED="0", TRUSTED_PROXIES="1", LOG_LEVEL="ERROR")
    try:
        return _measured(ground, database, seconds, readers, postgres)
    finally:
        ground.tear_down()
        if postgres:
            postgres.remove()


def _measured(
    ground: Grounds, database: str, seconds: float, at_a_time: int, postgres: OwnPostgres | None
) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db.models import Sum

    from articles import publishing
    from articles.models import Article
    from rankings.models import HourBucket
    from rankings.tokens import view_token
    from tests.rankings.beacons import PHONE

    call_command("collectstatic", "--noinput", verbosity=0)
    call_command("loaddemo", "--articles", str(2 * ARTICLES), verbosity=0)
    newest = Article.objects.public().newest()
    ids = list(newest.values_list("pk", flat=True)[:ARTICLES])
    script = ground.folder / "readers.lua"
    tokens = ", ".join(f'"{view_token(pk)}"' for pk in ids)
    numbers = ", ".join(map(str, ids))
    script.write_text(READERS % {"ids": numbers, "tokens": tokens, "pause": PAUSE, "agent": PHONE})
    stored_before = HourBucket.objects.aggregate(n=Sum("views"))["n"] or 0
    python = [sys.executable, "manage.py"]
    worker = subprocess.Popen(
        [*python, "run_huey", "--workers", "2", "--graceful-signal", "TERM", "--quiet"], cwd=ROOT
    )
    try:
        with web_host(ground.folder) as (port, pid):
            watched = [pid, worker.pid]
            if postgres:
                watched.append(
                    int((Path(postgres.folder) / "data/postmaster.pid").read_text().split()[0])
                )
            command = [
                "wrk",
                "-t1",
                f"-c{at_a_time}",
                "-s",
                str(script),
                f"http://127.0.0.1:{port}",
            ]
            # Warm: every process has its pages and its first ranking, and no picture waits.
            subprocess.run([*command, "-d20s"], check=True, stdout=subprocess.DEVNULL)
            wait_until_idle(worker.pid)
            before, began = {one: cpu_of([one]) for one in watched}, time.monotonic()
            # What the readers got stands on the screen and not in the result.
            readers = subprocess.Popen([*command, f"-d{seconds:.0f}s"], stdout=sys.stderr)
            published = 0
            while readers.poll() is None:
                try:
                    readers.wait(PUBLISH_EVERY)
                except subprocess.TimeoutExpired:
                    article = newest[ARTICLES + published]
                    publishing.withdraw(article, by=None, reason="計測")
                    publishing.restore(article, by=None)
                    published += 1
            used = {one: cpu_of([one]) - before[one] for one in watched}
            seconds = time.monotonic() - began
    finally:
        worker.terminate()
        worker.wait(20)
    call_command("drain_views", verbosity=0)
    views = (HourBucket.objects.aggregate(n=Sum("views"))["n"] or 0) - stored_before
    names = ["web", "worker", "database"]
    return {
        "database": database,
        "seconds": round(seconds),
        "views": views,
        "views_a_second": round(views / seconds, 1),
        "published": published,
        "cpu_ms_a_view": round(1000 * sum(used.values()) / views, 3),
        "of_it": {
            name: round(1000 * cpu / views, 3)
            for name, cpu in zip(names, used.values(), strict=False)
        },
    }


def wait_until_idle(pid: int) -> None:
    """Until a process takes less than a twentieth of a core for three seconds."""
    while True:
        before = cpu_of([pid])
        time.sleep(3)
        if cpu_of([pid]) - before < 0.15:
            return


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=130)
    parser.add_argument("--database", choices=["sqlite", "postgres"])
    parser.add_argument("--readers", type=int, default=READERS_AT_A_TIME)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.database:
        print(measure(options.database, options.seconds, options.readers))
        return
    # Each in a process of its own: Django is set up for one database.
    results = {}
    for database in ("sqlite", "postgres"):
        asked = [
            sys.executable,
            __file__,
            "--database",
            database,
            "--seconds",
            str(options.seconds),
            "--readers",
            str(options.readers),
        ]
        said = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout
        results[database] = eval(said.splitlines()[-1])  # noqa: S307 (our own print)
    if options.write:
        write_results("whole_view", results)
    else:
        print(results)


if __name__ == "__main__":
    main()
