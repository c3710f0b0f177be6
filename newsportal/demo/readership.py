"""Thirty days of readers for articles: hour buckets with a daily rhythm, made up but steady."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from typing import TypeVar

from articles.models import Article
from rankings.models import HourBucket

Row = TypeVar("Row")

# Share of a day's readers in each hour of the Japanese day: breakfast, lunch, evening.
RHYTHM = (
    1.4, 0.8, 0.5, 0.4, 0.5, 1.2, 3.2, 6.4, 6.6, 4.6, 3.8, 4.0,
    7.2, 5.2, 3.8, 3.6, 3.9, 4.8, 6.2, 6.6, 6.8, 7.4, 6.0, 3.1,
)  # fmt: skip
_MEAN = sum(RHYTHM) / 24
JST_HOURS = 9
# Views an hour of an article that is found anew, at least.
REVIVED = 30.0


@dataclass(frozen=True)
class Interest:
    """How much an article is read: views in its first hour, and hours until half are lost."""

    first: float
    half_life: float
    # An hour (UTC epoch hours) in which it is found anew, for 急上昇.
    revival: int | None = None


def views_by_hour(
    interest: Interest, published: int, last: int, rng: Random
) -> Iterator[tuple[int, int]]:
    """(hour, views) for every hour with readers, from the hour of publication to the last."""
    for hour in range(published, last + 1):
        expected = interest.first * 0.5 ** ((hour - published) / interest.half_life)
        # Search and links keep a trickle alive when the news is old.
        expected += interest.first * 0.004
        expected *= RHYTHM[(hour + JST_HOURS) % 24] / _MEAN
        if interest.revival is not None and hour >= interest.revival:
            # Whoever links to it may do so at night: 急上昇 is never empty.
            expected += max(interest.first * 0.6, REVIVED)
        views = poisson(expected, rng)
        if views:
            yield hour, views


def interests(count: int, last: int, rng: Random) -> list[Interest]:
    """Interests of `count` articles, newest first: a few are read by all, most by some."""
    found = []
    for rank in range(count):
        strength = rng.lognormvariate(3.4, 0.75) * (1.0 if rank else 1.6)
        # One article in sixteen is rediscovered in the last two hours.
        revival = last - 1 if rank % 16 == 11 else None
        found.append(Interest(strength, rng.uniform(14, 60), revival))
    return found


def poisson(mean: float, rng: Random) -> int:
    """A Poisson number: Knuth's method for small means, the normal curve for large ones."""
    if mean > 30:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, number = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        number += 1
    return number


def epoch_hour(at: datetime) -> int:
    return int(at.timestamp()) // 3600


def write(articles: Iterable[Article], now: datetime, *, seed: int = 20) -> int:
    """Writes the views of articles (newest first) up to and with the hour of `now`.

    Returns the number of hour buckets. The rankings follow from `rebuild_rankings`.
    """
    rng = Random(seed)
    last = epoch_hour(now)
    rows = list(articles)
    pairs = (
        (hour, article.pk, views)
        for article, interest in zip(rows, interests(len(rows), last, rng), strict=True)
        if article.publish_at
        for hour, views in views_by_hour(interest, epoch_hour(article.publish_at), last, rng)
    )
    written = 0
    for batch in batched(pairs, 5000):
        HourBucket.objects.bulk_create([bucket(*row) for row in batch])
        written += len(batch)
    return written


def bucket(hour: int, article_id: int, views: int) -> HourBucket:
    """An hour with the numbers that go with so many counted views."""
    return HourBucket(
        hour=hour,
        article_id=article_id,
        views=views,
        visitors=max(1, round(views * 0.82)),
        raw=round(views * 1.27),
        reads=round(views * 0.46),
        seconds=views * 68,
        top_network=1 + views // 10,
    )


def batched(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """Rows in lists of at most `size`."""
    iterator = iter(rows)
    while batch := list(islice(iterator, size)):
        yield batch
