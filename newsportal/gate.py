"""The gate of the desk: from which addresses it answers, and who has guessed too often.

What is locked is a name together with an address: somebody who guesses locks himself out, and
nobody who writes the same name from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from articles.previewing import in_words
from rankings.visitors import blocks, client_address, parsed_address

_LINKS = "/review/"
# In the place of a name: all review links are guessed at together.
_GUESSER = {"username": "review link"}


class GateMiddleware:
    """With ADMIN_NETWORKS set, other addresses are told that there is no desk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.ADMIN_NETWORKS and is_desk(request.path_info) and not _may_come(request):
            response = render(request, "404.html", status=404)
            # Not the short-lived page that a proxy may hand to the next who asks.
            add_never_cache_headers(response)
            return response
        return self._get_response(request)


def is_desk(path: str) -> bool:
    """Whether a path belongs to the desk; without its last slash too."""
    return f"{path}/".startswith(f"/{settings.ADMIN_PATH}")


def address_for_lock(request: HttpRequest) -> str | None:
    """What of an address is one guesser: IPv4 whole, of IPv6 the /64 that one line is given."""
    own, _ = blocks(client_address(request.META, settings.TRUSTED_PROXIES))
    if not own:
        return None
    return str(IPv4Address(own) if len(own) == 4 else IPv6Address(own + bytes(8)))


def locked_out(request: HttpRequest, original: Any, credentials: Any) -> HttpResponse:
    """What who has guessed too often sees, whether or not the name exists."""
    minutes = settings.LOGIN_LOCK_MINUTES
    response = render(request, "locked_out.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(minutes * 60)
    add_never_cache_headers(response)
    return response


class GuessedLinksMiddleware:
    """Who asks for review links that were never made is turned away like who guesses passwords.

    A link that was made opens all the same: others of the office may have been given one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if response.status_code != 404 or not request.path_info.startswith(_LINKS):
            return response
        guess = _without_token(request)
        if AxesProxyHandler.is_allowed(guess, _GUESSER):
            user_login_failed.send(sender=__name__, credentials=_GUESSER, request=guess)
            return response
        minutes = settings.LOGIN_LOCK_MINUTES
        said = f"知らないアドレスが続けて開かれました。{minutes}分ほど待ってから、お試しください。"
        refusal = in_words(request, said, 429)
        refusal["Retry-After"] = str(minutes * 60)
        return refusal


def _without_token(request: HttpRequest) -> HttpRequest:
    """The request as the lock may remember it: a mistyped token is almost one that opens."""
    guess = copy(request)
    guess.path = guess.path_info = _LINKS
    guess.META = {**request.META, "PATH_INFO": _LINKS}
    guess.GET = guess.POST = QueryDict()
    return guess


def _may_come(request: HttpRequest) -> bool:
    address = parsed_address(client_address(request.META, settings.TRUSTED_PROXIES))
    return address is not None and any(address in network for network in settings.ADMIN_NETWORKS)
