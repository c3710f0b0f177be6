"""Which pages show what, and how long a page may be kept.

Two kinds of keys: `article-12`, `author-5-name` stand on every page that shows the article or the
name; `section-3`, `author-5` stand on the pages that list what is new there.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from articles.models import (
    Article,
    Author,
    Banner,
    Correction,
    FrontSlot,
    Invalidation,
    Photo,
    TopicTeaser,
)

log = logging.getLogger(__name__)

# On every page (masthead, sections); on the home page; on pages with a ranking, with topics.
SITE, HOME, RANKING, TOPICS = "site", "home", "ranking", "topics"
# On the list of corrections.
CORRECTIONS = "corrections"
# Before a key in the outbox: pages under it are old, not wrong.
DUE = "~"
# For caches that nobody tells of changes.
PAGE_SECONDS = 10
STALE_SECONDS = 30
STALE_IF_ERROR_SECONDS = 600
GONE_SECONDS = 5
# For caches that drop what is invalidated: how old the numbers on a page may be.
KEPT_SECONDS = 120
# Where in a request's environ the page cache offers to keep parts of pages, and is told of one that
# may be put in place of by a newer one.
PARTS, ASIDE = "newsportal.parts", "newsportal.aside"
# Long enough to see afterwards what was marked when.
KEPT_INVALIDATIONS = timedelta(days=2)

View = TypeVar("View", bound=Callable[..., HttpResponse])


def article_key(pk: int) -> str:
    return f"article-{pk}"


def section_key(pk: int) -> str:
    return f"section-{pk}"


def topic_key(pk: int) -> str:
    return f"topic-{pk}"


def tag_key(pk: int) -> str:
    return f"tag-{pk}"


def author_key(pk: int) -> str:
    return f"author-{pk}"


def agency_key(pk: int) -> str:
    return f"agency-{pk}"


def day_key(day: date) -> str:
    """For the archive's page of a day in Japan."""
    return f"day-{day:%Y%m%d}"


def month_key(day: date) -> str:
    """For the archive's page and the sitemap of a month of publication."""
    return f"month-{day:%Y%m}"


def year_key(day: date) -> str:
    return f"year-{day:%Y}"


def ranking_key(window: str, section: int | None) -> str:
    """For pages with a certain ranking; RANKING stands on all of them."""
    return f"{RANKING}-{window}" if section is None else f"{RANKING}-{window}-{section}"


def name_key(list_key: str) -> str:
    """For pages that show the name of a tag or an author without listing what is new there."""
    return f"{list_key}-name"


def keys_of(article: Article) -> set[str]:
    """The surrogate keys of every page that shows this article or has a place for it."""
    keys = {article_key(article.pk), section_key(article.section_id), HOME}
    keys |= {topic_key(pk) for pk in article.teasers.values_list("topic_id", flat=True)}
    keys |= {tag_key(pk) for pk in article.tagged.values_list("tag_id", flat=True)}
    keys |= {author_key(pk) for pk in article.article_authors.values_list("author_id", flat=True)}
    if article.publish_at is not None:
        day = timezone.localdate(article.publish_at)
        keys |= {day_key(day), month_key(day), year_key(day)}
    if article.corrections.exists():
        keys.add(CORRECTIONS)
    if Banner.objects.filter(article=article, ends_at__gt=timezone.now()).exists():
        # Its link stands above every page, and only while the article is public.
        keys.add(SITE)
    return keys


def article_keys(articles: Iterable[Article]) -> set[str]:
    return {article_key(article.pk) for article in articles}


def keys_of_photo(photo: Photo) -> set[str]:
    """The surrogate keys of every page that shows this photo; two queries, whatever its uses."""
    shown = Article.objects.filter(
        article_photos__photo=photo,
        status__in=[Article.Status.PUBLISHED, Article.Status.WITHDRAWN],
    )
    authors = Author.objects.filter(photo=photo)
    return {article_key(pk) for pk in shown.values_list("pk", flat=True)} | {
        author_key(pk) for pk in authors.values_list("pk", flat=True)
    }


def invalidate(keys: Iterable[str]) -> None:
    """Marks every page under these keys as out of date; call it in the changing transaction."""
    Invalidation.objects.create(keys=" ".join(sorted(set(keys))))
    transaction.on_commit(ring)


def refresh(keys: Iterable[str]) -> None:
    """Marks every page under these keys as due to be made anew: what it shows is not wrong.

    Readers may get it a last time while that is done.
    """
    invalidate(DUE + key for key in keys)


def ring() -> None:
    """Tells the processes of this host that there are new invalidations: they look at once.

    Other hosts look by themselves, twice a second.
    """
    now = time.time_ns()
    try:
        try:
            os.utime(settings.PAGE_CACHE_BELL, ns=(now, now))
        except FileNotFoundError:
            settings.PAGE_CACHE_BELL.touch()
    except OSError:
        # A full disk costs half a second, not the editor's save.
        log.warning("%s cannot be touched", settings.PAGE_CACHE_BELL, exc_info=True)


def heard() -> int:
    """A number that changes with every ring."""
    try:
        # On every request: Path.stat() takes twice as long.
        return os.stat(settings.PAGE_CACHE_BELL).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


def prune(at: datetime) -> int:
    """Deletes invalidations that every process has long read; returns how many."""
    return Invalidation.objects.filter(created_at__lt=at - KEPT_INVALIDATIONS).delete()[0]


