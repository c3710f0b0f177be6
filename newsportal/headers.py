"""The fields that every response carries for the browser's safety."""

from __future__ import annotations

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from newsportal.gate import is_desk


class HeadersMiddleware(CSPMiddleware):
    """Outermost: whatever answers behind it, errors and static files too, gets the fields."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response = super().process_response(request, response)
        # Pictures may stand in other people's feed readers, everything else only here.
        is_picture = response.get("Content-Type", "").startswith("image/")
        policy = "cross-origin" if is_picture and not is_desk(request.path_info) else "same-origin"
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
        if parts.config is None and not report_only and is_desk(request.path_info):
            parts.config = settings.DESK_SECURITY_POLICY
        return parts


def _hsts() -> str:
    value = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS:
        value += "; includeSubDomains"
    if settings.SECURE_HSTS_PRELOAD:
        value += "; preload"
    return value
