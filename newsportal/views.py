"""What belongs to the site and not to an app: pictures, errors, robots.txt, a sign of life."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, storages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from django.views.static import serve
from prometheus_client import CONTENT_TYPE_LATEST

from articles.caching import article_key, gone_page
from articles.models import Section
from newsportal import metrics

YEAR_SECONDS = 31_536_000
# What renditions are; nothing else that may lie in that folder is ever sent, and these are sent
# as nothing but pictures, whatever the machine's own tables of types say.
PICTURE_TYPES = {".jpg": "image/jpeg", ".webp": "image/webp", ".avif": "image/avif"}


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Renditions from this machine's disk. Their names are their content: kept for ever."""
    storage = storages["default"]
    content_type = PICTURE_TYPES.get(path[path.rfind(".") :])
    if not isinstance(storage, FileSystemStorage) or content_type is None:
        raise Http404
    try:
        response = serve(request, path, document_root=str(storage.location))
    except SuspiciousFileOperation as error:
        raise Http404 from error
    response["Content-Type"] = content_type
    response["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /search/"]
    # A desk that was moved elsewhere is not named to everybody.
    if settings.ADMIN_PATH == "admin/":
        lines.append("Disallow: /admin/")
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing of the database."""
    response = HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """This process can serve: its database answers and is migrated this far."""
    try:
        Section.objects.exists()
    except DatabaseError:
        response = HttpResponse("database\n", status=503, content_type="text/plain")
    else:
        response = HttpResponse("ok\n", content_type="text/plain")
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def metrics_text(request: HttpRequest) -> HttpResponse:
    """Figures for who knows METRICS_TOKEN; without one set there is no such page."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, expected):
        raise Http404
    response = HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in words, with ways on. Carries the article's key, so that publishing ends it."""
    match = request.resolver_match
    keys: set[str] = set()
    if match is not None and match.url_name in {"article", "article_photo"}:
        keys.add(article_key(match.kwargs["pk"]))
    return gone_page(request, render(request, "404.html", status=404), keys)


def local_media_prefix() -> str | None:
    """The path under which this site itself serves renditions; None when another host does."""
    url = settings.MEDIA_URL
    return url.strip("/") if url.startswith("/") else None
