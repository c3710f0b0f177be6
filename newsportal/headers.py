"""What every response tells the browser not to do: one policy for readers, one for the desk.

Readers' pages are made once for everybody, so nothing in them may need a nonce: no inline script,
no inline style. The desk's pages are made for one person and carry one.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Directives = dict[str, Any]

# The style element that the text editor (django-prose-editor 0.28) writes by itself and cannot
# give a nonce. When it brings another, a test fails and the browser's console names the hash.
EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_NO_FEATURES = (
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY: dict[str, list[str]] = {name: [] for name in _NO_FEATURES}


def site_policy(*, bare_page: Path, files: Iterable[str], is_secure: bool) -> Directives:
    """The Content-Security-Policy of readers' pages, as django-csp takes it.

    `bare_page` is the one template with a style in it (it must work without static files);
    `files` are the addresses of static files and pictures, which may be on another host.
    """
    sources = [SELF, *sorted({origin for url in files if (origin := _origin(url))})]
    return {
        "default-src": [NONE],
        "script-src": sources,
        "style-src": [*sources, *style_hashes(bare_page)],
        "img-src": sources,
        "font-src": sources,
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": is_secure,
    }


def desk_policy(site: Directives) -> Directives:
    """The policy of the desk: the site's, with nonces and previews of uploads."""
    return {
        **site,
        "script-src": [*site["script-src"], NONCE],
        "style-src": [*site["style-src"], NONCE, EDITOR_STYLE],
        "img-src": [*site["img-src"], "data:", "blob:"],
    }


def style_hashes(template: Path) -> list[str]:
    """The sources that allow exactly the style elements of a template."""
    return [
        f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
        for style in _STYLE.findall(template.read_text("utf-8"))
    ]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


class HeadersMiddleware(CSPMiddleware):
    """Outermost: whatever answers behind it, errors and static files too, gets the fields."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response = super().process_response(request, response)
        # Pictures may stand in other people's feed readers, everything else only here.
        is_picture = response.get("Content-Type", "").startswith("image/")
        policy = "cross-origin" if is_picture and not _is_desk(request) else "same-origin"
        response.headers.setdefault("Cross-Origin-Resource-Policy", policy)
        if settings.SECURE:
            # Not only on requests that came by https: a page is kept for all who ask after it.
            response.headers.setdefault("Strict-Transport-Security", _hsts())
        return response

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002  (django-csp calls it so)
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if parts.config is None and not report_only and _is_desk(request):
            parts.config = settings.DESK_SECURITY_POLICY
        return parts


def _is_desk(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"/{settings.ADMIN_PATH}")


def _hsts() -> str:
    value = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        value += "; includeSubDomains"
    if settings.SECURE_HSTS_PRELOAD:
        value += "; preload"
    return value
