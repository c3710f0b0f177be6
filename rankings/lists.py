"""Reads the lists for pages: what stands now and may be shown at this moment.

Every read joins with `Article.objects.public()`, so that a withdrawn article is gone at the
next request, and goes down the list until it has enough: no hole is left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone

from articles.caching import RANKING, article_key, ranking_key
from articles.models import Article, Section, TopicTeaser, TopicTeaserQuerySet
from articles.prepared import NOW, Prepared, Slot
from rankings.contenders import rankable
from rankings.models import Snapshot, Window
from rankings.placing import Movement, movement
from rankings.topics import diverse

# Beyond this age a list says that it is late.
LATE_AFTER = timedelta(minutes=60)
# A section's own list stands in the sidebar when it has at least this many items.
SECTION_LIST_FROM = 3
# What a sidebar shows of an article. It stands on every page that is made.
_IN_RANKING = (
    *("headline", "headline_phrases", "teaser"),
    *(f"lead_photo__{name}" for name in ("alt", "color", "ladder", "rights_web", "rights_until")),
)
# What the sidebar and the API show of a teaser.
_OF_TEASER = (
    *("headline", "headline_phrases", "teaser", "is_pinned", "topic__name", "topic__slug"),
    *(f"article__{name}" for name in ("headline", "headline_phrases", "teaser", "publish_at")),
    "article__section__slug",
)


@dataclass(frozen=True, slots=True)
class RankedArticle:
    rank: int
    previous_rank: int | None
    movement: Movement
    views: int
    article: Article

    @property
    def is_up(self) -> bool:
        return self.movement in {Movement.UP, Movement.BACK}


@dataclass(frozen=True, slots=True)
class RankingList:
    window: Window
    section: Section | None
    computed_at: datetime | None
    items: Sequence[RankedArticle]
    # The rank of the page's own article when it would stand among the items.
    own_rank: int | None = None
    # The article that stands next: on its own page the list tells its rank.
    next_in_line: int | None = None

    @property
    def is_late(self) -> bool:
        return self.computed_at is not None and timezone.now() - self.computed_at > LATE_AFTER


@dataclass(frozen=True, slots=True)
class Sidebars:
    ranking: RankingList
    topics: Sequence[TopicTeaser]


def address(window: Window, section: Section | None = None) -> str:
    """Where a list stands. Each has one address: the day's, of all sections, the shortest."""
    if section is not None:
        return reverse("ranking_section", args=[window.value, section.slug])
    if window == Window.DAILY:
        return reverse("ranking")
    return reverse("ranking_window", args=[window.value])


def ranking(window: Window, section: Section | None = None, *, limit: int) -> RankingList:
    """The first of a list as readers may see it now, one query."""
    query = _list_query(of_section=section is not None, limit=limit)
    return _ranking_list(window, section, _ask(query, window, section))


def sidebars(
    article: Article | None = None,
    section: Section | None = None,
    shown: Collection[int] = (),
) -> Sidebars:
    """Both lists of a page, decided together: two queries.

    By default no story stands in both, the page's own article in neither and what else the page
    has `shown`, by number, not among the topics.
    """
    own = article.pk if article else None
    listed = _sidebar_ranking(section, own)
    hidden: set[int] = set()
    if not settings.TOPIC_SIDEBAR_ALLOW_REPEATS:
        hidden = {item.article.pk for item in listed.items} | set(shown)
        hidden |= {own} if own else set()
    return Sidebars(listed, topic_teasers(settings.TOPIC_SIDEBAR_ITEMS, hidden=hidden))


def keys_of(listed: RankingList) -> set[str]:
    """The surrogate keys of a page that shows this list."""
    section = listed.section.pk if listed.section else None
    shown = [item.article.pk for item in listed.items]
    if listed.next_in_line is not None:
        shown.append(listed.next_in_line)
    return {RANKING, ranking_key(listed.window, section), *map(article_key, shown)}


