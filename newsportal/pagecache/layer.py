"""The layer in front of Django that answers readers from finished pages.

Asked for a page of readers (a view marked with `reader_page`), it answers from memory while the
page is fresh; hands out an older one while a single thread makes it anew; and never one that shows
what was invalidated. A page is the same for everybody: it is rendered without cookies.

The fields `Surrogate-Key` and `Surrogate-Control` of a response say what the page shows and for
how long it may be kept; `Cache-Status` (RFC 9211) tells what became of a request.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.handlers.wsgi import get_path_info
from django.urls import Resolver404, resolve
from django.utils import timezone

from articles.caching import ASIDE, KEPT_SECONDS, PARTS, Aside, surrogate_key
from newsportal import counters
from newsportal.pagecache.handoff import Handoff, Slot
from newsportal.pagecache.outbox import Outbox
from newsportal.pagecache.parts import Parts
from newsportal.pagecache.store import (
    Beside,
    Headers,
    Page,
    PageStore,
    compressed,
    etag_of,
    lean_headers,
    lean_keys,
)
from newsportal.watching import CACHE, VIEW

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Response = tuple[str, Headers, bytes]

log = logging.getLogger(__name__)

# Under what a request finds the page cache of its process.
PAGES = "newsportal.pages"
# What pages of readers are asked with. Search is not kept: its addresses have no end.
KNOWN_PARAMETERS = frozenset({"page", "section", "limit"})
# What others hang on a link; no page looks at these.
IGNORED_PARAMETERS = frozenset({"fbclid", "gclid", "yclid", "msclkid", "_gl", "mc_cid", "mc_eid"})
IGNORED_PREFIX = "utm_"
# Longer addresses are nobody's bookmark.
LONGEST_ADDRESS = 500
LARGEST_PAGE = 1_000_000
# 404 and 410 have a store of their own: no flood of made-up addresses drives pages out.
MOST_GONE = 500
# How long after its time a page may be handed out while it is made anew.
STALE_SECONDS = 60.0
# How long the rest of a page may stay while its aside is renewed. With the time that a page may
# wait for its renewal this is less than the outbox remembers.
OWN_SECONDS = 300.0
# When a page could not be made anew: the old one goes on, and this passes before another try.
RETRY_SECONDS = 5.0
# Who has waited this long for another thread's rendering renders for himself.
PATIENCE_SECONDS = 10.0
# So often a page is rendered again because something that it shows changed meanwhile.
MOST_ATTEMPTS = 2
# Nothing of who asked first may get into what everybody gets.
_PERSONAL = ("HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")
# Made for each answer.
_OURS = frozenset({"cache-control", "content-length", "etag", "vary", "surrogate-control"})
_MAX_AGE = re.compile(r"max-age=([0-9]+)")
_DIRECTIVE = re.compile(r"(s-maxage|stale-while-revalidate)=([0-9]+)")
_QUALITY = re.compile(r"([a-z*]+)\s*(?:;\s*q=([0-9.]+))?")


class PageCacheLayer:
    """Wraps a WSGI application and answers for it where it can. One for each process."""

    def __init__(
        self,
        application: Application,
        *,
        most: int,
        executor: Executor | None = None,
        on_change: Callable[[], object] | None = None,
        handoff: Path | None = None,
    ) -> None:
        """`on_change` is called when pages became wrong, after they were dropped here.

        `handoff` is a folder for the pages that the processes of this host hand to each other.
        """
        self._application = application
        self._pages, self._gone = PageStore(most), PageStore(MOST_GONE)
        self._on_change = on_change
        self.outbox = Outbox(self._changed)
        self._parts = Parts(self.outbox)
        self._handoff = Handoff(handoff)
        self._since = time.monotonic()
        self._turns: dict[str, _Turn] = {}
        self._lock = threading.Lock()
        self._executor = executor or ThreadPoolExecutor(1, thread_name_prefix="pages")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # For /readyz and /metrics, which say how this process fares.
        environ[PAGES] = self
        address = _address(environ)
        if address is None:
            return self._application(environ, start_response)
        self.outbox.catch_up()
        page = self._pages.get(address) or self._gone.get(address)
        now = time.monotonic()
        environ[CACHE] = "stale"
        if page is None:
            if not _is_for_readers(environ):
                environ[CACHE] = "pass"
                return self._application(environ, start_response)
            return self._miss(address, environ, start_response)
        if page.is_torn:
            return self._miss(address, environ, start_response, page)
        if self.outbox.is_blind:
            # What the page was made from cannot be asked for: better old than nothing.
            found = "hit; detail=database-unreachable"
        elif now < page.fresh_until:
            found, environ[CACHE] = f"hit; ttl={page.fresh_until - now:.0f}", "hit"
        elif now < page.stale_until:
            found = f"hit; ttl={page.fresh_until - now:.0f}; detail=stale"
            self._renew(address, environ, page)
        else:
            return self._miss(address, environ, start_response, page)
        return self._send(page, environ, start_response, found)

    @property
    def size(self) -> tuple[int, int]:
        """How many pages are kept, and the bytes of their bodies."""
        return len(self._pages) + len(self._gone), self._pages.bytes + self._gone.bytes

    # --- rendering

    def _miss(
        self,
        address: str,
        environ: Environ,
        start_response: StartResponse,
        old: Page | None = None,
    ) -> Iterable[bytes]:
        """Renders, or takes what another thread is rendering already.

        Where Django fails, a page that is merely too old is better than an error.
        """
        environ[CACHE] = "miss"
        turn, is_ours = self._take_turn(address)
        if is_ours:
            page = self._render(address, environ, turn, old)
            is_usable = old is not None and not old.is_torn and self._pages.get(address) is old
            if old is not None and is_usable and page.status.startswith("5"):
                environ[CACHE] = "stale"
                return self._send(old, environ, start_response, "hit; detail=application-error")
            found = "fwd=uri-miss; collapsed" if turn.is_handed else "fwd=uri-miss"
            return self._send(page, environ, start_response, found)
        if turn.done.wait(PATIENCE_SECONDS) and turn.page is not None:
            return self._send(turn.page, environ, start_response, "fwd=uri-miss; collapsed")
        return self._application(environ, start_response)

    def _renew(self, address: str, environ: Environ, old: Page) -> None:
        """Has a stale page made anew in the background, once."""
        turn, is_ours = self._take_turn(address)
        if is_ours:
            # With the number of the request, so that lines of the log can be laid to it.
            context = copy_context()
            self._executor.submit(context.run, self._render, address, dict(environ), turn, old)

    def _take_turn(self, address: str) -> tuple[_Turn, bool]:
        with self._lock:
            turn = self._turns.get(address)
            if turn is not None:
                return turn, False
            turn = self._turns[address] = _Turn()
            return turn, True

    def _render(self, address: str, environ: Environ, turn: _Turn, old: Page | None = None) -> Page:
        """Asks Django for a page and keeps it where that is allowed."""
        try:
            self.outbox.start()
            with self._handoff.turn(address) as slot:
                turn.page = self._handed(slot)
                if turn.page is None:
                    # Its parts may be as old as what this process knows, not younger.
                    known = self.outbox.knows_until
                    turn.page = self._kept(address, environ, old)
                    if turn.page.etag and turn.page.status.startswith("200"):
                        slot.give(turn.page, known)
                else:
                    turn.is_handed = True
                    self._keep(address, turn.page)
            return turn.page
        finally:
            with self._lock:
                del self._turns[address]
            turn.done.set()

    def _kept(self, address: str, environ: Environ, old: Page | None) -> Page:
        mended = self._with_new_aside(old) if old is not None else None
        if mended is not None:
            self._keep(address, mended)
            return mended
        for _ in range(MOST_ATTEMPTS):
            begun = time.monotonic()
            asked = _without_person(environ, address) | {PARTS: self._parts}
            response = _ask(self._application, asked)
            page = _page(response, begun, asked.get(VIEW, ""), asked.get(ASIDE))
            if not self._is_touched(page):
                break
        else:
            # It changes faster than it is rendered: right at this moment, not to be kept.
            return page
        if page.fresh_until > begun:
            self._keep(address, page)
        elif old is not None and page.status.startswith("5"):
            old.fresh_until = time.monotonic() + RETRY_SECONDS
            old.stale_until = max(old.stale_until, old.fresh_until)
        return page

    def _with_new_aside(self, old: Page) -> Page | None:
        """The page with its aside as it is now, if nothing else of it needs to be made anew."""
        aside, begun = old.aside, time.monotonic()
        if (
            aside is None
            or aside.own_until <= begun
            or self.outbox.is_blind
            or self.outbox.touched_since(aside.own_keys, aside.own_begun)
        ):
            return None
        part = self._parts.renewed(aside.name)
        if part is None or aside.without in part.keys:
            return None
        html = part.html.encode()
        body = _spliced(old.plain(), aside, html)
        keys = aside.own_keys | part.keys
        fresh_until = min(begun + KEPT_SECONDS, aside.own_until)
        page = replace(
            old,
            headers=[
                (name, surrogate_key(keys) if name == "Surrogate-Key" else value)
                for name, value in old.headers
            ],
            etag=etag_of(body),
            bodies=compressed(body),
            keys=lean_keys(keys),
            begun=begun,
            fresh_until=fresh_until,
            stale_until=min(fresh_until + STALE_SECONDS, begun + _until_midnight()),
            aside=replace(aside, length=len(html)),
            is_torn=False,
        )
        if self._is_touched(page):
            return None
        counters.asides.inc()
        return page

    def _is_touched(self, page: Page) -> bool:
        """Was anything that the page shows invalidated since it was read?"""
        touched_since, aside = self.outbox.touched_since, page.aside
        if aside is None:
            return touched_since(page.keys, page.begun)
        beside = page.keys - aside.own_keys
        return touched_since(aside.own_keys, aside.own_begun) or touched_since(beside, page.begun)

    def _handed(self, slot: Slot) -> Page | None:
        """What another process of this host rendered, if it is what this one would render now."""
        page = slot.take()
        if (
            page is None
            or self.outbox.is_blind
            or not self.outbox.has_read
            # Of a process with other code, perhaps.
            or (page.aside.own_begun if page.aside else page.begun) < self._since
            or page.fresh_until <= time.monotonic()
            or self._is_touched(page)
        ):
            return None
        return page

    def _keep(self, address: str, page: Page) -> None:
        is_gone = not page.status.startswith("200")
        (self._gone if is_gone else self._pages).put(address, page)
        if self._is_touched(page):
            # Noticed between the check and the keeping.
            self._notice(page.keys, ())

    def _changed(self, wrong: Collection[str], due: Collection[str]) -> None:
        self._notice(wrong, due)
        if wrong and self._on_change is not None:
            self._on_change()

    def _notice(self, wrong: Collection[str], due: Collection[str]) -> None:
        now = time.monotonic()
        for store in (self._pages, self._gone):
            store.drop(wrong)
            store.age(due, now)

    # --- answering

    def _send(
        self, page: Page, environ: Environ, start_response: StartResponse, found: str
    ) -> Iterable[bytes]:
        environ[VIEW] = page.view
        if not page.etag:
            start_response(page.status, [*page.headers, ("Cache-Status", f"newsportal; {found}")])
            return () if environ["REQUEST_METHOD"] == "HEAD" else (page.bodies[""],)
        headers = [
            ("Cache-Control", self._cache_control(page)),
            ("Vary", "Accept-Encoding"),
            ("ETag", page.etag),
            ("Cache-Status", f"newsportal; {found}"),
        ]
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked is not None and page.status.startswith("200") and _matches(asked, page.etag):
            start_response("304 Not Modified", headers)
            return ()
        coding, body = page.body(_coding(environ.get("HTTP_ACCEPT_ENCODING", "")))
        headers += page.headers
        if coding:
            headers.append(("Content-Encoding", coding))
        headers.append(("Content-Length", str(len(body))))
        start_response(page.status, headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (body,)

    def _cache_control(self, page: Page) -> str:
        """What caches that are told nothing may do: nothing beyond the next edge."""
        edge = self.outbox.edge
        if edge is None:
            return page.cache_control
        left = (edge - timezone.now()).total_seconds()
        return _bounded(page.cache_control, max(0, int(left)))


class _Turn:
    """Who renders a page at the moment, and what came of it."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.page: Page | None = None
        # Another process of this host rendered it.
        self.is_handed = False


