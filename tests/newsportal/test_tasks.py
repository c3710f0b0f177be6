from __future__ import annotations

import threading
import time

import pytest
from django.db import DatabaseError
from django.utils import timezone

from newsportal import tasks
from rankings.models import CountingState, HourBucket, Snapshot, SnapshotItem
from rankings.turns import take_turn
from tests.articles.pictures import add_photo, make_photo
from tests.factories import ArticleFactory
from tests.rankings.beacons import Door

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopping():
    """A clock that is told to stop after its first second."""
    event = threading.Event()
    event.set()
    return event


def test_a_view_reaches_the_list_in_one_turn_of_the_clock(stopping):
    article = ArticleFactory()
    assert Door().view(article) == 204

    tasks.run_clock(stopping, until=time.time() + 60)

    assert HourBucket.objects.get().views == 1
    listed = SnapshotItem.objects.filter(snapshot__window="daily", snapshot__section=None)
    assert listed.get().article_id == article.pk


def test_a_photo_whose_term_ended_leaves_its_place_in_one_turn_of_the_clock(stopping):
    article = ArticleFactory()
    add_photo(article, make_photo(rights_until=timezone.now()))
    add_photo(article, make_photo(caption="控えの写真"), order=1)

    tasks.run_clock(stopping, until=0)

    article.refresh_from_db()
    assert article.picture.caption == "控えの写真"


def test_the_windows_roll_before_the_lists_are_made(stopping):
    state = take_turn()
    CountingState.objects.update(newest_hour=state.newest_hour - 3)

    tasks.run_clock(stopping, until=0)

    assert CountingState.objects.get().newest_hour == state.newest_hour


def test_the_clock_stops_at_once_when_the_worker_does(stopping):
    began = time.monotonic()

    tasks.run_clock(stopping, until=time.time() + 60)

    assert time.monotonic() - began < 10


def test_the_clock_ends_with_its_minute():
    tasks.run_clock(threading.Event(), until=time.time())

    assert Snapshot.objects.exists()


def test_a_drain_that_fails_is_told_and_tried_again(stopping, monkeypatch, caplog):
    def fail():
        raise DatabaseError("the server is restarting")

    monkeypatch.setattr(tasks, "drain", fail)

    tasks.run_clock(stopping, until=0)

    assert "the drain failed" in caplog.text
    assert Snapshot.objects.filter(computed_at__lte=timezone.now()).exists()


def test_a_second_clock_in_one_process_does_nothing():
    with tasks._one_clock:
        tasks.every_minute.call_local()

    assert not Snapshot.objects.exists()


def test_the_night_prunes():
    tasks.every_night.call_local()


def test_what_a_command_cannot_do_is_a_warning(settings, caplog):
    settings.WEATHER_BASE_URL = "http://127.0.0.1:9/"

    tasks.every_ten_minutes.call_local()

    assert "fetch_weather" in caplog.text
