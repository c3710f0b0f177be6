"""Which articles stand under 関連記事."""

from __future__ import annotations

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from articles.models import (
    Article,
    ArticleQuerySet,
    RelatedArticle,
    TaggedArticle,
    TopicTeaser,
)

RELATED_ITEMS = 6
# How many of a topic's or tag's newest members are looked at: a bound on the cost, whatever
# the size of the archive.
_LOOKED_AT = 60


def related_articles(article: Article) -> ArticleQuerySet:
    """Public articles to read next, best first, in one query.

    Those chosen by hand in their order, then those of the same topics, then those that share
    tags, then the newest of the section and of the site.
    """
    others = Article.objects.public().exclude(pk=article.pk)
    topics = TopicTeaser.objects.filter(article=article, topic__is_active=True).values("topic")
    teasers = TopicTeaser.objects.filter(topic__in=topics).order_by("-id")[:_LOOKED_AT]
    tags = TaggedArticle.objects.filter(content_object=article).values("tag")
    tagged = TaggedArticle.objects.filter(tag__in=tags).order_by("-content_object")[:_LOOKED_AT]
    by_hand = RelatedArticle.objects.filter(article=article)
    return (
        others.among(
            others.filter(pk__in=by_hand.values("other")),
            others.filter(pk__in=teasers.values("article")).newest()[:RELATED_ITEMS],
            others.filter(pk__in=tagged.values("content_object")).newest()[:RELATED_ITEMS],
            others.filter(section=article.section_id).newest()[:RELATED_ITEMS],
            others.newest()[:RELATED_ITEMS],
        )
        .annotate(
            hand_order=Subquery(by_hand.filter(other=OuterRef("pk")).values("order")[:1]),
            is_of_topic=Exists(
                TopicTeaser.objects.filter(article=OuterRef("pk"), topic__in=topics)
            ),
            shared_tags=Coalesce(
                Subquery(
                    TaggedArticle.objects.filter(content_object=OuterRef("pk"), tag__in=tags)
                    .order_by()
                    .values("content_object")
                    .annotate(number=Count("pk"))
                    .values("number"),
                    output_field=IntegerField(),
                ),
                0,
            ),
            is_of_section=Q(section=article.section_id),
        )
        .order_by(
            F("hand_order").asc(nulls_last=True),
            "-is_of_topic",
            "-shared_tags",
            "-is_of_section",
            "-publish_at",
            "-id",
        )
        .for_lists()[:RELATED_ITEMS]
    )