def _address(environ: Environ) -> str | None:
    """Under what a request's page is kept; None for what only Django can answer."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or "HTTP_AUTHORIZATION" in environ:
        return None
    path: str = environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    if not query:
        return path if len(path) <= LONGEST_ADDRESS else None
    if len(path) + len(query) > LONGEST_ADDRESS:
        return None
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        return None
    wanted = sorted(
        (name, value)
        for name, value in pairs
        if name not in IGNORED_PARAMETERS and not name.startswith(IGNORED_PREFIX)
    )
    names = [name for name, _ in wanted]
    if not KNOWN_PARAMETERS.issuperset(names) or len(set(names)) < len(names):
        return None
    return f"{path}?{urlencode(wanted)}" if wanted else path


def _is_for_readers(environ: Environ) -> bool:
    try:
        match = resolve(get_path_info(environ))
    except Resolver404:
        return False
    return getattr(match.func, "is_reader_page", False)


def _without_person(environ: Environ, address: str) -> Environ:
    """A request for the same page that tells nothing of who asks."""
    asked = {name: value for name, value in environ.items() if name not in _PERSONAL}
    asked["REQUEST_METHOD"] = "GET"
    asked["QUERY_STRING"] = address.partition("?")[2]
    asked["CONTENT_LENGTH"] = ""
    asked["wsgi.input"] = BytesIO()
    return asked


def _ask(application: Application, asked: Environ) -> Response:
    """The application's whole answer."""
    begun: list[Any] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
        begun[:] = [status, headers]

    parts = application(asked, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return begun[0], begun[1], body


def _page(response: Response, begun: float, view: str, aside: Aside | None = None) -> Page:
    """A response as a page; one that may not be kept is fresh for no time."""
    status, headers, body = response
    fields = {name.lower(): value for name, value in headers}
    seconds = _MAX_AGE.search(fields.get("surrogate-control", ""))
    if (
        seconds is None
        or status[:3] not in {"200", "404", "410"}
        or "set-cookie" in fields
        or fields.get("vary", "Accept-Encoding") != "Accept-Encoding"
        or len(body) > LARGEST_PAGE
    ):
        shown = [(name, value) for name, value in headers if name.lower() != "surrogate-control"]
        return Page(status, shown, "", "", {"": body}, frozenset(), begun, begun, begun, view)
    fresh_until = begun + int(seconds[1])
    stale_until = fresh_until + (STALE_SECONDS if status.startswith("200") else 0)
    # The masthead shows the day.
    midnight = begun + _until_midnight()
    return Page(
        status=status,
        headers=lean_headers([field for field in headers if field[0].lower() not in _OURS]),
        cache_control=fields.get("cache-control", ""),
        etag=etag_of(body),
        bodies=compressed(body),
        keys=lean_keys(fields.get("surrogate-key", "").split()),
        begun=begun,
        fresh_until=min(fresh_until, midnight),
        stale_until=min(stale_until, midnight),
        view=view,
        aside=_beside(aside, body, begun, min(begun + OWN_SECONDS, midnight)) if aside else None,
    )


def _beside(aside: Aside, body: bytes, begun: float, until: float) -> Beside | None:
    html = aside.part.html.encode()
    at = body.find(html)
    if at < 0:
        return None
    own_keys = lean_keys(aside.own_keys)
    return Beside(aside.name, at, len(html), aside.without, own_keys, begun, until)


def _spliced(body: bytes, aside: Beside, html: bytes) -> bytes:
    return body[: aside.at] + html + body[aside.at + aside.length :]


def _until_midnight() -> float:
    now = timezone.localtime()
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()


@lru_cache(maxsize=256)
def _coding(accepted: str) -> str:
    """The content coding for an Accept-Encoding field: br, gzip, or none."""
    qualities = {
        name: float(quality or 1)
        for name, quality in _QUALITY.findall(accepted.lower())
        if quality.count(".") <= 1 and quality != "."
    }
    return next((name for name in ("br", "gzip") if qualities.get(name, 0) > 0), "")


def _matches(asked: str, etag: str) -> bool:
    """Whether an If-None-Match field names this page."""
    return asked.strip() == "*" or etag[2:] in asked


@lru_cache(maxsize=512)
def _bounded(cache_control: str, left: int) -> str:
    """The directives with no time reaching further than `left` seconds."""
    remaining = left

    def bound(match: re.Match[str]) -> str:
        nonlocal remaining
        seconds = min(int(match[2]), remaining)
        remaining -= seconds
        return f"{match[1]}={seconds}"

    return _DIRECTIVE.sub(bound, cache_control)
