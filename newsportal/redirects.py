"""One step to the right address, whatever was wrong with the one asked for."""

from __future__ import annotations

from django.http import HttpRequest
from django.middleware.common import CommonMiddleware
from django.urls import Resolver404, resolve

from articles.listing import bare_address
from articles.renaming import present_address


class OneHopMiddleware(CommonMiddleware):
    """Adds the slash that an address lacks, and in the same step mends what else is old in it."""

    def get_full_path_with_slash(self, request: HttpRequest) -> str:
        path = super().get_full_path_with_slash(request)
        try:
            match = resolve(f"{request.path_info}/")
        except Resolver404:
            return path
        if not getattr(match.func, "is_reader_page", False):
            return path
        # Not from the path as Django would write it: two slashes in front name another host.
        return present_address(request, match) or bare_address(request, path.partition("?")[0])
