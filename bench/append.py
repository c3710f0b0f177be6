"""What a view costs in the process that takes it: the spool against an UPDATE.

    python bench/append.py

Same run, same machine, SQLite: an ORM `update(F() + 1)` on a row of a small table and on that of
the article, both as `bin/serve` sets the database up (WAL, synchronous NORMAL: no update waits for
the disk), and on the small table as Django sets one up that was told nothing (each waits); a
record made and appended to the spool, and a whole beacon through the WSGI layer (token, agent,
hashes, record, append). Once in one process alone, once in two at the same time, as many as
`bin/serve` starts: writers of a database wait for each other, writers of spools do not. Rounds
take turns; the median of each counts.
"""

from __future__ import annotations

import io
import os
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from grounds import Grounds, write_results

ROUNDS = 7
SECONDS = 0.5
AGENT = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)


def rate(work: Callable[[], object]) -> float:
    """Calls a second."""
    calls = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < SECONDS:
        for _ in range(10):
            work()
        calls += 10
    return calls / elapsed


def beacon_request(article: int) -> Callable[[], object]:
    from rankings.beacon import BeaconLayer, view_token
    from rankings.visitors import Salts

    layer = BeaconLayer(lambda environ, start: [], salts=Salts(lambda day: b"salt"))
    body = urlencode({"a": article, "t": view_token(article)}).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v/",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "192.0.2.1",
        "HTTP_USER_AGENT": AGENT,
    }

    def answer(status: str, headers: Any) -> None:
        if status != "204 No Content":
            raise RuntimeError(status)

    return lambda: layer(environ | {"wsgi.input": io.BytesIO(body)}, answer)


def rate_of_two(work: Callable[[], object]) -> float:
    """Calls a second of two processes together."""
    from django.db import connections

    connections.close_all()
    pipes = []
    for _ in range(2):
        reading, writing = os.pipe()
        if os.fork() == 0:
            try:
                os.write(writing, str(rate(work)).encode())
            finally:
                os._exit(0)
        os.close(writing)
        pipes.append(reading)
    rates = []
    for reading in pipes:
        with os.fdopen(reading) as pipe:
            rates.append(float(pipe.read()))
        os.wait()
    return sum(rates)


def untold() -> str:
    """A second database with Django's own settings for SQLite; returns its alias."""
    from django.db import connections

    from rankings.models import WindowTotal

    default = connections.databases["default"]
    connections.databases["untold"] = default | {"NAME": f"{default['NAME']}.untold", "OPTIONS": {}}
    with connections["untold"].schema_editor() as editor:
        editor.create_model(WindowTotal)
    return "untold"


def contestants() -> dict[str, Callable[[], object]]:
    from django.conf import settings
    from django.db.models import F

    from articles.models import Article
    from rankings.models import WindowTotal
    from rankings.records import VIEW, pack
    from rankings.spool import SpoolWriter

    article = Article.objects.get()
    article.body = f"<p>{'潮の匂いがする坂を上ると、灯台が見えた。' * 20}</p>" * 4
    article.save()
    WindowTotal.objects.create(article_id=article.pk)
    text = Article.objects.filter(pk=article.pk)
    row = WindowTotal.objects.filter(pk=article.pk)
    other = WindowTotal.objects.using(untold())
    other.create(article_id=article.pk)
    row_untold = other.filter(pk=article.pk)
    writer = SpoolWriter(settings.SPOOL_DIR)
    return {
        # Any number of the article's row stands for the counter that an app would keep there.
        "orm_update_of_article": lambda: text.update(version=F("version") + 1),
        "orm_update": lambda: row.update(total=F("total") + 1),
        "orm_update_untold": lambda: row_untold.update(total=F("total") + 1),
        "append": lambda: writer.append(
            pack(kind=VIEW, at=int(time.time()), article=article.pk, visitor=1, network=1)
        ),
        "beacon": beacon_request(article.pk),
    }


def measure(
    found: dict[str, Callable[[], object]], rate_of: Callable[[Callable[[], object]], float]
) -> dict[str, Any]:
    rates: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(ROUNDS):
        for name, work in found.items():
            rates[name].append(rate_of(work))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    return {
        name: {
            "a_second": round(middle[name]),
            "times_the_update": round(middle[name] / middle["orm_update"], 1),
            "times_the_update_of_article": round(middle[name] / middle["orm_update_of_article"], 1),
            "times_the_update_untold": round(middle[name] / middle["orm_update_untold"], 1),
            "rounds": [round(value) for value in rates[name]],
        }
        for name in found
    }


def main() -> None:
    grounds = Grounds("append", "sqlite")
    try:
        grounds.articles(1)
        found = contestants()
        results = {
            "one_process": measure(found, rate),
            "two_processes": measure(found, rate_of_two),
        }
        write_results("append", results)
    finally:
        grounds.tear_down()


if __name__ == "__main__":
    main()
