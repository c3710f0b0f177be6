"""Pages of lists: twenty items, bounded in cost however large the archive is.

A list has a hundred numbered pages. What is older follows after a mark in time (`?before=`), from
which the numbers begin anew: so the pages at the end of a list of 40,000 cost what the first do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property, wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, cast
from urllib.parse import urlencode

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    QueryDict,
)

from articles.models import Article, ArticleQuerySet

PAGE_ITEMS = 20
MAX_PAGES = 100
_PAGE_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_MARK = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)

P = ParamSpec("P")
T = TypeVar("T", bound=Model)
Item = TypeVar("Item")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


class Mark(NamedTuple):
    """A place in a list that begins with the newest: the article that was the last before it."""

    publish_at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.publish_at - _EPOCH) // _TICK}-{self.pk}"

    @classmethod
    def parse(cls, text: str) -> Mark:
        """Raises Http404 for nonsense."""
        found = _MARK.fullmatch(text)
        if found is None:
            raise Http404
        return cls(_EPOCH + int(found[1]) * _TICK, int(found[2]))

    def older(self, articles: ArticleQuerySet) -> ArticleQuerySet:
        # The first condition is what an index is entered with; an OR alone is not.
        return articles.filter(
            Q(publish_at__lt=self.publish_at) | Q(pk__lt=self.pk),
            publish_at__lte=self.publish_at,
        )


class ListPage(Page[T]):
    """A page of a list, with what its links and its canonical address are made of."""

    paginator: BoundedPaginator[T]

    @property
    def query(self) -> str:
        """The canonical query of this page with its `?`; empty on the first."""
        return self._query(self.number)

    @property
    def next_query(self) -> str:
        """Leads to the next page, behind the last numbered one by a mark; empty at the end."""
        if self.has_next():
            return self._query(self.next_page_number())
        last: Any = self.object_list[-1] if self.object_list else None
        if not self.paginator.is_cut or not isinstance(last, Article) or last.publish_at is None:
            return ""
        return f"?{urlencode({'before': Mark(last.publish_at, last.pk)})}"

    @property
    def previous_query(self) -> str:
        """Leads to the page before; empty where that is the list's bare address."""
        return self._query(self.previous_page_number()) if self.has_previous() else ""

    @property
    def is_first(self) -> bool:
        return self.number == 1 and self.before is None

    @property
    def before(self) -> Mark | None:
        return self.paginator.before

    def _query(self, number: int) -> str:
        wanted: dict[str, Any] = {"before": self.before} if self.before else {}
        if number > 1:
            wanted["page"] = number
        return f"?{urlencode(wanted)}" if wanted else ""


class BoundedPaginator(Paginator[T]):
    """Counts and leads no further than MAX_PAGES of PAGE_ITEMS.

    One narrow query finds the numbers of all rows that far, a second one the rows of one page:
    so the last page costs what the first does.
    """

    before: Mark | None = None

    @cached_property
    def _pks(self) -> list[int]:
        rows: Any = self.object_list
        return list(rows.values_list("pk", flat=True)[: self._bound + 1])

    @property
    def _bound(self) -> int:
        return PAGE_ITEMS * MAX_PAGES

    @cached_property
    def count(self) -> int:
        return min(len(self._pks), self._bound)

    @property
    def is_cut(self) -> bool:
        """Is there more than the count says?"""
        return len(self._pks) > self._bound

    def page(self, number: int | str) -> ListPage[T]:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        pks = self._pks[: self.count][first : first + self.per_page]
        return ListPage(list(rows.filter(pk__in=pks)), number, self)


def page_of(
    request: HttpRequest,
    rows: QuerySet[T],
    *,
    items: int = PAGE_ITEMS,
    before: Mark | None = None,
) -> ListPage[T]:
    """The page that `?page=` asks for. Raises Http404 for nonsense and beyond the last one."""
    paginator = BoundedPaginator(rows, items)
    paginator.before = before
    return cast("ListPage[T]", page_in(request, paginator))


def page_in(request: HttpRequest, paginator: Paginator[Item]) -> Page[Item]:
    """Like `page_of()`, of a list that is found already."""
    number = request.GET.get("page", "1")
    if not _PAGE_NUMBER.fullmatch(number):
        raise Http404
    try:
        return paginator.page(int(number))
    except EmptyPage as error:
        raise Http404 from error


def page_of_newest(request: HttpRequest, articles: ArticleQuerySet) -> ListPage[Article]:
    """The same for articles, the newest first: `?before=` leads on behind the numbered pages."""
    articles = articles.newest().for_lists()
    if "before" not in request.GET:
        return page_of(request, articles)
    mark = Mark.parse(request.GET["before"])
    page = page_of(request, mark.older(articles), before=mark)
    if not page.object_list:
        raise Http404
    return page


def bare_first_page(view: View[P]) -> View[P]:
    """Keeps one address for a first page: `?page=1` leads to the one without."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.GET.get("page") != "1":
            return view(request, *args, **kwargs)
        return HttpResponsePermanentRedirect(bare_address(request, request.path))

    return wrapped


def bare_address(request: HttpRequest, path: str) -> str:
    """A path with the request's query, which names a first page no more."""
    written = request.META.get("QUERY_STRING", "")
    query = QueryDict(written, mutable=True)
    if query.get("page") == "1":
        del query["page"]
        written = query.urlencode()
    return f"{path}?{written}" if written else path
