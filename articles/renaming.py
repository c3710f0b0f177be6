"""Old addresses of sections, topics, tags and authors lead to the present ones in one step."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import ResolverMatch, reverse

from articles.listing import bare_address
from articles.models import FormerSlug

View = Callable[..., HttpResponse]


def present_address(request: HttpRequest, match: ResolverMatch) -> str | None:
    """Where a page that was renamed is now, its query kept; None for all others."""
    find = getattr(match.func, "present_address", None)
    return find(request, match) if find else None


def follows_renames(model: type[models.Model], argument: str = "slug") -> Callable[[View], View]:
    """For the page of a row with a slug: former slugs and `?page=1` lead to its one address."""

    def decorate(view: View) -> View:
        def find(request: HttpRequest, match: ResolverMatch) -> str | None:
            slug = match.kwargs.get(argument)
            row = _renamed(model, slug) if slug is not None else None
            if row is None:
                return None
            kwargs = match.kwargs | {argument: row.slug}
            try:
                # The page says whether its name may be known: it may hold hidden articles only.
                view(request, **kwargs)
            except Http404:
                return None
            return bare_address(request, reverse(match.view_name, kwargs=kwargs))

        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            address = bare_address(request, request.path)
            is_first_by_name = request.GET.get("page") == "1"
            if is_first_by_name:
                query = request.GET.copy()
                del query["page"]
                request.GET = query  # type: ignore[assignment]
            try:
                response = view(request, **kwargs)
            except Http404:
                match = request.resolver_match
                moved_to = find(request, match) if match is not None else None
                if moved_to is None:
                    raise
                return HttpResponsePermanentRedirect(moved_to)
            return HttpResponsePermanentRedirect(address) if is_first_by_name else response

        wrapped.present_address = find  # type: ignore[attr-defined]
        return wrapped

    return decorate


def _renamed(model: Any, slug: str) -> Any:
    """The row that was once called so; None where a row is called so now."""
    former = FormerSlug.objects.filter(kind=model._meta.model_name, slug=slug).first()
    if former is None or model.objects.filter(slug=slug).exists():
        return None
    return model.objects.filter(pk=former.target_id).first()
