"""What belongs to the site and not to an app: pictures, errors, robots.txt, a sign of life."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, storages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from django.views.static import serve
from prometheus_client import CONTENT_TYPE_LATEST

from articles.addresses import absolute, moment
from articles.caching import article_key, gone_page
from newsportal import health, metrics
from newsportal.pagecache.layer import PAGES

YEAR_SECONDS = 31_536_000
# A year is the longest that RFC 9116 recommends.
SECURITY_LASTS = timedelta(days=180)
# After a fault: when to come back.
RETRY_SECONDS = 60
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
    lines = ["User-agent: *", "Disallow: /search/", "Disallow: /api/", "Disallow: /review/"]
    # A desk that was moved elsewhere is not named to everybody.
    if settings.ADMIN_PATH == "admin/":
        lines.append("Disallow: /admin/")
    lines += settings.ROBOTS_RULES
    lines += [f"Sitemap: {absolute(reverse(name))}" for name in ("sitemap", "sitemap_news")]
    return _text_file(lines)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness (RFC 9116). It ends by itself: nobody trusts an old one."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    lines = [f"Contact: {contact}" for contact in settings.SECURITY_CONTACT]
    # From midnight on, so that the file is the same all day.
    expires = timezone.localtime().replace(hour=0, minute=0, second=0) + SECURITY_LASTS
    lines += [
        f"Expires: {moment(expires)}",
        "Preferred-Languages: ja, en",
        f"Canonical: {absolute(reverse('security'))}",
    ]
    return _text_file(lines)


@require_safe
def ads(request: HttpRequest) -> HttpResponse:
    """Who may sell this site's advertisements."""
    if not settings.ADS_TXT:
        raise Http404
    return _text_file(settings.ADS_TXT)


def _text_file(lines: Iterable[str]) -> HttpResponse:
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone shows of the site on its home screen."""
    icons = (
        ("icon.svg", "any", "any"),
        ("icon-192.png", "192x192", "any"),
        ("icon-512.png", "512x512", "any"),
        ("icon-maskable-512.png", "512x512", "maskable"),
    )
    response = JsonResponse(
        {
            "name": settings.SITE_NAME,
            "short_name": settings.SITE_NAME,
            "description": settings.SITE_TAGLINE,
            "id": "/",
            "start_url": "/",
            "lang": "ja",
            "dir": "ltr",
            "display": "minimal-ui",
            # The paper of base.css.
            "background_color": "#ffffff",
            "theme_color": "#ffffff",
            "icons": [
                {"src": static(f"newsportal/{name}"), "sizes": sizes, "purpose": purpose}
                for name, sizes, purpose in icons
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def icon(request: HttpRequest, name: str) -> HttpResponse:
    """What browsers ask for unasked, at addresses of their own choosing."""
    response = HttpResponseRedirect(static(f"newsportal/{name}"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing of the database."""
    response = HttpResponse("ok\n", content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether readers may be sent here, with everything that is not well (newsportal/health.py)."""
    found = health.checks(timezone.now(), request.META.get(PAGES))
    is_ready = health.is_ready(found)
    content = {
        "ready": is_ready,
        "checks": [
            {
                "name": check.name,
                "ok": check.is_ok,
                "fatal": check.is_fatal,
                "detail": check.problem,
            }
            for check in found
        ],
    }
    response = JsonResponse(
        content, status=200 if is_ready else 503, json_dumps_params={"ensure_ascii": False}
    )
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def metrics_text(request: HttpRequest) -> HttpResponse:
    """Figures for who knows METRICS_TOKEN; without one set there is no such page."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, expected):
        raise Http404
    response = HttpResponse(metrics.text(request.META.get(PAGES)), content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 in words, with ways on. Carries the article's key, so that publishing ends it."""
    match = request.resolver_match
    keys: set[str] = set()
    if match is not None and match.url_name in {"article", "article_photo"}:
        keys.add(article_key(match.kwargs["pk"]))
    response = (
        _api_error("そのアドレスはありません。", status=404)
        if _is_api(request)
        else render(request, "404.html", status=404)
    )
    return gone_page(request, response, keys)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without database and without static files: either may be what is broken."""
    response = (
        _api_error("こちらの不具合でお返しできませんでした。", status=500)
        if _is_api(request)
        else HttpResponse(render_to_string("500.html"), status=500)
    )
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _api_error(message: str, *, status: int) -> HttpResponse:
    params = {"ensure_ascii": False}
    return JsonResponse({"error": message}, status=status, json_dumps_params=params)


def local_media_prefix() -> str | None:
    """The path under which this site itself serves renditions; None when another host does."""
    url = settings.MEDIA_URL
    return url.strip("/") if url.startswith("/") else None
