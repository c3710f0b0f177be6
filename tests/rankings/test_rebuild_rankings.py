from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from rankings.models import DayBucket, HourBucket, SnapshotItem, WindowTotal
from rankings.rebuilding import disagreements
from rankings.turns import epoch_hour
from tests.factories import ArticleFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


def this_hour() -> int:
    return epoch_hour(timezone.now().timestamp())


@pytest.fixture
def article():
    now = timezone.now()
    made = ArticleFactory(publish_at=now - timedelta(days=90))
    for days, views in ((0, 1), (3, 10), (20, 100), (33, 1000), (60, 10_000)):
        read(made, views, at=now - timedelta(days=days))
    HourBucket.objects.filter(views=10_000).delete()
    return made


def test_all_is_made_again_from_the_hours(article):
    DayBucket.objects.exclude(views=10_000).delete()
    WindowTotal.objects.all().delete()

    said = call_command("rebuild_rankings")

    total = WindowTotal.objects.get()
    assert total.last_24_hours == 1
    assert total.last_7_days == 11
    assert total.last_30_days == 111
    assert total.total == 11_111
    assert total.visitors_total == 11_111
    assert sum(DayBucket.objects.values_list("views", flat=True)) == 11_111
    assert SnapshotItem.objects.filter(snapshot__window="monthly").count() == 2
    assert "一致を確かめました" in said


def test_what_agrees_is_left_as_it_is(article):
    days = list(DayBucket.objects.order_by("pk").values())
    windows = list(WindowTotal.objects.values())
    assert disagreements(this_hour()) == []

    call_command("rebuild_rankings")

    assert list(DayBucket.objects.order_by("pk").values()) == days
    assert list(WindowTotal.objects.values()) == windows


def test_disagreement_is_found_and_told(article):
    DayBucket.objects.filter(views=10).update(views=11)
    WindowTotal.objects.update(last_7_days=12)
    HourBucket.objects.create(hour=this_hour(), article_id=10**6, views=1)

    days, windows = disagreements(this_hour())

    assert "2件" in days
    assert "1件" in windows


def test_a_failed_proof_is_an_error(article, monkeypatch):
    monkeypatch.setattr(
        "rankings.management.commands.rebuild_rankings.disagreements", lambda hour: ["合わない。"]
    )

    with pytest.raises(CommandError, match="合わない"):
        call_command("rebuild_rankings")
