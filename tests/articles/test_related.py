from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, RelatedArticle
from articles.reading import tags_of
from articles.related import RELATED_ITEMS, related_articles
from tests.factories import ArticleFactory, SectionFactory, TopicFactory, TopicTeaserFactory

pytestmark = pytest.mark.django_db


def related_to(article):
    return related_articles(article, [tag.pk for tag in tags_of(article)])


def aged(hours, **fields):
    return ArticleFactory(publish_at=timezone.now() - timedelta(hours=hours), **fields)


def test_by_hand_then_topic_then_tags_then_section_then_newest():
    world = SectionFactory(name="国際", slug="world")
    life = SectionFactory(name="くらし", slug="life")
    article = aged(1)
    article.tags.set(["港", "灯台"])
    topic = TopicFactory()
    TopicTeaserFactory(topic=topic, article=article)
    newest = aged(2, section=life)
    of_section = aged(3, section=article.section)
    of_tag = aged(4, section=world)
    of_tag.tags.set(["港"])
    of_tags = aged(5, section=world)
    of_tags.tags.set(["港", "灯台"])
    of_topic = aged(6, section=life)
    TopicTeaserFactory(topic=topic, article=of_topic)
    second, first = aged(2000, section=world), aged(3000, section=world)
    RelatedArticle.objects.create(article=article, other=second, order=2)
    RelatedArticle.objects.create(article=article, other=first, order=1)

    assert related_to(article) == [
        first, second, of_topic, of_tags, of_tag, of_section,
    ]  # fmt: skip
    assert newest not in related_to(article)


def test_is_one_query_and_never_more_than_six(django_assert_num_queries):
    article = aged(1)
    for hours in range(2, 12):
        RelatedArticle.objects.create(article=article, other=aged(hours))
    with django_assert_num_queries(1):
        related = related_articles(article, [])
    assert len(related) == RELATED_ITEMS
    assert article not in related


def test_only_public_ones_however_they_are_chosen():
    article = aged(1)
    article.tags.set(["港"])
    topic = TopicFactory()
    TopicTeaserFactory(topic=topic, article=article)
    hidden = aged(2, status=Article.Status.DRAFT)
    hidden.tags.set(["港"])
    TopicTeaserFactory(topic=topic, article=hidden)
    RelatedArticle.objects.create(article=article, other=hidden)
    assert related_to(article) == []


def test_an_inactive_topic_relates_nothing():
    article = aged(1)
    topic = TopicFactory(is_active=False)
    TopicTeaserFactory(topic=topic, article=article)
    old = aged(90, section=SectionFactory(name="国際", slug="world"))
    TopicTeaserFactory(topic=topic, article=old)
    newer = aged(2)
    assert related_to(article) == [newer, old]
