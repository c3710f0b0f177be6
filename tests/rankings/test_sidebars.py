from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from articles.models import Article
from rankings.models import Snapshot
from rankings.ranking import compute
from tests.factories import ArticleFactory, SectionFactory, TopicFactory, TopicTeaserFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


def shown(article=None, section=None) -> str:
    template = Template("{% load rankings %}{% sidebars article=article section=section %}")
    request = RequestFactory().get("/")
    return template.render(Context({"request": request, "article": article, "section": section}))


def ids(html: str, block: str) -> list[int]:
    """Article ids in the ranking ("rank") or the topics ("topic"), in their order."""
    part = re.search(rf'class="{block}".*?</[ou]l>', html, re.DOTALL)
    return [int(pk) for pk in re.findall(r'href="/articles/(\d+)/"', part[0])] if part else []


def newsroom(count: int, teasers: bool = True) -> list[Article]:
    """Articles with views in their order, the first most read, each in a topic of its own."""
    articles = ArticleFactory.create_batch(count)
    for place, article in enumerate(articles):
        read(article, 100 - place)
        if teasers:
            TopicTeaserFactory(article=article)
    compute()
    return articles


def test_five_of_the_ranking_and_eight_topics_without_a_story_twice():
    articles = newsroom(14)

    html = shown()

    assert ids(html, "rank") == [article.pk for article in articles[:5]]
    assert ids(html, "topic") == [article.pk for article in articles[5:13]]


def test_the_page_of_an_article_lists_it_nowhere():
    articles = newsroom(14)

    html = shown(articles[1])

    assert ids(html, "rank") == [articles[i].pk for i in (0, 2, 3, 4, 5)]
    assert articles[1].pk not in ids(html, "topic")
    assert len(ids(html, "topic")) == 8
    assert "この記事は現在2位です" in html


def test_repeats_can_be_allowed(settings):
    settings.TOPIC_SIDEBAR_ALLOW_REPEATS = True
    settings.RANKING_SIDEBAR_ALLOW_REPEATS = True
    articles = newsroom(9)

    html = shown(articles[0])

    assert ids(html, "rank") == ids(html, "topic")[:5] == [a.pk for a in articles[:5]]


def test_a_withdrawn_article_is_gone_at_once_and_the_lists_are_full(client):
    articles = newsroom(15)
    Article.objects.filter(pk__in=[articles[0].pk, articles[7].pk]).update(
        status="withdrawn", withdrawn_at=timezone.now()
    )

    html = shown()

    assert ids(html, "rank") == [article.pk for article in articles[1:6]]
    assert len(ids(html, "topic")) == 8
    assert articles[7].pk not in ids(html, "topic")
    assert re.findall(r'class="no">(\d)', html) == ["1", "2", "3", "4", "5"]


def test_nothing_is_shown_without_items():
    assert shown().strip() == ""


def test_a_section_shows_its_own_list_when_it_is_long_enough():
    sport = SectionFactory(name="スポーツ", slug="sport")
    newsroom(4, teasers=False)
    own = ArticleFactory.create_batch(2, section=sport)
    for article in own:
        read(article, 1)
    compute()
    assert len(ids(shown(section=sport), "rank")) == 5

    read(ArticleFactory(section=sport), 1)
    compute()

    assert len(ids(shown(section=sport), "rank")) == 3
    assert "/ranking/daily/sport/" in shown(section=sport)


def test_movement_is_told_in_words():
    days_ago = timezone.now() - timedelta(days=2)
    first, second, third = ArticleFactory.create_batch(3, publish_at=days_ago)
    for article, views in ((first, 9), (second, 6), (third, 3)):
        read(article, views)
    compute(timezone.now() - timedelta(hours=2))
    read(third, 30)
    read(ArticleFactory(), 1)

    compute()

    html = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", shown()))
    assert "1 ↑ 上昇（前回3位）" in html
    assert "2 ↓ 下降（前回1位）" in html
    assert "4 初登場" in html


def test_an_old_list_says_that_it_is_late():
    newsroom(3)
    assert "集計が遅れています" not in shown()

    Snapshot.objects.update(computed_at=timezone.now() - timedelta(minutes=61))

    assert "集計が遅れています" in shown()


def test_the_time_of_computing_is_japans():
    newsroom(1, teasers=False)
    Snapshot.objects.update(computed_at="2026-11-23T04:50:00Z")

    assert '<time datetime="2026-11-23T13:50:00+09:00">' in shown()


def test_both_lists_take_two_queries(django_assert_num_queries):
    articles = newsroom(14)
    shown()

    with django_assert_num_queries(2):
        shown(articles[0])
    with django_assert_num_queries(2):
        shown(section=articles[0].section)


def test_a_headline_is_text_and_not_markup():
    article = ArticleFactory(headline="<b>大雪</b>の朝", teaser="<i>寒い</i>")
    read(article, 3)
    TopicTeaserFactory(topic=TopicFactory(name="<u>冬</u>"), article=ArticleFactory())
    compute()

    html = shown()

    assert not re.search(r"<[biu]>", html)
    assert "&lt;i&gt;寒い" in html


def test_the_page_carries_the_keys_of_what_its_sidebars_show(client):
    ranked, told = ArticleFactory(), TopicTeaserFactory()
    read(ranked, 3)
    compute()
    # A page that shows no article but those.
    keys = client.get("/search/", {"q": "どこにもない言葉"})["Surrogate-Key"].split()
    shown = {f"article-{ranked.pk}", f"article-{told.article_id}"}
    assert shown | {"ranking", "ranking-daily", "topics"} <= set(keys)
