"""Which articles stand under 関連記事."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from articles.models import (
    Article,
    ArticleQuerySet,
    RelatedArticle,
    TaggedArticle,
    TopicTeaser,
)
from articles.prepared import NOW, Prepared, Slot

RELATED_ITEMS = 6
# In the form: so many are offered, of so many that are looked at.
SUGGESTED_ITEMS = 6
MOST_SUGGESTED = 24
MOST_TAGS = 20
# How many of a topic's or tag's newest members are looked at: a bound on the cost, whatever
# the size of the archive.
_LOOKED_AT = 60


def related_articles(
    article: Article, tags: Sequence[int], at: datetime | None = None
) -> list[Article]:
    """Articles to read next that are public at a time (default: now), best first, in one query.

    `tags` are the article's. Those chosen by hand come in their order, then those
    of the same topics, then those that share tags, then the newest of the section and of the site.
    """
    return _ask(article.pk, article.section_id, tags, RELATED_ITEMS, at)


def suggested_articles(
    article: int, section: int, tags: Sequence[int], chosen: Collection[int]
) -> list[Article]:
    """What an editor may put under 関連記事 by hand, best first; `chosen` is there already.

    For an article that is not stored yet `article` is 0. Each says why it is here:
    `is_of_topic`, `shared_tags`, `is_of_section`.
    """
    found = _ask(article, section, tags[:MOST_TAGS], MOST_SUGGESTED)
    return [item for item in found if item.pk not in chosen][:SUGGESTED_ITEMS]


def _ask(
    article: int, section: int, tags: Sequence[int], limit: int, at: datetime | None = None
) -> list[Article]:
    values = {f"tag{place}": tag for place, tag in enumerate(tags)}
    query = _query(len(tags), limit)
    return query(article=article, section=section, now=at or timezone.now(), **values)


@cache
def _query(tags_in_all: int, limit: int) -> Prepared[Article]:
    slots = [Slot(f"tag{place}") for place in range(tags_in_all)]
    return Prepared(lambda: _related(slots, limit))


def _related(tags: list[Slot], limit: int) -> ArticleQuerySet:
    # The tags are values and not a subquery: the database then knows whether they are rare.
    article, section = Slot("article"), Slot("section")
    others = Article.objects.public(NOW).exclude(pk=article)
    topics = TopicTeaser.objects.filter(article=article, topic__is_active=True).values("topic")
    teasers = TopicTeaser.objects.filter(topic__in=topics).order_by("-id")[:_LOOKED_AT]
    tagged = TaggedArticle.objects.filter(tag__pk__in=tags).order_by("-content_object")[:_LOOKED_AT]
    by_hand = RelatedArticle.objects.filter(article=article)
    return (
        others.among(
            others.filter(pk__in=by_hand.values("other")),
            others.filter(pk__in=teasers.values("article")).newest()[:limit],
            others.filter(pk__in=tagged.values("content_object")).newest()[:limit],
            others.filter(section=section).newest()[:limit],
            others.newest()[:limit],
        )
        .annotate(
            hand_order=Subquery(by_hand.filter(other=OuterRef("pk")).values("order")[:1]),
            is_of_topic=Exists(
                TopicTeaser.objects.filter(article=OuterRef("pk"), topic__in=topics)
            ),
            shared_tags=Coalesce(
                Subquery(
                    TaggedArticle.objects.filter(content_object=OuterRef("pk"), tag__pk__in=tags)
                    .order_by()
                    .values("content_object")
                    .annotate(number=Count("pk"))
                    .values("number"),
                    output_field=IntegerField(),
                ),
                0,
            ),
            is_of_section=Q(section=section),
        )
        .order_by(
            F("hand_order").asc(nulls_last=True),
            "-is_of_topic",
            "-shared_tags",
            "-is_of_section",
            "-publish_at",
            "-id",
        )
        .for_lists()[:limit]
    )
