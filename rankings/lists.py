"""Reads the lists for pages: what stands now and may be shown at this moment.

Every read joins with `Article.objects.public()`, so that a withdrawn article is gone at the
next request, and goes down the list until it has enough: no hole is left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet, Subquery
from django.utils import timezone

from articles.caching import RANKING, article_key, ranking_key
from articles.models import Article, Section, TopicTeaser
from rankings.contenders import rankable
from rankings.models import Snapshot, Window
from rankings.placing import Movement, movement
from rankings.topics import diverse

# Beyond this age a list says that it is late.
LATE_AFTER = timedelta(minutes=60)
# A section's own list stands in the sidebar when it has at least this many items.
SECTION_LIST_FROM = 3
# What a sidebar shows of an article. It stands on every page that is made.
_IN_SIDEBAR = (
    *("headline", "headline_phrases", "teaser"),
    *(f"lead_photo__{name}" for name in ("alt", "color", "ladder", "rights_web", "rights_until")),
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

    @property
    def is_late(self) -> bool:
        return self.computed_at is not None and timezone.now() - self.computed_at > LATE_AFTER


@dataclass(frozen=True, slots=True)
class Sidebars:
    ranking: RankingList
    topics: Sequence[TopicTeaser]


def ranking(window: Window, section: Section | None = None, *, limit: int) -> RankingList:
    """The first of a list as readers may see it now, one query."""
    rows = _standing_in(window, section).select_related("section", "lead_photo")
    return _ranking_list(window, section, list(rows[:limit]))


def sidebars(article: Article | None = None, section: Section | None = None) -> Sidebars:
    """Both lists of a page, decided together: two queries.

    By default no story stands in both and the page's own article in neither.
    """
    own = article.pk if article else None
    listed = _sidebar_ranking(section, own)
    hidden: set[int] = set()
    if not settings.TOPIC_SIDEBAR_ALLOW_REPEATS:
        hidden = {item.article.pk for item in listed.items} | ({own} if own else set())
    return Sidebars(listed, topic_teasers(settings.TOPIC_SIDEBAR_ITEMS, hidden=hidden))


def keys_of(listed: RankingList) -> set[str]:
    """The surrogate keys of a page that shows this list."""
    section = listed.section.pk if listed.section else None
    articles = {article_key(item.article.pk) for item in listed.items}
    return {RANKING, ranking_key(listed.window, section), *articles}


def topic_teasers(
    limit: int, *, section: Section | None = None, hidden: Collection[int] = ()
) -> list[TopicTeaser]:
    """The leading teasers, one an article and PER_TOPIC a topic, without `hidden` articles."""
    articles = rankable(timezone.now()).exclude(pk__in=hidden)
    if section is not None:
        articles = articles.filter(section=section)
    rows = (
        TopicTeaser.objects.active()
        .filter(article__in=articles, places__isnull=False)
        .select_related("topic", "article__section")
        .defer("article__body", "article__search_text")
        .order_by("places__rank")
    )
    return diverse(rows[: 3 * limit], limit)


def _standing_in(window: Window, section: Section | None) -> QuerySet[Article]:
    """Articles of a list that may be shown now, with their place in it, in their order."""
    # As values, not as a join: the key (list, rank) is then read in order and no further than
    # the page needs, and there is less to plan, which takes longer than to read.
    chosen = Snapshot.objects.filter(window=window, section=section).order_by()
    return (
        rankable(timezone.now())
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
        items=[item for item in full.items if item.article.pk != own][:limit],
        own_rank=next((item.rank for item in full.items if item.article.pk == own), None),
    )


def _sidebar_list(section: Section | None, limit: int) -> RankingList:
    rows = _standing_in(Window.DAILY, section).select_related("lead_photo")
    rows = rows.defer(None).only(*_IN_SIDEBAR)
    return _ranking_list(Window.DAILY, section, list(rows[:limit]))


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
