"""Kills whoever takes part in counting, and compares what was acknowledged with what counts.

    python bench/kill_harness.py [--kills 220] [--database sqlite|postgres] [--json FILE]
                                 [--designs spool,crowd,stream,worker,redis,clear_first,sql_first]

Two producers write without a pause and keep their own sums by article. Then, by design:

- spool, stream: the drainer is killed with SIGKILL when it reaches a chosen step, or after a
  random time. Every article's sum must be equal.
- crowd: three drainers at once, one of them killed after a random time. Sums must be equal.
- worker: a web worker is killed while it answers beacons. Every 204 is in the sums; of each
  killed worker one view more may be stored than it could say.
- redis: the Redis server hangs, is killed and started again; records go to the spool meanwhile,
  and those that were in doubt come by both ways. Every article's sum must be equal.
- clear_first, sql_first: two wrong drainers, which move the position before or after the
  counts in a transaction of its own. They MUST fail: it shows that the harness can.
"""

from __future__ import annotations

# ruff: noqa: PLW0603, S311 (Django is imported after its environment is set)
import argparse
import contextlib
import io
import json
import mmap
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from grounds import Grounds, machine

ARTICLES = 300
PRODUCERS = 2
CROWD = 3
# A producer begins a new file after so many records, so that files are removed all the time.
FILE_RECORDS = 2000
# Records that a drainer reads at once.
READING = 40
STEPS = {
    1: "transaction open",
    2: "turn taken",
    3: "judged",
    4: "sums added",
    5: "position moved",
    6: "committed",
    7: "file removed or stream trimmed",
    8: "idle",
    9: "between the two transactions",
}
BETWEEN = 9
TARGETS = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]  # 0: at a random time
CONTROLS = ("clear_first", "sql_first")


class Shared:
    """Numbers that outlive the process that writes them."""

    def __init__(self, count: int) -> None:
        self._memory = mmap.mmap(-1, 8 * count)

    def __getitem__(self, place: int) -> int:
        return int(struct.unpack_from("<q", self._memory, 8 * place)[0])

    def __setitem__(self, place: int, value: int) -> None:
        struct.pack_into("<q", self._memory, 8 * place, value)


def fork(work: Callable[[], None]) -> int:
    """Starts a child; it ends without running the parent's exit handlers."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 (a child says why it ends)
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def kill(child: int) -> bool:
    """Ends a child; false when it had died by itself."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