def topic_teasers(
    limit: int, *, section: Section | None = None, hidden: Collection[int] = ()
) -> list[TopicTeaser]:
    """The leading teasers, one an article and PER_TOPIC a topic, without `hidden` articles."""
    query = _teaser_query(of_section=section is not None, limit=limit, hidden=len(hidden))
    values = {"now": timezone.now(), "section": section and section.pk}
    values |= {f"hidden{number}": pk for number, pk in enumerate(hidden)}
    return diverse(query(**values), limit)


@cache
def _teaser_query(*, of_section: bool, limit: int, hidden: int) -> Prepared[TopicTeaser]:
    @Prepared
    def query() -> TopicTeaserQuerySet:
        articles = rankable(NOW).exclude(pk__in=[Slot(f"hidden{n}") for n in range(hidden)])
        if of_section:
            articles = articles.filter(section=Slot("section"))
        return (
            TopicTeaser.objects.active(NOW)
            # Each teaser's article by itself: SQLite would first list every public article.
            .filter(Exists(articles.filter(pk=OuterRef("article"))), places__isnull=False)
            .select_related("topic", "article__section")
            .only(*_OF_TEASER)
            .order_by("places__rank")[: 3 * limit]
        )

    return query


@cache
def _list_query(*, of_section: bool, limit: int) -> Prepared[Any]:
    return Prepared(
        lambda: _standing_in(of_section=of_section).select_related("section", "lead_photo")[:limit]
    )


@cache
def _sidebar_query(*, of_section: bool, limit: int) -> Prepared[Any]:
    @Prepared
    def query() -> QuerySet[Article]:
        rows = _standing_in(of_section=of_section).select_related("lead_photo")
        return rows.defer(None).only(*_IN_RANKING)[:limit]

    return query


def _standing_in(*, of_section: bool) -> QuerySet[Article]:
    """Articles of a list that may be shown now, with their place in it, in their order."""
    # As values, not as a join: the key (list, rank) is then read in order and no further than
    # the page needs, and there is less to plan, which takes longer than to read.
    chosen = Snapshot.objects.filter(
        window=Slot("window", CharField()), section=Slot("section") if of_section else None
    ).order_by()
    return (
        rankable(NOW)
        .filter(standings__snapshot=chosen.values("pk")[:1])
        .defer("body", "search_text")
        .annotate(
            place=F("standings__rank"),
            place_before=F("standings__previous_rank"),
            counted_views=F("standings__views"),
            entered_at=F("standings__entered_at"),
            computed_at=Subquery(chosen.values("computed_at")[:1]),
        )
        .order_by("standings__rank")
    )


def _ask(query: Prepared[Any], window: Window, section: Section | None) -> list[Any]:
    return query(window=window.value, section=section and section.pk, now=timezone.now())


def _sidebar_ranking(section: Section | None, own: int | None) -> RankingList:
    """Of the section when its list is long enough, else of the site."""
    limit = settings.RANKING_SIDEBAR_ITEMS
    full = _sidebar_list(section, limit + 1)
    if section is not None and len(full.items) < SECTION_LIST_FROM:
        full = _sidebar_list(None, limit + 1)
    if settings.RANKING_SIDEBAR_ALLOW_REPEATS:
        return replace(full, items=full.items[:limit])
    return replace(
        full,
        next_in_line=next((item.article.pk for item in full.items[limit:]), None),
        items=[item for item in full.items if item.article.pk != own][:limit],
        own_rank=next((item.rank for item in full.items if item.article.pk == own), None),
    )


def _sidebar_list(section: Section | None, limit: int) -> RankingList:
    query = _sidebar_query(of_section=section is not None, limit=limit)
    return _ranking_list(Window.DAILY, section, _ask(query, Window.DAILY, section))


def _ranking_list(window: Window, section: Section | None, rows: Sequence[Any]) -> RankingList:
    return RankingList(
        window,
        section,
        rows[0].computed_at if rows else None,
        [
            RankedArticle(
                rank,
                row.place_before,
                movement(row.place, row.place_before, row.entered_at, row.computed_at),
                row.counted_views,
                row,
            )
            for rank, row in enumerate(rows, start=1)
        ],
    )
