from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from articles.models import Article
from rankings.models import SnapshotItem, Window
from rankings.ranking import compute
from rankings.rebuilding import disagreements
from rankings.turns import epoch_hour
from tests.factories import ArticleFactory, SectionFactory
from tests.rankings.beacons import PHONE, Door, drain
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


def order(window=Window.DAILY, section=None):
    items = SnapshotItem.objects.filter(snapshot__window=window, snapshot__section=section)
    return [item.article_id for item in items.order_by("rank")]


def test_every_window_orders_by_its_own_views():
    now = timezone.now()
    fresh, weekly, old = ArticleFactory.create_batch(3, publish_at=now - timedelta(days=60))
    read(fresh, 5)
    read(weekly, 9, at=now - timedelta(days=3))
    read(old, 20, at=now - timedelta(days=40))

    report = compute()

    assert order(Window.HOURLY) == order(Window.DAILY) == [fresh.pk]
    assert order(Window.WEEKLY) == order(Window.MONTHLY) == [weekly.pk, fresh.pk]
    assert order(Window.ALL) == [old.pk, weekly.pk, fresh.pk]
    assert report.lists == 7 * 2
    assert not report.skipped


@pytest.mark.parametrize(("weight", "first"), [(0, "opened"), (2, "read_through")])
def test_reading_to_the_end_can_weigh(client, settings, weight, first):
    """Seven opened one story and none read it; five opened the other and two read it."""
    settings.RANKING_READ_WEIGHT = weight
    now = timezone.now()
    stories = dict(zip(("opened", "read_through"), ArticleFactory.create_batch(2), strict=True))
    door = Door()
    # Yesterday in Japan as well as in the last hour.
    for at in (timezone.localtime(now).replace(hour=0) - timedelta(hours=2), now):
        with time_machine.travel(at, tick=False):
            for number in range(7):
                door.view(stories["opened"], agent=f"{PHONE} {number}")
                door.leave(stories["opened"], 3, 20, agent=f"{PHONE} {number}")
            for number in range(5):
                door.view(stories["read_through"], agent=f"{PHONE} {number}")
                door.leave(
                    stories["read_through"], 60, 95 if number < 2 else 50, agent=f"{PHONE} {number}"
                )
            drain()
    with time_machine.travel(now, tick=False):
        compute()
        assert disagreements(epoch_hour(now.timestamp())) == []
        said = client.get("/ranking/").text

    for window in set(Window) - {Window.RISING}:
        assert order(window)[0] == stories[first].pk, window
        assert len(order(window)) == 2
    # What is told stays the views.
    listed = SnapshotItem.objects.filter(snapshot__window=Window.YESTERDAY, snapshot__section=None)
    assert set(listed.values_list("views", flat=True)) == {5, 7}
    assert ("さらに2回分" in said) == bool(weight)


def test_reads_of_views_that_do_not_count_rank_nobody(settings):
    settings.RANKING_READ_WEIGHT = 5
    article = ArticleFactory()
    Door().leave(article, 60, 95)
    drain()

    compute()

    assert order() == []


def test_each_section_has_its_lists():
    economy = SectionFactory(name="経済", slug="economy")
    local, market = ArticleFactory(), ArticleFactory(section=economy)
    read(local, 9)
    read(market, 3)

    compute()

    assert order() == [local.pk, market.pk]
    assert order(section=economy) == [market.pk]


def test_ties_go_to_visitors_then_the_newer_then_the_id():
    now = timezone.now()
    few, older = ArticleFactory.create_batch(2, publish_at=now - timedelta(hours=2))
    newer, newer_too = ArticleFactory.create_batch(2, publish_at=now - timedelta(hours=1))
    for article in (few, older, newer, newer_too):
        read(article, 4, visitors=1 if article is few else 4)

    compute()

    assert order() == [newer_too.pk, newer.pk, older.pk, few.pk]


@pytest.mark.parametrize(
    "change",
    [
        {"status": Article.Status.DRAFT},
        {"noindex": True},
        {"is_sensitive": True},
        {"unpublish_at": timezone.now() - timedelta(minutes=1)},
        {"embargo_until": timezone.now() + timedelta(days=1)},
    ],
)
def test_what_readers_should_not_see_is_not_ranked(change):
    hidden, shown = ArticleFactory.create_batch(2)
    read(hidden, 9)
    read(shown, 1)
    Article.objects.filter(pk=hidden.pk).update(**change)

    compute()

    assert order() == [shown.pk]


def test_a_list_remembers_how_it_stood():
    first, second = ArticleFactory.create_batch(2)
    read(first, 9)
    read(second, 4)
    compute()
    read(second, 9)
    newcomer = ArticleFactory()
    read(newcomer, 1)

    compute()

    items = SnapshotItem.objects.filter(snapshot__window="daily", snapshot__section=None)
    ranks = items.order_by("rank").values_list("article_id", "rank", "previous_rank", "views")
    assert list(ranks) == [
        (second.pk, 1, 2, 13),
        (first.pk, 2, 1, 9),
        (newcomer.pk, 3, None, 1),
    ]


def test_articles_of_nobody_and_deleted_ones_do_not_stop_a_pass():
    article = ArticleFactory()
    read(article, 3)
    compute()
    article.delete()
    other = ArticleFactory()
    read(other, 1)

    compute()

    assert order() == [other.pk]
