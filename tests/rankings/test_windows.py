"""Windows move on by the clock and always tell the same as the hours in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rankings import ledger
from rankings.counting import drain
from rankings.models import CountingState, DayBucket, HourBucket, WindowTotal
from rankings.rebuilding import disagreements
from rankings.turns import take_turn
from rankings.windows import roll_windows

pytestmark = pytest.mark.django_db

START = datetime(2024, 2, 27, 5, 0, tzinfo=UTC)
HOUR = int(START.timestamp()) // 3600


def add(hour, article, views, visitors=0, reads=0):
    with time_machine.travel(START, tick=False):
        state = take_turn()
    ledger.add_hours([(hour, article, views, visitors, views, reads, 0, 0)], state.newest_hour)


def roll(hour):
    return roll_windows(hour * 3600.0 + 1)


def windows(article):
    total = WindowTotal.objects.get(article_id=article)
    return total.last_24_hours, total.last_7_days, total.last_30_days, total.total


def test_views_leave_a_window_when_it_has_passed():
    add(HOUR, 1, 5, 2)
    expected = {23: (5, 5, 5, 5), 24: (0, 5, 5, 5), 167: (0, 5, 5, 5), 168: (0, 0, 5, 5)}
    expected |= {719: (0, 0, 5, 5), 720: (0, 0, 0, 5), 5000: (0, 0, 0, 5)}
    for hours, found in expected.items():
        roll(HOUR + hours)
        assert windows(1) == found
    total = WindowTotal.objects.get()
    assert (total.visitors_30_days, total.visitors_total) == (0, 2)


def test_rolling_twice_subtracts_once():
    add(HOUR - 23, 1, 5)
    assert roll(HOUR + 1) == 1
    assert roll(HOUR + 1) == 0
    assert windows(1) == (0, 5, 5, 5)


def test_a_clock_that_goes_back_moves_nothing():
    add(HOUR - 23, 1, 5)
    roll(HOUR + 1)
    assert roll(HOUR - 100) == 0
    assert CountingState.objects.get().newest_hour == HOUR + 1
    assert windows(1) == (0, 5, 5, 5)


def test_a_drain_rolls_by_itself(settings):
    add(HOUR, 1, 5)
    with time_machine.travel(START + timedelta(hours=25), tick=False):
        drain()
    assert windows(1) == (0, 5, 5, 5)


# Any age, and often one at which a window begins.
AGES = st.integers(-800, 2) | st.sampled_from([-23, -24, -167, -168, -719, -720])
STEPS = st.one_of(
    st.tuples(st.just("add"), AGES, st.integers(1, 3), st.integers(1, 9)),
    st.tuples(st.just("roll"), st.integers(0, 400), st.just(0), st.just(0)),
)


@given(steps=st.lists(STEPS, max_size=30))
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_windows_are_the_sums_of_their_hours(steps):
    """Views of any age, also from the future, and clocks that jump: nothing is lost or stays."""
    for model in (HourBucket, DayBucket, WindowTotal, CountingState):
        model.objects.all().delete()
    newest = HOUR
    for kind, hours, article, views in steps:
        if kind == "add":
            # The end of a view may come in an hour without views.
            add(newest + hours, article, max(0, views - 3), views // 3, reads=views // 2)
        else:
            newest += hours
            roll(newest)
    add(newest, 1, 1, 1)
    newest = CountingState.objects.get().newest_hour
    for total in WindowTotal.objects.all():
        hours = list(HourBucket.objects.filter(article_id=total.article_id))
        for window, length in ledger.WINDOW_HOURS.items():
            inside = [hour for hour in hours if hour.hour > newest - length]
            assert getattr(total, f"last_{window}") == sum(hour.views for hour in inside)
            assert getattr(total, f"visitors_{window}") == sum(hour.visitors for hour in inside)
            assert getattr(total, f"reads_{window}") == sum(hour.reads for hour in inside)
        assert total.total == sum(hour.views for hour in hours)
        assert total.visitors_total == sum(hour.visitors for hour in hours)
        assert total.reads_total == sum(hour.reads for hour in hours)
    assert disagreements(newest) == []