class Harness:
    def __init__(self, design: str, articles: list[int], *, kills: int, seed: int) -> None:
        self.design = design
        self.articles = articles
        self.kills = kills
        self.random = random.Random(seed)
        self.step = Shared(1)
        self.stop = Shared(1)
        self.acknowledged = [Shared(max(articles) + 1) for _ in range(PRODUCERS)]
        self.landed: Counter[str] = Counter()
        self.died = 0

    def run(self) -> dict[str, Any]:
        empty_tables()
        began = time.monotonic()
        if self.design == "worker":
            landed = self._kill_workers()
        else:
            producers = [fork(lambda n=n: self._produce(n)) for n in range(PRODUCERS)]
            killers = {"redis": self._kill_redis, "crowd": self._kill_in_a_crowd}
            landed = killers.get(self.design, self._kill_drainers)()
            self.stop[0] = 1
            for producer in producers:
                _, status = os.waitpid(producer, 0)
                self.died += status != 0
        self._drain_the_rest()
        return self._compare() | {
            "kills": landed,
            "landed": dict(sorted(self.landed.items())),
            "seconds": round(time.monotonic() - began, 1),
        }

    # --- who writes

    def _produce(self, number: int) -> None:
        from django.conf import settings

        from rankings.intake import Intake
        from rankings.records import SIZE, VIEW, pack
        from rankings.spool import SpoolWriter

        rng = random.Random(number)
        url = settings.REDIS_URL if self.design in {"stream", "redis"} else ""
        intake = Intake(settings.SPOOL_DIR, url)
        intake._spool = SpoolWriter(settings.SPOOL_DIR, file_bytes=FILE_RECORDS * SIZE)
        mine = self.acknowledged[number]
        while not self.stop[0]:
            for _ in range(10):
                article = self._article(rng)
                # Visitors and networks of their own: every record counts.
                record = pack(
                    kind=VIEW,
                    at=int(time.time()) - rng.choice((0, 3600, 7200)),
                    article=article,
                    visitor=rng.getrandbits(63),
                    network=rng.getrandbits(63),
                )
                intake.append(record)
                mine[article] += 1
            time.sleep(0.01)

    def _article(self, rng: random.Random) -> int:
        return self.articles[min(int(rng.paretovariate(0.8)), len(self.articles)) - 1]

    def _answer_beacons(self) -> None:
        from rankings.beacon import BeaconLayer, view_token
        from rankings.visitors import Salts

        layer = BeaconLayer(_no_application, salts=Salts(lambda day: b"salt"))
        rng = random.Random(os.getpid())
        while True:
            article = self._article(rng)
            body = urlencode({"a": article, "t": view_token(article)}).encode()
            address = f"{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}.1"
            answers: list[str] = []
            layer(
                {
                    "REQUEST_METHOD": "POST",
                    "PATH_INFO": "/v/",
                    "CONTENT_TYPE": "application/x-www-form-urlencoded",
                    "CONTENT_LENGTH": str(len(body)),
                    "wsgi.input": io.BytesIO(body),
                    "REMOTE_ADDR": address,
                    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/1",
                },
                lambda status, headers, answers=answers: answers.append(status),
            )
            if answers == ["204 No Content"]:
                self.acknowledged[0][article] += 1
                self.step[0] = 1

    # --- who is killed

    def _kill_drainers(self) -> int:
        landed = 0
        while landed < self.kills:
            # The targets in turn, so that every step is hit in a short run too.
            targets = [BETWEEN, 0] if self.design in CONTROLS else TARGETS
            target = targets[(landed + self.died) % len(targets)]
            self.step[0] = 0
            child = fork(self._drain_for_ever)
            if target:
                self._wait_for(target)
                if self.random.random() < 0.5:
                    time.sleep(self.random.random() * 0.002)
            else:
                time.sleep(min(self.random.expovariate(1 / 0.03), 0.5))
            where = STEPS.get(self.step[0], "starting")
            if kill(child):
                landed += 1
                self.landed[where] += 1
            else:
                self.died += 1
        return landed

    def _kill_in_a_crowd(self) -> int:
        crowd = [fork(self._drain_for_ever) for _ in range(CROWD)]
        for _ in range(self.kills):
            time.sleep(min(self.random.expovariate(1 / 0.05), 0.5))
            victim = self.random.randrange(CROWD)
            self.died += not kill(crowd[victim])
            self.landed["random time"] += 1
            crowd[victim] = fork(self._drain_for_ever)
        for child in crowd:
            self.died += not kill(child)
        return self.kills

    def _wait_for(self, target: int) -> None:
        until = time.monotonic() + 5
        while self.step[0] != target and time.monotonic() < until:
            time.sleep(0.0001)

    def _kill_workers(self) -> int:
        landed = 0
        while landed < self.kills:
            self.step[0] = 0
            child = fork(self._answer_beacons)
            self._wait_for(1)
            time.sleep(0.002 + self.random.random() * 0.02)
            if kill(child):
                landed += 1
                self.landed["random time"] += 1
            else:
                self.died += 1
        return landed

    def _kill_redis(self) -> int:
        drainer = fork(self._drain_for_ever)
        for number in range(self.kills):
            time.sleep(min(self.random.expovariate(1 / 0.05), 0.5))
            if number % 2:
                # It hangs for longer than anybody waits: records come by both ways.
                redis_server.process.send_signal(signal.SIGSTOP)
                time.sleep(0.06 + self.random.random() * 0.1)
                redis_server.process.send_signal(signal.SIGCONT)
                time.sleep(self.random.random() * 0.05)
            redis_server.kill()
            # Every fourth time the spool has something to do for longer.
            if number % 4 == 0:
                time.sleep(self.random.random() * 0.2)
            redis_server.start()
            self.landed["random time"] += 1
        self.died += not kill(drainer)
        return self.kills

    # --- who counts

    def _drain_for_ever(self) -> None:
        from rankings import counting, ledger, sources

        # A backlog is read in several steps of a transaction here, too.
        counting.BATCH = READING
        counting.TRANSACTION = dict.fromkeys(counting.TRANSACTION, 4 * READING)
        mark = self._mark
        counting.take_turn = mark(counting.take_turn, before=1, after=2)
        counting.Sitting.judge = mark(counting.Sitting.judge, after=3)
        ledger.add_tally = mark(ledger.add_tally, after=4)
        counting._move = mark(counting._move, after=5)
        sources.SpoolSource.tidy = mark(sources.SpoolSource.tidy, after=7)
        sources.StreamSource.tidy = mark(sources.StreamSource.tidy, after=7)
        if self.design == "clear_first":
            counting.count = wrong_count(self.step, clear_first=True)
        elif self.design == "sql_first":
            counting.count = wrong_count(self.step, clear_first=False)
        counting.count = mark(counting.count, after=6)
        while True:
            counting.drain()
            self.step[0] = 8
            time.sleep(0.002)

    def _mark(self, function: Any, *, before: int = 0, after: int = 0) -> Any:
        def marked(*args: Any, **kwargs: Any) -> Any:
            if before:
                self.step[0] = before
            result = function(*args, **kwargs)
            if after:
                self.step[0] = after
            return result

        return marked

    def _drain_the_rest(self) -> None:
        from rankings.counting import drain

        quiet = 0
        while quiet < 3:
            quiet = 0 if drain().read else quiet + 1

    # --- what came of it

    def _compare(self) -> dict[str, Any]:
        from django.conf import settings
        from django.db.models import Sum

        from rankings.models import DayBucket, HourBucket, RefusedViews, SourcePosition, WindowTotal
        from rankings.spool import spool_files

        def by_article(model: Any, column: str) -> dict[int, int]:
            rows = model.objects.values_list("article_id").annotate(Sum(column))
            return dict(rows.order_by())

        sent = {a: sum(own[a] for own in self.acknowledged) for a in self.articles}
        stored = by_article(HourBucket, "raw")
        differences = {a: stored.get(a, 0) - sent[a] for a in self.articles}
        tables = [
            by_article(HourBucket, "views"),
            by_article(DayBucket, "views"),
            dict(WindowTotal.objects.values_list("article_id", "total")),
        ]
        lost = -sum(min(0, difference) for difference in differences.values())
        doubled = sum(max(0, difference) for difference in differences.values())
        left = len(list(spool_files(settings.SPOOL_DIR)))
        # A killed worker cannot say that its last view is stored.
        allowed = self.kills if self.design == "worker" else 0
        refused = dict(RefusedViews.objects.values_list("reason").annotate(Sum("count")))
        agree = self.design == "worker" or all(table == stored for table in tables)
        return {
            "design": self.design,
            "sent": sum(sent.values()),
            "stored": sum(stored.values()),
            "lost": lost,
            "doubled": doubled,
            "articles_that_differ": sum(map(bool, differences.values())),
            "tables_agree": agree,
            "refused": refused,
            "files_left": left,
            "positions_left": SourcePosition.objects.filter(source__endswith=".v1").count(),
            "died": self.died,
            "exact": any(sent.values())
            and not lost
            and doubled <= allowed
            and not left
            and not self.died
            and agree,
        }


