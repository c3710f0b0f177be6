"""The door for views: `POST /v/`, answered before Django, without database or cookie.

With VIEW_PIXEL also `GET /v/?a=&t=`, a picture for readers without JavaScript.

A page may come from any cache; this is called once for every page that a reader sees. The
answer 204 means that the view is stored.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from django.conf import settings

from rankings import records
from rankings.agents import look_at
from rankings.intake import Intake
from rankings.spool import SpoolError
from rankings.tokens import DAY_SECONDS, refusal_of, token_keys, view_token
from rankings.visitors import Salts, blocks, client_address, network_hash, visitor_hash

__all__ = ["BeaconLayer", "view_token"]

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

PATH = "/v/"
STORED = "stored"
MAX_BODY = 1024
MAX_SECONDS = 1800
_HIGHEST_ID = 2**31 - 1
_FORM = "application/x-www-form-urlencoded"
_BOT = records.REASON_CODES["bot"]
_PREFETCH = records.REASON_CODES["prefetch"]
_NO_STORE = ("Cache-Control", "no-store")
# A transparent GIF of one pixel.
_PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
_PICTURE = (_NO_STORE, ("Content-Type", "image/gif"), ("Content-Length", str(len(_PIXEL))))

# The body as our own script writes it.
_USUAL_BODY = re.compile(
    rb"a=([1-9][0-9]{0,9})&t=([A-Za-z0-9._-]+)(?:&s=([0-9]{1,5})&d=([0-9]{1,3}))?"
)

_NUMBER = re.compile(r"[0-9]{1,10}")


class Beacon(NamedTuple):
    article: int
    token: str
    # Both None for a view; visible seconds and depth in percent at the end of one.
    seconds: int | None
    depth: int | None


class RefusedError(Exception):
    def __init__(self, status: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


def _tell_nobody(outcome: str) -> None:
    pass


class BeaconLayer:
    """Wraps a WSGI application and takes the requests to /v/ away from it.

    `tell` hears what became of each beacon: STORED, or the reason of its refusal.
    """

    def __init__(
        self,
        application: Application,
        *,
        intake: Intake | None = None,
        salts: Salts | None = None,
        tell: Callable[[str], None] = _tell_nobody,
    ) -> None:
        self._application = application
        self._tell = tell
        self._intake = intake or Intake(settings.SPOOL_DIR, settings.REDIS_URL)
        self._salts = salts or Salts()
        self._trusted_proxies = settings.TRUSTED_PROXIES
        self._keys = token_keys()
        self._pixel = settings.VIEW_PIXEL

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            return self._application(environ, start_response)
        now = time.time()
        try:
            is_pixel = self._pixel and environ["REQUEST_METHOD"] == "GET"
            self._take(environ, _read_query(environ) if is_pixel else _read(environ), now)
        except RefusedError as refusal:
            self._intake.refuse(refusal.reason, now)
            self._tell(refusal.reason)
            return _answer(start_response, refusal)
        self._tell(STORED)
        if self._intake.has_refusals:
            self._intake.write_refusals(now)
        if is_pixel:
            start_response("200 OK", list(_PICTURE))
            return (_PIXEL,)
        # A list of its own for each answer: servers add their headers to it.
        start_response("204 No Content", [_NO_STORE])
        return ()

    def _take(self, environ: Environ, beacon: Beacon, now: float) -> None:
        """Stores the view of a request. Raises RefusedError."""
        if reason := refusal_of(beacon.token, beacon.article, int(now) // DAY_SECONDS, self._keys):
            raise RefusedError("403 Forbidden", reason, f"token {reason}")
        if environ.get("HTTP_SEC_FETCH_SITE") == "cross-site":
            # Another site's page would lend us its readers' addresses to push an article.
            raise RefusedError("403 Forbidden", "cross_site", "not from this site")
        try:
            self._intake.append(self._record(environ, beacon, now))
        except SpoolError:
            raise RefusedError("503 Service Unavailable", "unstored", "not stored") from None

    def _record(self, environ: Environ, beacon: Beacon, now: float) -> bytes:
        article, _, seconds, depth = beacon
        salt = self._salts.at(now)
        is_bot, agent = look_at(environ.get("HTTP_USER_AGENT", ""))
        reader, network = blocks(client_address(environ, self._trusted_proxies))
        at = int(now)
        known = not _asks_not_to_be_known(environ)
        return records.pack(
            kind=records.VIEW if seconds is None else records.LEAVE,
            at=at,
            article=article,
            visitor=visitor_hash(salt, reader, agent, article) if known else 0,
            network=network_hash(salt, network, article, at // 3600),
            seconds=min(seconds or 0, MAX_SECONDS),
            depth=min(depth or 0, 100),
            reason=_PREFETCH if _is_prefetch(environ) else _BOT if is_bot else 0,
        )


def _read(environ: Environ) -> Beacon:
    """The beacon in a request. Raises RefusedError."""
    if environ["REQUEST_METHOD"] != "POST":
        raise RefusedError("405 Method Not Allowed", "method", "POST only")
    return _beacon(_body(environ))


def _read_query(environ: Environ) -> Beacon:
    """The beacon in the address of a picture. Raises RefusedError."""
    query = environ.get("QUERY_STRING", "")
    if len(query) > MAX_BODY:
        raise _too_large()
    return _beacon(query.encode("latin-1", "replace"))


def _beacon(body: bytes) -> Beacon:
    usual = _USUAL_BODY.fullmatch(body)
    if usual is None:
        return _read_unusual(body)
    article, token, seconds, depth = usual.groups()
    article_id = int(article)
    if article_id > _HIGHEST_ID:
        raise _malformed("no such article")
    if seconds is None:
        return Beacon(article_id, token.decode(), None, None)
    return Beacon(article_id, token.decode(), int(seconds), int(depth))


def _body(environ: Environ) -> bytes:
    """The form in the request, at most MAX_BODY bytes of it. Raises RefusedError."""
    length = environ.get("CONTENT_LENGTH") or None
    if length is not None and not (length.isascii() and length.isdecimal()):
        raise _malformed("content length")
    if length is not None and (len(length) > 9 or int(length) > MAX_BODY):
        raise _too_large()
    content_type = environ.get("CONTENT_TYPE", "")
    if content_type.partition(";")[0].strip().lower() != _FORM:
        raise _malformed("not a form")
    # Without a length (chunked) one byte more than allowed shows what is too long.
    wanted = MAX_BODY + 1 if length is None else int(length)
    try:
        body: bytes = environ["wsgi.input"].read(wanted)
    except OSError:
        raise _malformed("body broken off") from None
    if len(body) > MAX_BODY:
        raise _too_large()
    return body


def _read_unusual(body: bytes) -> Beacon:
    """The beacon in any other spelling of the same form. Raises RefusedError."""
    try:
        pairs = parse_qsl(body.decode("ascii"), strict_parsing=True, max_num_fields=4)
    except ValueError:
        raise _malformed("not a form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or set(fields) not in ({"a", "t"}, {"a", "t", "s", "d"}):
        raise _malformed("fields")
    token = fields.pop("t")
    if not all(_NUMBER.fullmatch(value) for value in fields.values()):
        raise _malformed("not a number")
    article, *ending = (int(fields[name]) for name in ("a", "s", "d") if name in fields)
    if not 1 <= article <= _HIGHEST_ID:
        raise _malformed("no such article")
    return Beacon(article, token, *(ending or (None, None)))


def _malformed(message: str) -> RefusedError:
    return RefusedError("400 Bad Request", "malformed", message)


def _too_large() -> RefusedError:
    return RefusedError("413 Content Too Large", "too_large", f"more than {MAX_BODY} bytes")


def _asks_not_to_be_known(environ: Environ) -> bool:
    """Global Privacy Control or Do Not Track."""
    return environ.get("HTTP_SEC_GPC") == "1" or environ.get("HTTP_DNT") == "1"


def _is_prefetch(environ: Environ) -> bool:
    """Whether a browser fetched this for a page that nobody has opened."""
    purpose = environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or ""
    return (
        "prefetch" in purpose
        or "prerender" in purpose
        or environ.get("HTTP_X_PURPOSE") in {"preview", "instant"}
        or environ.get("HTTP_X_MOZ") == "prefetch"
    )


def _answer(start_response: StartResponse, refusal: RefusedError) -> Iterable[bytes]:
    body = f"{refusal}\n".encode()
    headers = [_NO_STORE, ("Content-Type", "text/plain"), ("Content-Length", str(len(body)))]
    if refusal.status.startswith("405"):
        headers.append(("Allow", "POST"))
    start_response(refusal.status, headers)
    return (body,)