# --- what changes by itself: the clock passes an edge


def next_edge(at: datetime | None = None) -> datetime | None:
    """The next moment at which what readers may see changes by itself, or None."""
    at = at or timezone.now()
    edges = [
        rows.filter(**{f"{name}__gt": at}).aggregate(edge=Min(name))["edge"]
        for rows, name in _edges()
    ]
    return min((edge for edge in edges if edge), default=None)


def keys_of_edges(since: datetime, until: datetime) -> set[str]:
    """The keys of pages that changed by themselves after `since`, up to and at `until`."""
    keys: set[str] = set()
    for rows, name in _edges():
        for row in rows.filter(**{f"{name}__gt": since, f"{name}__lte": until}):
            if isinstance(row, Photo):
                keys |= keys_of_photo(row)
            elif isinstance(row, TopicTeaser):
                keys |= {TOPICS, *keys_of(row.article)}
            elif isinstance(row, Banner):
                keys.add(SITE)
            elif isinstance(row, Correction):
                keys |= keys_of(row.article)
            elif isinstance(row, FrontSlot):
                keys.add(HOME)
            else:
                keys |= keys_of(row)
    return keys


def _edges() -> Iterator[tuple[QuerySet[Any], str]]:
    """Rows and the column in which each has an edge."""
    published = Article.objects.live().filter(status=Article.Status.PUBLISHED)
    for name in ("publish_at", "unpublish_at", "embargo_until"):
        yield published, name
    for name in ("starts_at", "ends_at"):
        yield TopicTeaser.objects.filter(topic__is_active=True).select_related("article"), name
        yield FrontSlot.objects.all(), name
    yield Photo.objects.filter(rights_web=True), "rights_until"
    yield Correction.objects.select_related("article"), "published_at"
    for name in ("starts_at", "ends_at"):
        yield Banner.objects.all(), name


# --- what a response tells caches


def reader_page(view: View) -> View:
    """A view whose page is the same for every reader: no cookie, no session, nobody's name."""
    safe = require_safe(view)
    safe.is_reader_page = True  # type: ignore[attr-defined]
    return safe


def shows(request: HttpRequest, keys: Iterable[str]) -> None:
    """For parts of a page that read for themselves: these keys belong to the page as well."""
    request.__dict__.setdefault("shown_keys", set()).update(keys)


class Part(NamedTuple):
    """A piece of a page's HTML with the keys of what it shows."""

    html: SafeString
    keys: frozenset[str]


class Aside(NamedTuple):
    """A shared part of a page that stands beside the rest and shows nothing of it."""

    # Under which the page cache keeps it.
    name: Hashable
    part: Part
    # The part may not stand on the page once it shows what is under this key.
    without: str
    # Of the rest of the page.
    own_keys: frozenset[str] = frozenset()


class HasKeys(Protocol):
    @property
    def keys(self) -> frozenset[str]: ...


Kept = TypeVar("Kept", bound=HasKeys)


def shared_part(request: HttpRequest, name: Hashable, make: Callable[[], Kept]) -> Kept | None:
    """What many pages have in common, made once while it is true.

    None where nobody is told of changes: outside the page cache every page makes its own.
    """
    parts = request.META.get(PARTS)
    if parts is None:
        return None
    part: Kept | None = parts.get(name)
    if part is None:
        begun = time.monotonic()
        part = make()
        parts.put(name, part, begun, make)
    return part


def shows_beside(request: HttpRequest, name: Hashable, part: Part, *, without: str = "") -> None:
    """Like shows(), for a shared part that does not depend on the page: when only the part is out
    of date, a kept page gets the new part and is not made anew. Once a page.
    """
    request.META[ASIDE] = Aside(name, part, without)


def public_page(request: HttpRequest, response: HttpResponse, keys: Iterable[str]) -> HttpResponse:
    """Lets caches keep a page of readers, under the keys of what it shows."""
    response["Cache-Control"] = (
        f"public, max-age=0, s-maxage={PAGE_SECONDS}, "
        f"stale-while-revalidate={STALE_SECONDS}, stale-if-error={STALE_IF_ERROR_SECONDS}"
    )
    response["Surrogate-Control"] = f"max-age={KEPT_SECONDS}"
    return _keyed(request, response, keys)


def gone_page(request: HttpRequest, response: HttpResponse, keys: Iterable[str]) -> HttpResponse:
    """For 404 and 410: kept for seconds only, and never shown when it is older."""
    response["Cache-Control"] = f"public, max-age=0, s-maxage={GONE_SECONDS}"
    response["Surrogate-Control"] = f"max-age={GONE_SECONDS}"
    return _keyed(request, response, keys)


def _keyed(request: HttpRequest, response: HttpResponse, keys: Iterable[str]) -> HttpResponse:
    own = frozenset({SITE, *keys, *request.__dict__.get("shown_keys", ())})
    aside: Aside | None = request.META.get(ASIDE)
    if aside is not None:
        request.META[ASIDE] = aside._replace(own_keys=own)
    response["Surrogate-Key"] = surrogate_key(own | aside.part.keys if aside else own)
    return response


def surrogate_key(keys: Iterable[str]) -> str:
    """The value of the field `Surrogate-Key`."""
    return " ".join(sorted(keys))
