from __future__ import annotations

import threading
import time

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.utils import timezone

from newsportal import tasks
from rankings.counting import DrainReport
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

    tasks.run_clock(stopping)

    assert HourBucket.objects.get().views == 1
    listed = SnapshotItem.objects.filter(snapshot__window="daily", snapshot__section=None)
    assert listed.get().article_id == article.pk


def test_a_photo_whose_term_ended_leaves_its_place_in_one_turn_of_the_clock(stopping):
    article = ArticleFactory()
    add_photo(article, make_photo(rights_until=timezone.now()))
    add_photo(article, make_photo(caption="控えの写真"), order=1)

    tasks.run_clock(stopping)

    article.refresh_from_db()
    assert article.picture.caption == "控えの写真"


def test_the_windows_roll_before_the_lists_are_made(stopping):
    state = take_turn()
    CountingState.objects.update(newest_hour=state.newest_hour - 3)

    tasks.run_clock(stopping)

    assert CountingState.objects.get().newest_hour == state.newest_hour


def test_the_clock_stops_at_once_when_the_worker_does(stopping):
    began = time.monotonic()

    tasks.run_clock(stopping)

    assert time.monotonic() - began < 10


class Turns(threading.Event):
    """Ends the clock after so many seconds, none of which passes."""

    def __init__(self, number):
        super().__init__()
        self.waits = []
        self.number = number

    def wait(self, timeout=None):
        self.waits.append(timeout)
        return len(self.waits) == self.number


def test_a_wall_clock_that_is_set_back_holds_up_nothing(monkeypatch):
    stopping = Turns(3)
    monkeypatch.setattr(tasks, "drain", lambda: wall.shift(-3600) or DrainReport())
    computed = []
    monkeypatch.setattr(tasks, "_compute", lambda: computed.append(time.monotonic()))
    monkeypatch.setattr(tasks, "COMPUTE_EVERY", 0.0)
    with time_machine.travel(timezone.now(), tick=False) as wall:
        tasks.run_clock(stopping)

    assert max(stopping.waits) <= tasks.DRAIN_EVERY
    assert len(computed) == 2, "at once, and in the third turn"


def test_a_drain_that_fails_is_told_and_tried_again(stopping, monkeypatch, caplog):
    def fail():
        raise DatabaseError("the server is restarting")

    monkeypatch.setattr(tasks, "drain", fail)

    tasks.run_clock(stopping)

    assert "the drain failed" in caplog.text
    assert Snapshot.objects.filter(computed_at__lte=timezone.now()).exists()


def test_a_turn_that_fails_is_not_the_last(monkeypatch, caplog):
    def fail():
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(tasks, "drain", fail)
    tasks.run_clock(Turns(3))

    assert caplog.text.count("a turn of the clock failed") == 3


def test_a_process_has_one_clock(monkeypatch):
    begun = []
    stopping = threading.Event()
    monkeypatch.setattr(tasks, "_stopping", stopping)
    monkeypatch.setattr(tasks, "_clock", None)
    monkeypatch.setattr(tasks, "run_clock", lambda event: begun.append(event.wait(20)))

    tasks.start_clock()
    tasks.start_clock()
    tasks.stop()

    assert begun == [True]


def test_the_night_prunes():
    tasks.every_night.call_local()


def test_after_a_night_the_database_knows_what_its_tables_hold():
    known = {
        "sqlite": "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'articles_article'",
        "postgresql": "SELECT count(*) FROM pg_stats WHERE tablename = 'articles_article'",
    }
    ArticleFactory.create_batch(3)
    tasks.every_night.call_local()
    with connection.cursor() as cursor:
        cursor.execute(known[connection.vendor])
        assert cursor.fetchone()[0] > 5


def test_what_a_command_cannot_do_is_a_warning(settings, caplog):
    settings.WEATHER_BASE_URL = "http://127.0.0.1:9/"

    tasks.every_ten_minutes.call_local()

    assert "fetch_weather" in caplog.text
