"""What is old goes, what is counted for ever stays."""

from __future__ import annotations

import io
import time
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from rankings import ledger, retention
from rankings.counting import drain
from rankings.models import (
    CountedBatch,
    DailySalt,
    DayBucket,
    HeldViews,
    HourBucket,
    RefusedViews,
    SourcePosition,
    WindowTotal,
)
from rankings.rebuilding import disagreements
from rankings.turns import take_turn
from rankings.visitors import salt_day
from tests.factories import ArticleFactory
from tests.rankings.beacons import Door

pytestmark = pytest.mark.django_db


def prune():
    out = io.StringIO()
    call_command("prune_views", stdout=out)
    return out.getvalue().strip()


def test_hours_go_after_35_days_and_days_after_400(monkeypatch):
    monkeypatch.setattr(retention, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    now = int(time.time()) // 3600
    state = take_turn()
    ages = [0, 35 * 24 - 2, 35 * 24 + 30, 40 * 24, 41 * 24, 399 * 24, 402 * 24]
    ledger.add_hours(
        [(now - age, article, 2, 1, 2, 0, 0, 0) for age in ages for article in (1, 2)],
        state.newest_hour,
    )
    ledger.REFUSED.add([(now - age, "bot", 1) for age in ages])
    ledger.HELD.add([(now - age, 1, 9, 1) for age in ages])
    assert prune() == (
        "10 hours, 2 days, 1 refused, 5 held, 0 batches, 0 salts, 0 positions deleted."
    )
    assert HourBucket.objects.count() == 4
    assert DayBucket.objects.exclude(day=0).count() == 12
    assert list(DayBucket.objects.filter(day=0).values_list("article_id", "views")) == [
        (1, 2),
        (2, 2),
    ]
    assert HeldViews.objects.count() == 2
    assert RefusedViews.objects.count() == 6
    total = WindowTotal.objects.get(article_id=1)
    assert (total.last_24_hours, total.last_30_days, total.total) == (2, 2, 14)
    assert prune().startswith("0 hours, 0 days, 0 refused")
    assert disagreements(now) == []


def test_no_hour_goes_before_it_has_left_the_windows():
    """The clock stood still for two months: views of then are in no window of today."""
    article = ArticleFactory()
    Door().view(article)
    drain()
    with time_machine.travel(timezone.now() + timedelta(days=60), tick=False):
        prune()
    assert not HourBucket.objects.exists()
    total = WindowTotal.objects.get()
    assert (total.last_30_days, total.total) == (0, 1)


def test_traces_of_readers_go_first():
    article = ArticleFactory()
    Door().view(article)
    drain()
    prune()
    assert bytes(CountedBatch.objects.get().visitors) != b""
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        prune()
    assert not CountedBatch.objects.exists()


def test_what_a_stream_may_bring_again_is_kept_for_two_days():
    now = int(time.time())
    for age in (0, 3, 47, 49):
        CountedBatch.objects.create(
            mark=age, drained_at=now - age * 3600, visitors=b"v" * 8, visited_at=b"t" * 4,
            networks=b"n" * 8, stream_records=b"r" * 8,
        )  # fmt: skip
    prune()
    kept = {batch.mark: bytes(batch.visitors) for batch in CountedBatch.objects.all()}
    assert kept == {0: b"v" * 8, 3: b"", 47: b""}


def test_salts_and_forgotten_positions_go():
    today = salt_day(time.time())
    for day in range(today - 3, today + 2):
        DailySalt.objects.create(day=day, salt=b"salt")
    SourcePosition.objects.create(source="1-old.v1", position="64")
    SourcePosition.objects.create(source="newsportal:views:1", position="5-0")
    SourcePosition.objects.update(updated_at=timezone.now() - timedelta(days=61))
    SourcePosition.objects.create(source="2-new.v1", position="64")
    prune()
    assert min(DailySalt.objects.values_list("day", flat=True)) == today - 1
    kept = set(SourcePosition.objects.values_list("source", flat=True))
    assert kept == {"newsportal:views:1", "2-new.v1"}
