"""What a view costs in the process that takes it: the spool against an UPDATE.

    python bench/append.py

Same run, same machine, SQLite as `bin/serve` sets it up: an ORM `update(views=F("views") + 1)`
on one row, a record appended to the spool, and a whole beacon through the WSGI layer (token,
agent, hashes, record, append). Rounds take turns; the median of each counts.
"""

from __future__ import annotations

import io
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


def main() -> None:
    grounds = Grounds("append", "sqlite")
    try:
        from django.conf import settings
        from django.db.models import F

        from rankings.models import WindowTotal
        from rankings.records import VIEW, pack
        from rankings.spool import SpoolWriter

        (article,) = grounds.articles(1)
        WindowTotal.objects.create(article_id=article)
        row = WindowTotal.objects.filter(article_id=article)
        writer = SpoolWriter(settings.SPOOL_DIR)
        contestants: dict[str, Callable[[], object]] = {
            "orm_update": lambda: row.update(total=F("total") + 1),
            "append": lambda: writer.append(
                pack(kind=VIEW, at=int(time.time()), article=article, visitor=1, network=1)
            ),
            "beacon": beacon_request(article),
        }
        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(ROUNDS):
            for name, work in contestants.items():
                rates[name].append(rate(work))
        middle = {name: statistics.median(found) for name, found in rates.items()}
        results = {
            name: {
                "a_second": round(middle[name]),
                "microseconds": round(1e6 / middle[name], 2),
                "times_the_update": round(middle[name] / middle["orm_update"], 1),
                "rounds": [round(value) for value in rates[name]],
            }
            for name in contestants
        }
        write_results("append", results)
    finally:
        grounds.tear_down()


if __name__ == "__main__":
    main()
