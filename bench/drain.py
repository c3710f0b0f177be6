"""How many records a second the drain counts, from the file to the committed buckets.

    python bench/drain.py [--records 1000000] [--articles 50000]

Everything that a drain does: checksums, bots, repeats, network caps, unknown articles, hours,
days, windows, positions. Readers are drawn over articles by Zipf's law, every fourth view is a
repeat of the same reader, one in fifty is a bot's.
"""

from __future__ import annotations

# ruff: noqa: S311 (Django is imported after its environment is set)
import argparse
import json
import random
import subprocess
import sys
import time
from typing import Any

from grounds import Grounds, machine, write_results

FILES = 4


def spool_views(articles: list[int], count: int, seed: int) -> None:
    """Writes views of the last two hours into spool files, as four workers would."""
    from django.conf import settings

    from rankings.records import REASON_CODES, VIEW, pack
    from rankings.spool import SpoolWriter

    rng = random.Random(seed)
    now = int(time.time())
    weights = [1 / rank**0.9 for rank in range(1, len(articles) + 1)]
    chosen = iter(rng.choices(articles, weights, k=count))
    bot = REASON_CODES["bot"]
    last: dict[int, tuple[int, int]] = {}
    for _ in range(FILES):
        writer = SpoolWriter(settings.SPOOL_DIR)
        for number in range(count // FILES):
            article = next(chosen)
            known = last.get(article) if number % 4 == 0 else None
            visitor, network = known or (rng.getrandbits(63), rng.getrandbits(63))
            last[article] = visitor, network
            writer.append(
                pack(
                    kind=VIEW,
                    at=now - rng.randrange(7200),
                    article=article,
                    visitor=visitor,
                    network=network,
                    reason=0 if rng.random() > 0.02 else bot,
                )
            )
        writer.close()


def measure(database: str, records: int, articles: int) -> dict[str, Any]:
    grounds = Grounds("drain", database)
    try:
        from django.db.models import Sum

        from rankings.counting import drain
        from rankings.models import HourBucket

        ids = grounds.articles(articles)
        runs = []
        # The first run fills empty tables, the others update rows that are there.
        for run in range(3):
            spool_views(ids, records, seed=run)
            cpu, began = time.process_time(), time.perf_counter()
            report = drain()
            seconds = time.perf_counter() - began
            runs.append(
                {
                    "records": report.read,
                    "counted": report.counted,
                    "refused": report.refused,
                    "seconds": round(seconds, 2),
                    "own_cpu_seconds": round(time.process_time() - cpu, 2),
                    "records_a_second": round(report.read / seconds),
                }
            )
        raw = HourBucket.objects.aggregate(raw=Sum("raw"))["raw"]
        assert raw == sum(run["records"] for run in runs), "records were lost"
        return {
            "runs": runs,
            "hour_rows": HourBucket.objects.count(),
            "load_average": machine()["load_average"],
        }
    finally:
        grounds.tear_down()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--articles", type=int, default=50_000)
    parser.add_argument("--database", choices=["sqlite", "postgres"])
    options = parser.parse_args()
    if options.database:
        print(json.dumps(measure(options.database, options.records, options.articles)))
        return

    results: dict[str, Any] = {"articles": options.articles}
    for database in ("sqlite", "postgres"):
        command = [sys.executable, __file__, "--database", database]
        command += ["--records", str(options.records), "--articles", str(options.articles)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        results[database] = json.loads(output.splitlines()[-1])
    write_results("drain", results)


if __name__ == "__main__":
    main()
