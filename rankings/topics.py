"""The list of topics: which teasers lead, decided with the rankings and read like them.

A topic's score is the sum of its articles' views, older hours counting less (half after 12),
an article adding at most ARTICLE_CAP so that one hit does not own a topic. Its best teaser
stands where the sum puts it, the next one where the sum without the first puts it, and so on:
a topic of many read stories leads, and no topic fills the list with its leavings. What the
desk pinned stands before everything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from django.db.models import Q

from articles.caching import TOPICS, refresh
from articles.models import TopicTeaser
from rankings.contenders import hour_of, rankable
from rankings.models import HourBucket, TopicItem

HALF_LIFE_HOURS = 12
HOURS = 48
ARTICLE_CAP = 5_000
# At most so many teasers of one topic in a list; what the desk pinned may be more.
PER_TOPIC = 2
# Kept in order, for pages that leave out what they show already and for topics that are hidden.
DEPTH = 200
# Pages are made anew when one of so many first places has changed.
SEEN_FIRST = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A teaser that may stand in the list, with the decayed views of its article."""

    teaser_id: int
    topic_id: int
    article_id: int
    is_pinned: bool
    # Where the desk put it among the pinned ones of its topic; 0 for the others.
    order: int
    views: float
    newness: tuple[float, int]


@dataclass(frozen=True, slots=True)
class PlacedTeaser:
    teaser_id: int
    score: float


def placed(at: datetime) -> list[PlacedTeaser]:
    """The teasers in their order at a time, DEPTH at most."""
    rows = list(
        TopicTeaser.objects.active()
        .filter(article__in=rankable(at))
        .values_list("pk", "topic_id", "article_id", "is_pinned", "order", "article__publish_at")
    )
    views = decayed_views({row[2] for row in rows}, at)
    return order(
        Candidate(
            *(teaser, topic, article, pinned, place if pinned else 0),
            views=views.get(article, 0.0),
            newness=(when.timestamp(), teaser),
        )
        for teaser, topic, article, pinned, place, when in rows
        if when is not None
    )[:DEPTH]


def decayed_views(article_ids: Iterable[int], at: datetime) -> dict[int, float]:
    now = hour_of(at)
    views: dict[int, float] = defaultdict(float)
    rows = HourBucket.objects.filter(
        Q(article_id__in=list(article_ids)), hour__gt=now - HOURS, hour__lte=now
    ).values_list("article_id", "hour", "views")
    for article_id, hour, count in rows:
        views[article_id] += count * 0.5 ** ((now - hour) / HALF_LIFE_HOURS)
    return views


def order(candidates: Iterable[Candidate]) -> list[PlacedTeaser]:
    """Teasers by pin, by what is left of their topic's sum, by hand, by views, by newness.

    What a page passes over, a crowded topic's further teasers and an article's second one,
    stands at the end, where it waits for those before it to leave.
    """
    topics: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        topics[candidate.topic_id].append(candidate)
    scored = []
    for members in topics.values():
        members.sort(key=lambda c: (c.is_pinned, -c.order, c.views, c.newness), reverse=True)
        left = sum(min(member.views, ARTICLE_CAP) for member in members)
        for member in members:
            keys = (member.is_pinned, left, -member.order, member.views, member.newness)
            scored.append((*keys, member))
            left -= min(member.views, ARTICLE_CAP)
    scored.sort(key=lambda row: row[:5], reverse=True)
    first = diverse((member for *_, member in scored), len(scored))
    chosen = {member.teaser_id for member in first}
    waiting = [row for row in scored if row[5].teaser_id not in chosen]
    leading = [row for row in scored if row[5].teaser_id in chosen]
    return [PlacedTeaser(row[5].teaser_id, row[1]) for row in leading + waiting]


def topic_scores(at: datetime) -> dict[int, float]:
    """The score of every topic that has teasers to show."""
    rows = list(
        TopicTeaser.objects.active()
        .filter(article__in=rankable(at))
        .values_list("topic_id", "article_id")
    )
    views = decayed_views({article for _, article in rows}, at)
    scores: dict[int, float] = defaultdict(float)
    for topic, article in set(rows):
        scores[topic] += min(views.get(article, 0.0), ARTICLE_CAP)
    return scores


def swap(teasers: list[PlacedTeaser], at: datetime) -> None:
    """Puts the order in place of the old one; call it in a transaction."""
    before = TopicItem.objects.order_by("rank").values_list("teaser_id", flat=True)
    if list(before[:SEEN_FIRST]) != [item.teaser_id for item in teasers[:SEEN_FIRST]]:
        refresh([TOPICS])
    TopicItem.objects.all().delete()
    TopicItem.objects.bulk_create(
        [
            TopicItem(rank=rank, teaser_id=item.teaser_id, score=item.score, computed_at=at)
            for rank, item in enumerate(teasers, start=1)
        ]
    )


class InTopic(Protocol):
    """What the rule of diversity asks of a teaser."""

    @property
    def topic_id(self) -> int: ...
    @property
    def article_id(self) -> int: ...
    @property
    def is_pinned(self) -> bool: ...


Teaser = TypeVar("Teaser", bound=InTopic)


def diverse(teasers: Iterable[Teaser], limit: int) -> list[Teaser]:
    """The first teasers of which no two show one article and no topic has too many."""
    chosen: list[Teaser] = []
    articles: set[int] = set()
    of_topic: Counter[int] = Counter()
    for teaser in teasers:
        if len(chosen) == limit:
            break
        crowded = of_topic[teaser.topic_id] >= PER_TOPIC and not teaser.is_pinned
        if teaser.article_id in articles or crowded:
            continue
        chosen.append(teaser)
        articles.add(teaser.article_id)
        of_topic[teaser.topic_id] += 1
    return chosen
