"""読者の画面: what readers see where, and how each place does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from articles.front import front
from articles.models import Article, FrontSlot
from rankings import lists
from rankings.lists import RankedArticle
from rankings.readership import Lately, lately


@dataclass
class Place:
    """One line of the page: a place, what stands there, and its readers."""

    name: str
    article: Article
    headline: str
    by_hand: bool = False
    item: RankedArticle | None = None
    views: Lately = field(default_factory=Lately)


@dataclass
class Area:
    """A part of the readers' page; `address` is where the desk changes it."""

    title: str
    places: list[Place]
    address: str = ""

    @property
    def hour(self) -> int:
        return sum(place.views.hour for place in self.places)


def screen() -> dict[str, Any]:
    """What the home page shows at this moment, with the views of each place."""
    now = timezone.now()
    shown = front()
    numbers = {article.pk for article in shown}
    beside = lists.sidebars(shown=numbers)
    slots = [
        Place(_place_name(area, number), article, article.headline, article.pk in shown.by_hand)
        for (area, number), article in shown.places()
        if article is not None
    ]
    areas = [
        Area("トップと主なニュース", slots, "admin:articles_frontslot_changelist"),
        Area("新着", _numbered(shown.latest)),
        *(Area(str(section), _numbered(articles)) for section, articles in shown.blocks),
        Area(
            "アクセスランキング（24時間）",
            [
                Place(f"{item.rank}位", item.article, item.article.headline, item=item)
                for item in beside.ranking.items
            ],
            "admin:rankings_snapshot_changelist",
        ),
        Area(
            "トピック",
            [
                Place(str(teaser.topic), teaser.article, teaser.shown_headline, teaser.is_pinned)
                for teaser in beside.topics
            ],
            "admin:articles_topic_changelist",
        ),
    ]
    _count(areas, now)
    return {
        "areas": [area for area in areas if area.places],
        "now": now,
        "is_late": beside.ranking.is_late,
    }


def _count(areas: Iterable[Area], now: Any) -> None:
    places = [place for area in areas for place in area.places]
    views = lately({place.article.pk for place in places}, now)
    for place in places:
        place.views = views.get(place.article.pk, place.views)


def _place_name(area: str, number: int) -> str:
    return FrontSlot(area=area, place=number).place_name


def _numbered(articles: Iterable[Article]) -> list[Place]:
    return [
        Place(str(number), article, article.headline)
        for number, article in enumerate(articles, start=1)
    ]
