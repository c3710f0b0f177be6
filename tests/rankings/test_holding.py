"""What a network sent beyond its cap waits for an editor, who may let it count."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from articles.models import AuditEntry
from rankings.holding import accept, waiting
from rankings.models import DayBucket, HeldViews, HourBucket, RefusedViews, WindowTotal
from tests.factories import ArticleFactory
from tests.rankings.beacons import PHONE, Door, drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return get_user_model().objects.create_user("editor")


@pytest.fixture
def article(settings):
    settings.VIEW_NETWORK_CAP = 2
    return ArticleFactory()


def visit(article, count, start=0):
    door = Door()
    for number in range(start, start + count):
        door.view(article, agent=f"{PHONE} {number}")
    drain()


def network_refusals():
    return sum(RefusedViews.objects.filter(reason="network").values_list("count", flat=True))


def test_accepted_views_count_in_their_hour(article, editor):
    """A school opened the article in a lesson, behind one address."""
    visit(article, 5)
    assert sum(held.views for held in waiting()) == 3
    assert network_refusals() == 3
    assert accept(waiting(), by=editor) == 3
    assert not waiting().exists()
    held = HeldViews.objects.first()
    assert (held.accepted_by, held.accepted) == (editor, held.views)
    assert sum(HourBucket.objects.values_list("views", flat=True)) == 5
    assert sum(HourBucket.objects.values_list("raw", flat=True)) == 5
    assert sum(DayBucket.objects.values_list("views", flat=True)) == 5
    assert WindowTotal.objects.get().total == 5
    assert network_refusals() == 0
    entry = AuditEntry.objects.get(action="accept_views")
    assert (entry.actor, entry.old["accepted"], entry.new["accepted"]) == (editor, 0, 3)
    assert entry.new["article"] == article.pk


def test_accepting_twice_counts_once(article, editor):
    visit(article, 5)
    accept(HeldViews.objects.all(), by=editor)
    assert accept(HeldViews.objects.all(), by=editor) == 0
    assert WindowTotal.objects.get().total == 5


def test_what_comes_after_is_held_again(article, editor):
    visit(article, 5)
    accept(waiting(), by=editor)
    visit(article, 2, start=5)
    assert sum(held.views - held.accepted for held in waiting()) in {1, 2}
    accept(waiting(), by=editor)
    assert WindowTotal.objects.get().total == 7
    assert network_refusals() == 0
