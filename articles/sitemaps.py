"""Sitemaps: an index, a file for each month of publication, lists, and the last two days' news.

An article stays in the file of its month for ever, so that an edit changes one file and all the
others keep their bytes. `lastmod` is when the row was last saved, or published if that was later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Subquery,
)
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from articles.addresses import absolute, moment
from articles.caching import HOME, TOPICS, month_key, public_page, reader_page
from articles.models import (
    AboutPage,
    Article,
    ArticleQuerySet,
    Author,
    Section,
    Tag,
    Topic,
    TopicTeaser,
)
from articles.text import strip_unwanted

# 50,000 are allowed; a file of these many stays below the megabyte that page caches keep.
FILE_ADDRESSES = 8000
NEWS_FOR = timedelta(hours=48)
FILE_NEWS = 1000
MOST_NEWS_FILES = 10
# Tag pages with fewer articles than this are marked noindex.
INDEXED_FROM = 3
# Pages without a row of their own; those that a site does not have are left out.
_STANDING = ("home", "topics", "ranking", "corrections", "archive", "about")

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS_SPACE = "http://www.google.com/schemas/sitemap-news/0.9"


class Entry(NamedTuple):
    address: str
    changed_at: datetime | None = None


class _Month(Func):
    """The month of a moment in Japan: 2026-11. Django's own calls Python for each row of SQLite."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "strftime('%%%%Y-%%%%m', %(expressions)s, '+9 hours')"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "to_char(%(expressions)s AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM')"
        return self.as_sql(compiler, connection, template=template, **context)


@reader_page
def index(request: HttpRequest) -> HttpResponse:
    """All files that hold something."""
    entries = [
        Entry(reverse("sitemap_pages")),
        *(Entry(reverse("sitemap_tags", args=[part])) for part in _parts(_listed_tags())),
        *(Entry(reverse("sitemap_authors", args=[part])) for part in _parts(_listed_authors())),
        *_news_files(),
        *_month_files(),
    ]
    body = _elements("sitemap", entries)
    return _answer(request, f'<sitemapindex xmlns="{_SPACE}">', body, "</sitemapindex>", {HOME})


@reader_page
def pages(request: HttpRequest) -> HttpResponse:
    """What is neither an article nor a list of its tags and authors."""
    teasers = TopicTeaser.objects.active().filter(article__in=Article.objects.public())
    topics = Topic.objects.filter(Exists(teasers.filter(topic=OuterRef("pk"))))
    entries = [
        *(Entry(address) for name in _STANDING if (address := _address(name))),
        *(Entry(row.get_absolute_url()) for row in Section.objects.all()),
        *(Entry(row.get_absolute_url()) for row in topics[:FILE_ADDRESSES]),
        *(Entry(row.get_absolute_url()) for row in AboutPage.objects.shown()),
    ]
    return _addresses(request, entries, {HOME, TOPICS})


@reader_page
def tags(request: HttpRequest, part: int) -> HttpResponse:
    return _rows(request, _listed_tags(), part)


@reader_page
def authors(request: HttpRequest, part: int) -> HttpResponse:
    return _rows(request, _listed_authors(), part)


@reader_page
def month(request: HttpRequest, year: int, month: int, part: int) -> HttpResponse:
    if request.path != reverse("sitemap_month", args=[year, month, part]) or part < 1:
        raise Http404
    if not (1 <= month <= 12 and 1970 <= year <= 9998 and part <= 1000):
        raise Http404
    first = date(year, month, 1)
    rows: Any = _of_month(first).values_list("pk", "publish_at", "saved_at")
    begin = (part - 1) * FILE_ADDRESSES
    entries = [
        Entry(reverse("article", args=[pk]), max(published, saved))
        for pk, published, saved in rows[begin : begin + FILE_ADDRESSES]
    ]
    if not entries:
        raise Http404
    return _addresses(request, entries, {month_key(first)})


@reader_page
def news(request: HttpRequest, part: int = 1) -> HttpResponse:
    """The articles of the last 48 hours, counted from their first publication."""
    begin = (part - 1) * FILE_NEWS
    if not 1 <= part <= MOST_NEWS_FILES or request.path == reverse("sitemap_news_part", args=[1]):
        raise Http404
    rows = _news().defer("body", "search_text")[begin : begin + FILE_NEWS]
    body = [_news_element(article) for article in rows]
    if not body and part > 1:
        raise Http404
    # Without any news the file is empty, which search engines take for what it is.
    root = f'<urlset xmlns="{_SPACE}" xmlns:news="{_NEWS_SPACE}">'
    return _answer(request, root, body, "</urlset>", {HOME})


# --- which rows


def _indexed() -> ArticleQuerySet:
    """What readers may see and search engines may list."""
    return Article.objects.public().filter(noindex=False)


