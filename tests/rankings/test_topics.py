from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from rankings import lists, topics
from rankings.ranking import compute
from tests.factories import ArticleFactory, TopicFactory, TopicTeaserFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


def teaser(views: int = 0, **columns):
    made = TopicTeaserFactory(**columns)
    if views:
        read(made.article, views)
    return made


def test_pinned_first_then_views_then_the_newest():
    now = timezone.now()
    quiet = teaser(article=ArticleFactory(publish_at=now - timedelta(hours=5)))
    quiet_but_new = teaser(article=ArticleFactory(publish_at=now - timedelta(hours=2)))
    read_most = teaser(9)
    pinned = teaser(1, is_pinned=True)
    compute()

    assert lists.topic_teasers(8) == [pinned, read_most, quiet_but_new, quiet]


def test_pinned_ones_of_a_topic_stand_as_the_desk_put_them():
    topic = TopicFactory()
    second = teaser(9, topic=topic, is_pinned=True, order=2)
    third = teaser(0, topic=topic, is_pinned=True, order=3)
    first = teaser(0, topic=topic, is_pinned=True, order=1)
    fourth = teaser(0, topic=topic, is_pinned=True, order=4)
    compute()

    assert lists.topic_teasers(8) == [first, second, third, fourth]


def test_only_active_teasers_of_public_articles():
    now = timezone.now()
    teaser(topic=TopicFactory(is_active=False))
    teaser(ends_at=now - timedelta(minutes=1))
    teaser(starts_at=now + timedelta(minutes=1))
    teaser(article=ArticleFactory(status="draft"))
    teaser(article=ArticleFactory(is_sensitive=True))
    shown = teaser()
    compute()

    assert lists.topic_teasers(8) == [shown]


def test_a_topic_that_is_hidden_later_is_gone_at_once():
    hidden, shown = teaser(9), teaser(1)
    compute()
    hidden.topic.is_active = False
    hidden.topic.save()

    assert lists.topic_teasers(8) == [shown]


def test_own_words_stand_before_the_articles():
    with_words = teaser(5, headline="冬の港で", teaser="灯台の朝。")
    without = teaser(1)
    compute()

    first, second = lists.topic_teasers(8)

    assert (first.shown_headline, first.shown_teaser) == ("冬の港で", "灯台の朝。")
    assert second.shown_headline == without.article.headline
    assert with_words == first


def test_an_article_in_two_topics_stands_once():
    article = ArticleFactory()
    teaser(5, article=article)
    teaser(article=article)
    compute()

    assert len(lists.topic_teasers(8)) == 1


def test_a_topic_has_two_places_at_most_unless_the_desk_pins_more():
    winter = TopicFactory()
    of_winter = [teaser(50 - i, topic=winter) for i in range(4)]
    others = [teaser(5 - i) for i in range(3)]
    compute()

    assert lists.topic_teasers(8) == [*of_winter[:2], *others]

    for item in of_winter:
        item.is_pinned = True
        item.save()
    compute()

    assert lists.topic_teasers(8) == [*of_winter, *others]


def test_many_read_stories_lead_before_one_hit(monkeypatch):
    monkeypatch.setattr(topics, "ARTICLE_CAP", 100)
    hit = teaser(10_000)
    series = TopicFactory()
    stories = [teaser(90 - i, topic=series) for i in range(5)]
    compute()

    assert lists.topic_teasers(8) == [stories[0], stories[1], hit]


def test_older_views_count_less():
    now = timezone.now()
    yesterday, today = TopicTeaserFactory.create_batch(2)
    read(yesterday.article, 20, at=now - timedelta(hours=30))
    read(today.article, 10, at=now)
    compute()

    assert lists.topic_teasers(8) == [today, yesterday]


def test_the_list_goes_on_behind_crowded_topics():
    winter = TopicFactory()
    for i in range(40):
        teaser(100 - i, topic=winter)
    others = [teaser(1) for _ in range(6)]
    compute()

    assert {item.pk for item in lists.topic_teasers(8)[2:]} == {item.pk for item in others}
