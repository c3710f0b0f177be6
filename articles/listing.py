"""Pages of lists: twenty items, bounded in cost however large the archive is."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec

from django.core.paginator import EmptyPage, Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from articles.models import Article, ArticleQuerySet

PAGE_ITEMS = 20
# A list leads this far back; what is older is found by search.
MAX_PAGES = 100
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,3}")

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class BoundedPaginator(Paginator[Article]):
    """Counts and leads no further than MAX_PAGES."""

    @cached_property
    def count(self) -> int:
        articles: Any = self.object_list
        bound = self.per_page * MAX_PAGES
        return int(articles.order_by().values("pk")[:bound].count())

    @property
    def is_cut(self) -> bool:
        """Is there more than the count says?"""
        return self.count >= self.per_page * MAX_PAGES


def page_of(request: HttpRequest, articles: ArticleQuerySet) -> Page[Article]:
    """The page that `?page=` asks for. Raises Http404 for nonsense and beyond the last one."""
    number = request.GET.get("page", "1")
    if not _PAGE_NUMBER.fullmatch(number):
        raise Http404
    try:
        return BoundedPaginator(articles, PAGE_ITEMS).page(int(number))
    except EmptyPage as error:
        raise Http404 from error


def bare_first_page(view: View[P]) -> View[P]:
    """Keeps one address for a first page: `?page=1` leads to the one without."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.GET.get("page") != "1":
            return view(request, *args, **kwargs)
        query = request.GET.copy()
        del query["page"]
        address = f"{request.path}?{query.urlencode()}" if query else request.path
        return HttpResponsePermanentRedirect(address)

    return wrapped
