import logging
import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from huey.contrib.djhuey import HUEY
from prometheus_client.parser import text_string_to_metric_families

from articles.caching import article_key, invalidate, refresh
from newsportal import counters
from newsportal.watching import count_beacon
from rankings import ranking
from rankings.models import DayBucket, RefusedViews
from rankings.turns import epoch_hour, japanese_day
from tests.factories import ArticleFactory
from tests.newsportal.test_watching import WatchedSite
from tests.portal import ROOT
from tests.rankings.beacons import Door

pytestmark = pytest.mark.django_db
SERVED = """
from newsportal.wsgi import application
from newsportal import counters
from newsportal.watching import count_beacon
environ = {"PATH_INFO": "/v/", "REQUEST_METHOD": "GET"}
application(environ, lambda status, *_: print(status[:3]))
print(counters.PROCESS.get_sample_value("newsportal_beacons_total", {"outcome": "method"}))
"""
TOKEN = {"Authorization": "Bearer fern-lantern"}


def figures(client):
    response = client.get("/metrics", headers=TOKEN)
    assert response.status_code == 200
    lines = re.findall(r"^newsportal_(\S+) (\S+)$", response.content.decode(), re.MULTILINE)
    return {name: float(value) for name, value in lines}


def test_the_figures_of_today(client, settings):
    settings.METRICS_TOKEN = "fern-lantern"
    article = ArticleFactory()
    hour = epoch_hour(timezone.now().timestamp())
    today = japanese_day(hour)
    DayBucket.objects.create(day=today, article_id=article.pk, views=7, raw=11)
    DayBucket.objects.create(day=today - 1, article_id=article.pk, views=100, raw=100)
    RefusedViews.objects.create(hour=hour, reason="bot", count=3)
    RefusedViews.objects.create(hour=hour - 30, reason="bot", count=50)
    ranking.compute(timezone.now() - timedelta(seconds=90))
    found = figures(client)
    assert found["articles_public"] == 1
    assert found["views_appended_today"] == 11
    assert found["views_drained_today"] == 11
    assert found["views_counted_today"] == 7
    assert found['views_refused_today{reason="bot"}'] == 3
    assert found['views_refused_today{reason="repeat"}'] == 0
    assert found["views_waiting"] == 0
    assert found["views_lag_seconds"] == 0
    assert 89 <= found["snapshot_age_seconds"] <= 120


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_without_the_token_there_is_no_such_page(client, settings, headers):
    settings.METRICS_TOKEN = "fern-lantern"
    assert client.get("/metrics", headers=headers).status_code == 404


def test_without_a_token_set_it_is_off(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_what_a_process_counted_carries_its_number(client, settings):
    settings.METRICS_TOKEN = "fern-lantern"
    page = ArticleFactory()
    site = WatchedSite()
    before = numbers("newsportal_requests_total", view="article")
    for _ in range(3):
        site.get(f"/articles/{page.pk}/")
    site.get("/articles/999999/")
    site.get("/healthz")

    after = numbers("newsportal_requests_total", view="article")
    assert after["hit"] - before.get("hit", 0) == 2
    assert after["miss"] - before.get("miss", 0) == 2
    assert numbers("newsportal_requests_total", view="healthz")["pass"] >= 1
    families = read(site)
    renders = families["newsportal_render_seconds"].samples
    (made,) = (s for s in renders if s.name.endswith("_count") and s.labels["view"] == "article")
    assert made.value >= 2
    assert made.labels["process"] == str(os.getpid())
    assert one(families["newsportal_page_cache_pages"]) == 2
    assert 1000 < one(families["newsportal_page_cache_bytes"]) < 100_000
    assert one(families["newsportal_outbox_lag_seconds"]) == 0
    assert one(families["newsportal_jobs_waiting"]) >= 0


def test_beacons_are_counted_at_the_door_without_a_line_each(caplog):
    caplog.set_level(logging.INFO, "newsportal.access")
    door = Door(tell=count_beacon)

    def outcomes():
        samples = [
            sample
            for metric in counters.PROCESS.collect()
            for sample in metric.samples
            if sample.name == "newsportal_beacons_total"
        ]
        return {sample.labels["outcome"]: sample.value for sample in samples}

    before = outcomes()
    for _ in range(3):
        assert door.view(1) == 204
    assert door.request(b"a=1").status == 400
    assert door.request(method="GET").status == 405
    assert door.request(b"a=1&t=forged").status == 403
    new = {name: n - before.get(name, 0) for name, n in outcomes().items()}
    assert {name: n for name, n in new.items() if n} == {
        "stored": 3, "malformed": 1, "method": 1, "token": 1,
    }  # fmt: skip
    assert caplog.records == []


def test_the_site_as_it_is_served_counts_beacons():
    """The layers of newsportal/wsgi.py, not those that a test puts together."""
    told = subprocess.run(
        [sys.executable, "-c", SERVED], env=os.environ, cwd=ROOT, capture_output=True, check=False
    )
    assert told.stdout.split() == [b"405", b"1.0"], told.stderr.decode()


def test_the_bytes_of_pages_that_went_are_not_counted(settings):
    settings.METRICS_TOKEN = "fern-lantern"
    first, second = ArticleFactory(), ArticleFactory()
    site = WatchedSite(most=1)
    site.get(f"/articles/{first.pk}/")
    size = site.cache.size
    site.get(f"/articles/{second.pk}/")
    assert site.cache.size[0] == 1
    assert abs(site.cache.size[1] - size[1]) < 1000
    invalidate({article_key(second.pk)})
    site.cache.outbox.read()
    assert site.cache.size == (0, 0)


def test_how_long_a_change_takes_to_show_is_measured():
    site = WatchedSite()

    def seen():
        return counters.PROCESS.get_sample_value("newsportal_publish_to_visible_seconds_count")

    before = seen()
    invalidate({"home"})
    site.cache.outbox.read()
    assert seen() == before + 1
    # A process that starts is not late for what was changed before it.
    WatchedSite().cache.outbox.read()
    refresh({"home"})
    site.cache.outbox.read()
    assert seen() == before + 1


def test_the_text_is_what_prometheus_reads(client, settings):
    settings.METRICS_TOKEN = "fern-lantern"
    response = client.get("/metrics", headers=TOKEN)
    assert response["Content-Type"].startswith("text/plain; version=")
    families = list(text_string_to_metric_families(response.content.decode()))
    assert len(families) > 10
    for family in families:
        assert family.name.startswith("newsportal_")
        assert family.documentation
        keys = [(s.name, tuple(sorted(s.labels.items()))) for s in family.samples]
        assert len(keys) == len(set(keys)), family.name


def test_a_queue_that_cannot_be_asked_takes_no_other_figure_away(client, settings, monkeypatch):
    settings.METRICS_TOKEN = "fern-lantern"

    def fail():
        raise OSError("no such file")

    monkeypatch.setattr(HUEY, "pending_count", fail)
    found = figures(client)
    assert "articles_public" in found
    assert "jobs_waiting" not in found


def read(site):
    """The families of /metrics, asked through the page cache."""
    answer = site.get("/metrics", HTTP_AUTHORIZATION=TOKEN["Authorization"])
    assert answer.status == 200
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def one(family):
    (sample,) = family.samples
    return sample.value


def numbers(name, **labels):
    """Values of a counter by what the page cache had."""
    return {
        sample.labels["cache"]: sample.value
        for metric in counters.PROCESS.collect()
        for sample in metric.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    }