def wrong_count(step: Shared, *, clear_first: bool) -> Any:
    """Counts and position in two transactions, with the pause that a busy database makes."""
    from django.db import transaction

    from rankings import counting, ledger

    def add(batches: Any, report: Any) -> None:
        with transaction.atomic():
            state = counting.take_turn()
            sitting = counting.Sitting(int(time.time()))
            sitting.judge(batches)
            sitting.remember()
            ledger.add_tally(sitting.tally, state.newest_hour)
        report.add(sitting)

    def move(batches: Any) -> None:
        with transaction.atomic():
            counting._move(batches)

    def count(batches: Any, report: Any) -> None:
        if clear_first:
            move(batches)
        else:
            add(batches, report)
        step[0] = BETWEEN
        time.sleep(0.005)
        if clear_first:
            add(batches, report)
        else:
            move(batches)

    return count


def _no_application(environ: Any, start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [])
    return []


def empty_tables() -> None:
    from django.conf import settings
    from django.db import connection

    from rankings import counting, models

    for name in (
        "HourBucket", "DayBucket", "WindowTotal", "RefusedViews", "HeldViews", "CountedBatch",
        "CountingState", "SourcePosition",
    ):  # fmt: skip
        getattr(models, name).objects.all().delete()
    counting._memory.forget()
    shutil.rmtree(settings.SPOOL_DIR, ignore_errors=True)
    if redis_server is not None:
        redis_server.empty()
    # A connection must not be shared with a child.
    connection.close()


