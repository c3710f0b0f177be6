from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from articles.models import Invalidation
from rankings.models import Debut, PastSnapshot, Snapshot, SnapshotItem, Window, WindowTotal
from rankings.ranking import compute
from tests.factories import ArticleFactory, SectionFactory, TopicTeaserFactory
from tests.outbox import invalidated
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


def site_list(window=Window.DAILY):
    return Snapshot.objects.get(window=window, section=None)


def test_the_command_says_what_it_did():
    read(ArticleFactory(), 3)

    said = call_command("compute_rankings")

    assert said.startswith("ランキング14表（")
    assert SnapshotItem.objects.exists()


def test_without_sections_and_articles_there_is_nothing_and_no_error():
    assert "ランキング7表（0項目" in call_command("compute_rankings")


def test_an_unchanged_list_is_not_written_again():
    read(ArticleFactory(), 3)
    compute()
    before = PastSnapshot.objects.count()
    later = timezone.now() + timedelta(seconds=40)

    report = compute(later)

    assert report.changed == 0
    assert PastSnapshot.objects.count() == before
    assert site_list().computed_at == later
    assert site_list().generation == 2


def test_the_past_of_a_list_is_kept_in_its_orders():
    first, second = ArticleFactory.create_batch(2)
    read(first, 2)
    compute(timezone.now() - timedelta(minutes=5))
    read(second, 9)
    compute()

    past = PastSnapshot.objects.filter(snapshot=site_list()).order_by("stood_from")

    assert [row.article_ids for row in past] == [[first.pk], [second.pk, first.pk]]
    assert past[1].views == [9, 2]


def test_a_pass_that_began_earlier_does_not_overwrite_a_later_one():
    read(ArticleFactory(), 2)
    now = timezone.now()
    compute(now)

    report = compute(now - timedelta(seconds=2))

    assert report.skipped
    assert site_list().computed_at == now
    assert "ほかの処理" in str(report)


def test_a_clock_that_was_set_back_does_not_stop_the_lists():
    read(ArticleFactory(), 2)
    compute(timezone.now() + timedelta(hours=3))

    assert not compute().skipped


def test_fifty_places_at_most():
    for _ in range(53):
        read(ArticleFactory(), 2)

    compute()

    assert site_list().items.count() == 50


def test_a_section_that_is_new_gets_its_lists_and_one_that_goes_takes_them_along():
    compute()
    section = SectionFactory(slug="new", name="新しい分野")
    compute()
    assert Snapshot.objects.filter(section=section).count() == len(Window)

    section.delete()

    assert compute().lists == len(Window)


def test_an_article_that_returns_to_a_list_is_not_new():
    now = timezone.now()
    article = ArticleFactory(publish_at=now - timedelta(days=3))
    read(ArticleFactory(publish_at=now - timedelta(days=3)), 5)
    compute(now - timedelta(hours=30))
    read(article, 3, at=now - timedelta(hours=28))
    compute(now - timedelta(hours=28))
    SnapshotItem.objects.filter(article=article).delete()
    compute(now)

    item = SnapshotItem.objects.get(snapshot=site_list(Window.WEEKLY), article=article)

    assert item.entered_at == now - timedelta(hours=28)


def test_old_orders_are_thinned_out_and_then_forgotten():
    read(ArticleFactory(), 2)
    compute()
    listed = site_list()
    PastSnapshot.objects.all().delete()
    now = timezone.now().replace(minute=30)
    ages = [timedelta(days=36), timedelta(hours=30), timedelta(hours=30, minutes=-5)]
    ages += [timedelta(hours=28), timedelta(minutes=10), timedelta(minutes=5)]
    for age in ages:
        PastSnapshot.objects.create(snapshot=listed, stood_from=now - age)
    Debut.objects.all().update(entered_at=now - timedelta(days=40))

    with time_machine.travel(now, tick=False):
        said = call_command("prune_rankings")

    kept = [now - row.stood_from for row in PastSnapshot.objects.order_by("stood_from")]
    assert kept == [ages[1], ages[3], ages[4], ages[5]]
    assert said == "過去のランキングを2件消しました。"
    assert not Debut.objects.exists()


def test_rising_is_measured_against_the_articles_own_day():
    now = timezone.now()
    steady, rising, noise = ArticleFactory.create_batch(3, publish_at=now - timedelta(days=3))
    for hours in range(1, 23):
        read(steady, 50, at=now - timedelta(hours=hours))
        read(rising, 2, at=now - timedelta(hours=hours))
    read(steady, 50)
    read(rising, 40)
    read(noise, 3)

    compute()

    items = SnapshotItem.objects.filter(snapshot=site_list(Window.RISING)).order_by("rank")
    ranks = [item.article_id for item in items]
    assert ranks[0] == rising.pk
    assert noise.pk not in ranks


def test_a_list_whose_last_place_fell_far_is_read_to_its_end():
    articles = ArticleFactory.create_batch(55)
    for place, article in enumerate(articles):
        read(article, 1000 if place < 50 else 10 + place)
    compute()
    WindowTotal.objects.filter(article_id__in=[a.pk for a in articles[:48]]).update(
        last_24_hours=3, last_7_days=3, last_30_days=3
    )

    compute()

    items = list(site_list().items.order_by("rank"))
    assert len(items) == 50
    assert [item.article_id for item in items[:7]] == [
        *(articles[place].pk for place in (49, 48, 54, 53, 52, 51, 50))
    ]
    assert items[7].views == 3


def test_pages_are_due_when_the_first_places_change_and_not_else():
    section = SectionFactory(name="国際", slug="world")
    first, second = ArticleFactory(), ArticleFactory(section=section)
    read(first, 2)
    compute()
    # The second pass has something to compare with: places move from nowhere to the first.
    compute()
    Invalidation.objects.all().delete()
    read(first, 3)
    compute()
    assert not {key for key in invalidated() if "daily" in key}
    read(second, 9)
    compute()
    assert {"~ranking-daily", f"~ranking-daily-{section.pk}"} <= invalidated()
    assert f"~ranking-daily-{first.section_id}" not in invalidated()
    assert "~topics" not in invalidated()
    TopicTeaserFactory(article=second)
    compute()
    assert "~topics" in invalidated()
