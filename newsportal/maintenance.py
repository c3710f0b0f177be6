"""A switch for operators: while a file exists, everybody gets a page that says so.

`touch var/maintenance` closes the site, `rm var/maintenance` opens it again; both act at once.
nginx looks for the same file (deploy/nginx/), so that the page stands while no process runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

RETRY_SECONDS = 600

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


def is_on() -> bool:
    # On every request: os.path.exists() costs half of Path.exists().
    return os.path.exists(settings.MAINTENANCE_FILE)  # noqa: PTH110


class MaintenanceLayer:
    """Outermost: while the site is closed, neither kept pages nor beacons are answered."""

    def __init__(self, application: Application, django: Application) -> None:
        self._application, self._django = application, django

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        chosen = self._django if is_on() else self._application
        return chosen(environ, start_response)


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Answers 503 while the site is closed; signs of life still say what they know."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if not is_on() or request.path_info in {"/healthz", "/readyz", "/metrics"}:
            return get_response(request)
        return closed(request)

    return answer


def closed(request: HttpRequest) -> HttpResponseBase:
    """503 without the database; for programs in JSON."""
    response: HttpResponseBase
    if request.path_info.startswith("/api/"):
        error = {"error": "ただいま保守のため、お返しできません。"}
        response = JsonResponse(error, status=503, json_dumps_params={"ensure_ascii": False})
    else:
        response = render(request, "503.html", status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