class RedisServer:
    """A Redis to be killed, with its append-only file on.

    With `everysec` Redis answers before it writes while an fsync is under way, and a kill then
    loses what it had acknowledged: 3 of 1.6 million records in 220 kills on a busy disk.
    """

    def __init__(self, folder: Path, appendfsync: str) -> None:
        self.folder = folder
        self.appendfsync = appendfsync
        self.url = f"unix://{folder}/redis.sock"

    def start(self) -> None:
        import redis

        self.process = subprocess.Popen(
            [
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                f"{self.folder}/redis.sock",
                "--dir",
                str(self.folder),
                "--save",
                "",
                "--appendonly",
                "yes",
                "--appendfsync",
                self.appendfsync,
                "--logfile",
                f"{self.folder}/redis.log",
            ]
        )
        client = redis.Redis.from_url(self.url)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with contextlib.suppress(redis.RedisError):
                client.ping()
                break
        client.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def empty(self) -> None:
        import redis

        from rankings import sources

        client = redis.Redis.from_url(self.url)
        client.flushall()
        client.close()
        sources._stream_reader.cache_clear()


redis_server: RedisServer | None = None


@contextlib.contextmanager
def a_redis_server(appendfsync: str, *, wanted: bool) -> Iterator[str]:
    """The address of a running server, or nothing."""
    global redis_server
    if not wanted:
        yield ""
        return
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="nk-"))
    redis_server = RedisServer(folder, appendfsync)
    redis_server.start()
    try:
        yield redis_server.url
    finally:
        redis_server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=220)
    parser.add_argument("--control-kills", type=int, help="for the two wrong drainers")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument(
        "--designs", default="spool,crowd,stream,worker,redis,clear_first,sql_first"
    )
    parser.add_argument("--appendfsync", choices=["always", "everysec", "no"], default="always")
    parser.add_argument("--seed", type=int, default=20251116)
    parser.add_argument("--json", type=Path, help="also write the results here")
    options = parser.parse_args()
    designs = options.designs.split(",")
    results = []
    wanted = bool({"stream", "redis"} & set(designs))
    with a_redis_server(options.appendfsync, wanted=wanted) as url:
        grounds = Grounds("kills", options.database, REDIS_URL=url, LOG_LEVEL="CRITICAL")
        try:
            articles = grounds.articles(ARTICLES)
            for design in designs:
                kills = options.kills
                if design in CONTROLS and options.control_kills:
                    kills = options.control_kills
                harness = Harness(design, articles, kills=kills, seed=options.seed)
                results.append(harness.run() | {"database": options.database})
                print(json.dumps(results[-1], ensure_ascii=False), flush=True)
        finally:
            grounds.tear_down()
    if options.json:
        document = {"machine": machine(), "results": results}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    right = [result["exact"] != (result["design"] in CONTROLS) for result in results]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
