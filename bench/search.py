"""Search in a large archive: what a search costs, whatever the number of articles that hold a word.

    DATABASE_URL=... python manage.py loaddemo --articles 100000 --days 30
    DATABASE_URL=... python bench/search.py [--rounds 15]

Runs on a database that is filled already, read only, and adds its part to `search.json`. Asked
through Django's test client: the whole page, uncached. Beside each stands what the database alone
takes for the list of what is found, and the time of reading every article's text instead.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from typing import Any

from grounds import RESULTS, ROOT, write_results

# The share of articles that hold a word is measured, not assumed.
WORDS = [
    "の催",
    "住民",
    "手応",
    "渡し",
    "朝市",
    "路線バス",
    "の再開",
    "朝市 住民",
    "住民 -朝市",
    "鯱鯢",
]
CHOICES: dict[str, dict[str, str]] = {
    "relevance": {},
    "newest": {"sort": "new"},
    "section": {"section": ""},
    "section, newest": {"section": "", "sort": "new"},
    "week": {"period": "week"},
    "year": {"period": "year"},
}


def timed(call: Any, rounds: int) -> dict[str, float]:
    """Wall and processor milliseconds of this process: the median and the best of the rounds."""
    walls, processor = [], []
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        call()
        processor.append((time.process_time() - used) * 1000)
        walls.append((time.perf_counter() - began) * 1000)
    return {
        "median_ms": round(statistics.median(walls), 1),
        "best_ms": round(min(walls), 1),
        "cpu_ms": round(statistics.median(processor), 1),
    }


def measure(rounds: int) -> dict[str, Any]:
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from articles.models import Article, Section
    from articles.search import find, parse
    from articles.text import fold

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    section = Section.objects.first().slug
    total = Article.objects.public().count()
    found: dict[str, Any] = {"articles": total, "words": {}}
    for word in WORDS:
        reading = Article.objects.public()
        began = time.perf_counter()
        for part in fold(word).split():
            if part.startswith("-"):
                reading = reading.exclude(search_text__contains=part[1:])
            else:
                reading = reading.filter(search_text__contains=part)
        holders = reading.count()
        row: dict[str, Any] = {
            "holders": holders,
            "reading_every_text_ms": round((time.perf_counter() - began) * 1000),
            "finding": {
                name: timed(
                    lambda word=word, by=by: find(
                        Article.objects.public(), parse(word), by_relevance=by, newest_days=True
                    ),
                    rounds,
                )
                for name, by in (("relevance", True), ("newest", False))
            },
            "page": {},
        }
        for name, choice in CHOICES.items():
            query = {"q": word} | choice | ({"section": section} if "section" in choice else {})
            row["page"][name] = timed(lambda query=query: client.get("/search/", query), rounds)
        found["words"][word] = row
        print(connection.vendor, word, json.dumps(row, ensure_ascii=False), file=sys.stderr)
    pages = [one for row in found["words"].values() for one in row["page"].values()]
    found["slowest_page_median_ms"] = max(one["median_ms"] for one in pages)
    found["slowest_page_best_ms"] = max(one["best_ms"] for one in pages)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsportal.settings")
    os.environ.setdefault("DEBUG", "1")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.DEBUG = False
    path = RESULTS / "search.json"
    results = json.loads(path.read_text())["results"] if path.exists() else {}
    results[connection.vendor] = measure(options.rounds)
    write_results("search", results)


if __name__ == "__main__":
    main()
