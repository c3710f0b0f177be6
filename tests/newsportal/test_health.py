"""/readyz: what takes a host out of rotation, and what only warns. `doctor` asks the same."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from newsportal import health, tasks
from newsportal.models import Heartbeat
from rankings import ranking
from tests.factories import ArticleFactory
from tests.newsportal.test_pagecache import Site
from tests.rankings.beacons import Door

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    """Whether all is migrated is remembered; each test asks anew."""
    health._require_migrated.cache_clear()
    yield
    health._require_migrated.cache_clear()


@pytest.fixture
def healthy():
    ranking.compute()
    health.beat(timezone.now())


def ask(client, status):
    response = client.get("/readyz")
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    found = response.json()
    assert found["ready"] is (status == 200)
    return {check["name"]: check for check in found["checks"]}


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def test_all_is_well(client, healthy):
    found = ask(client, 200)
    assert all(check["ok"] and check["detail"] == "" for check in found.values())
    assert {name for name, check in found.items() if check["fatal"]} == {
        "database", "migrations", "pages",
    }  # fmt: skip
    assert set(found) >= {"spool", "worker", "views", "rankings", "cdn"}


def test_it_costs_few_queries(client, healthy, django_assert_max_num_queries):
    ask(client, 200)
    with django_assert_max_num_queries(6):
        ask(client, 200)


def test_without_a_database_the_host_is_not_ready(client, healthy):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("could not connect to db.example, password swordfish")

    with connection.execute_wrapper(refuse):
        found = ask(client, 503)
    assert found["database"]["detail"] == "データベースが応答しません。"
    assert found["spool"]["ok"], "what needs no database is told all the same"
    assert "swordfish" not in str(found)


def test_a_migration_that_is_missing_is_fatal(client, healthy):
    MigrationRecorder(connection).record_unapplied("newsportal", "0002_heartbeat")
    found = ask(client, 503)
    assert "1件" in found["migrations"]["detail"]
    # Once it is applied nothing has to be restarted.
    MigrationRecorder(connection).record_applied("newsportal", "0002_heartbeat")
    ask(client, 200)


def test_what_the_next_version_migrated_already_is_no_fault(client, healthy):
    MigrationRecorder(connection).record_applied("newsportal", "9999_of_tomorrow")
    ask(client, 200)


def test_a_dead_worker_warns_and_takes_no_host_out(client, healthy):
    with later(minutes=4):
        found = ask(client, 200)
        assert "4分前" in found["worker"]["detail"]
        with pytest.raises(CommandError, match="workerの最後の合図が4分前"):
            call_command("doctor", "--quick")
    assert not found["worker"]["fatal"]


def test_one_living_worker_is_enough(client, healthy):
    Heartbeat.objects.create(host="gone", at=timezone.now() - timedelta(days=3))
    assert ask(client, 200)["worker"]["ok"]


def test_where_timers_run_the_commands_there_is_no_worker(client):
    ranking.compute()
    assert ask(client, 200)["worker"]["ok"]


def test_late_views_and_rankings_warn(client, healthy):
    Door().view(ArticleFactory())
    with later(minutes=7):
        found = ask(client, 200)
    assert "7分前の閲覧" in found["views"]["detail"]
    assert "7分前から" in found["rankings"]["detail"]


def test_a_spool_that_cannot_be_written_warns(client, healthy, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "書き込めません" in ask(client, 200)["spool"]["detail"]


def test_a_disk_that_is_nearly_full_warns_before_views_are_lost(client, healthy, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5_000_000))
    found = ask(client, 200)
    assert "空きが5MBしか" in found["spool"]["detail"]
    with pytest.raises(CommandError, match="空きが5MBしか"):
        call_command("doctor", "--quick")


def test_a_process_that_hears_of_no_change_is_not_ready(healthy):
    site = Site()
    assert site.get("/readyz").status == 200
    site.layer.outbox._thread = object()
    site.layer.outbox.read_at = time.monotonic() - 30
    answer = site.get("/readyz")
    assert answer.status == 503
    assert "30秒前から変更を読んでいません" in answer.text


def test_no_path_and_no_address_is_told(client, healthy, settings):
    with later(minutes=10):
        assert str(settings.VAR_DIR) not in client.get("/readyz").content.decode()


def test_a_turn_of_the_clock_leaves_a_sign():
    tasks.run_clock(SimpleNamespace(wait=lambda _: True))
    tasks.run_clock(SimpleNamespace(wait=lambda _: True))
    (beat,) = Heartbeat.objects.all()
    assert health.last_beat(timezone.now()) < 30
    assert str(beat)


def test_a_sign_that_cannot_be_left_does_not_stop_the_clock(monkeypatch, caplog):
    def fail(at):
        raise OperationalError("gone")

    monkeypatch.setattr(health, "beat", fail)
    tasks.run_clock(SimpleNamespace(wait=lambda _: True))
    assert "sign of life could not be left" in caplog.text
