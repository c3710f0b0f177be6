"""Watches requests: a number for each, how many of which kind, and a line for what Django answers.

`WatchLayer` stands outside the page cache and sees every answer but those to beacons, which are
too many for a line each: `count_beacon` is all that is told of them.
`RenderClock` is Django's outermost middleware and sees what is made anew.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from functools import cache
from itertools import count
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter

from newsportal import counters
from newsportal.logs import work_id

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

log = logging.getLogger("newsportal.access")

# What the layers within leave in the environ: the view's name, and hit, stale or miss.
VIEW, CACHE = "newsportal.view", "newsportal.cache"
_NO_VIEW = "none"
# Asked several times a minute by who watches: a line for each would bury the others.
_QUIET = {"healthz", "readyz", "metrics"}
# As nginx and load balancers write it; anything else could be a forged line of the log.
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class WatchLayer:
    """Wraps a WSGI application: X-Request-ID, the counts of /metrics, the access log."""

    def __init__(self, application: Application) -> None:
        self._application = application
        # A kept page is answered in microseconds: no system call for its number.
        self._prefix = secrets.token_hex(8)
        self._numbers = count(secrets.randbits(32))

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        number = environ.get("HTTP_X_REQUEST_ID", "")
        if not _SANE_ID.fullmatch(number):
            number = f"{self._prefix}{next(self._numbers):012x}"
        status = "500"

        def answer(said: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal status
            status = said[:3]
            headers.append(("X-Request-ID", number))
            return start_response(said, headers, *more)

        before = work_id.set(number)
        try:
            return self._application(environ, answer)
        finally:
            view, found = environ.get(VIEW, _NO_VIEW), environ.get(CACHE, "pass")
            _counter(view, found).inc()
            if found != "hit" and (view not in _QUIET or status >= "500"):
                _tell(environ, status, time.perf_counter() - began, view, found)
            work_id.reset(before)


@cache
def _counter(view: str, found: str) -> Counter:
    return counters.requests.labels(view, found)


def count_beacon(outcome: str) -> None:
    _beacons(outcome).inc()


@cache
def _beacons(outcome: str) -> Counter:
    return counters.beacons.labels(outcome)


def _tell(environ: Environ, status: str, seconds: float, view: str, found: str) -> None:
    """The line of a request. Without its query, which holds what people search and their names."""
    if not log.isEnabledFor(logging.INFO):
        return
    method = environ["REQUEST_METHOD"]
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"))
    ms = round(seconds * 1000, 1)
    fields = {
        "method": method, "path": path, "status": int(status), "ms": ms, "cache": found,
        "view": view,
    }  # fmt: skip
    log.info("%s %s %s %s ms %s", method, path, status, ms, found, extra={"fields": fields})


class RenderClock:
    """Middleware: which view answered, and how long it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match
        # The desk has a hundred pages, none of which is asked for often.
        view = "desk" if match and match.app_names else match.url_name if match else None
        request.META[VIEW] = view or _NO_VIEW
        counters.render_seconds.labels(view or _NO_VIEW).observe(time.perf_counter() - began)
        return response