def _of_month(first: date) -> ArticleQuerySet:
    begin, end = _midnight(first), _midnight(_next_month(first))
    return _indexed().filter(publish_at__gte=begin, publish_at__lt=end).order_by("publish_at", "id")


def _news() -> ArticleQuerySet:
    return _indexed().filter(publish_at__gte=timezone.now() - NEWS_FOR).newest()


def _listed_tags() -> Any:
    third = _indexed().filter(tagged__tag=OuterRef("pk")).order_by()
    enough = Subquery(third.values("pk")[INDEXED_FROM - 1 : INDEXED_FROM])
    return Tag.objects.annotate(enough=enough).filter(enough__isnull=False)


def _listed_authors() -> Any:
    return Author.objects.filter(Exists(_indexed().filter(article_authors__author=OuterRef("pk"))))


# --- which files


def _month_files() -> Iterator[Entry]:
    """The files of every month that has articles, the newest month first."""
    for first, number, changed_at in _filled_months():
        if number <= FILE_ADDRESSES:
            yield Entry(_month_address(first, 1), changed_at)
            continue
        for part in range(1, -(-number // FILE_ADDRESSES) + 1):
            begin = (part - 1) * FILE_ADDRESSES
            rows = _of_month(first)[begin : begin + FILE_ADDRESSES]
            found = Article.objects.filter(pk__in=rows.values("pk")).aggregate(
                published=Max("publish_at"), saved=Max("saved_at")
            )
            yield Entry(_month_address(first, part), max(found["published"], found["saved"]))


def _filled_months() -> Iterator[tuple[date, int, datetime]]:
    """Months with their number of articles and their last change; one query, from one index."""
    rows: Any = (
        _indexed()
        .annotate(month=_Month("publish_at"))
        .order_by("-month")
        .values_list("month")
        .annotate(Count("pk"), Max("publish_at"), Max("saved_at"))
    )
    for name, number, published, saved in rows:
        yield date.fromisoformat(f"{name}-01"), number, max(published, saved)


def _news_files() -> Iterator[Entry]:
    times: Any = _news().values_list("publish_at", "saved_at")
    rows = list(times[: FILE_NEWS * MOST_NEWS_FILES])
    for part in count(1):
        held = rows[(part - 1) * FILE_NEWS : part * FILE_NEWS]
        if not held:
            return
        changed_at = max(max(row) for row in held)
        name, args = ("sitemap_news", []) if part == 1 else ("sitemap_news_part", [part])
        yield Entry(reverse(name, args=args), changed_at)


def _parts(rows: Any) -> list[int]:
    """The files of a list: so many ids to each, whichever of them are still there."""
    part = Cast((F("pk") - 1) / FILE_ADDRESSES, IntegerField())
    return sorted({int(each) + 1 for each in rows.order_by().values_list(part, flat=True)})


def _rows(request: HttpRequest, rows: Any, part: int) -> HttpResponse:
    if not 1 <= part <= 1_000_000:
        raise Http404
    begin = (part - 1) * FILE_ADDRESSES
    found = rows.filter(pk__gt=begin, pk__lte=begin + FILE_ADDRESSES).order_by("pk")
    entries = [Entry(row.get_absolute_url()) for row in found]
    if not entries:
        raise Http404
    return _addresses(request, entries, {HOME})


def _month_address(first: date, part: int) -> str:
    return reverse("sitemap_month", args=[first.year, first.month, part])


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


# --- how they are written


def _addresses(request: HttpRequest, entries: Iterable[Entry], keys: Iterable[str]) -> HttpResponse:
    body = _elements("url", entries)
    return _answer(request, f'<urlset xmlns="{_SPACE}">', body, "</urlset>", keys)


def _elements(name: str, entries: Iterable[Entry]) -> list[str]:
    return [
        f"<{name}><loc>{escape(absolute(address))}</loc>"
        + (f"<lastmod>{moment(changed_at)}</lastmod>" if changed_at else "")
        + f"</{name}>"
        for address, changed_at in entries
    ]


def _news_element(article: Article) -> str:
    return (
        f"<url><loc>{escape(absolute(article.get_absolute_url()))}</loc><news:news>"
        f"<news:publication><news:name>{escape(settings.SITE_NAME)}</news:name>"
        "<news:language>ja</news:language></news:publication>"
        f"<news:publication_date>{moment(article.publish_at)}</news:publication_date>"
        f"<news:title>{escape(strip_unwanted(article.headline))}</news:title></news:news></url>"
    )


def _answer(
    request: HttpRequest, root: str, body: Sequence[str], end: str, keys: Iterable[str]
) -> HttpResponse:
    text = "\n".join([_HEAD + root, *body, end, ""])
    response = HttpResponse(text, content_type="application/xml; charset=utf-8")
    return public_page(request, response, keys)
