"""The number of a request, the lines of the log, and what none of them may say."""

from __future__ import annotations

import json
import logging
import re
import sys
from types import SimpleNamespace

import pytest
from django.core.handlers.wsgi import WSGIHandler
from huey.contrib.djhuey import HUEY

from newsportal import tasks
from newsportal.logs import JsonFormatter, TextFormatter, quiet_refusals, work_id
from newsportal.watching import WatchLayer
from tests.factories import ArticleFactory
from tests.newsportal.test_pagecache import Site, page
from tests.newsportal.test_settings import start

pytestmark = pytest.mark.django_db
PASSWORD = "password-of-the-database"


class WatchedSite(Site):
    """The page cache with the watch around it, as newsportal/wsgi.py puts them."""

    def __init__(self, application=None, **options):
        # Not get_wsgi_application(), which sets up the log anew, without what a test listens with.
        super().__init__(application or WSGIHandler(), **options)
        self.cache = self.layer
        self.layer = WatchLayer(self.cache)


@pytest.fixture
def lines(caplog):
    """The access log as the objects that the JSON format writes."""
    caplog.set_level(logging.INFO, "newsportal.access")
    formatter = JsonFormatter()

    def read():
        records = [record for record in caplog.records if record.name == "newsportal.access"]
        return [json.loads(formatter.format(record)) for record in records]

    return read


# --- the number


def test_the_proxys_number_is_kept_and_answered():
    answer = WatchedSite().get("/healthz", HTTP_X_REQUEST_ID="4f1c-from.nginx_01")
    assert answer.headers["X-Request-ID"] == "4f1c-from.nginx_01"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "two words", "line\nbreak1", "<script>1"])
def test_what_is_no_number_is_replaced(given):
    answer = WatchedSite().get("/healthz", HTTP_X_REQUEST_ID=given)
    assert re.fullmatch(r"[0-9a-f]{28}", answer.headers["X-Request-ID"])


def test_a_kept_page_carries_the_number_of_who_asks():
    article = ArticleFactory()
    site = WatchedSite()
    numbers = {site.get(f"/articles/{article.pk}/").headers["X-Request-ID"] for _ in range(3)}
    assert len(numbers) == 3


def test_the_number_stands_in_every_line_of_its_request():
    said = []

    def application(environ, start_response):
        said.append(TextFormatter("%(message)s").format(record("within")))
        start_response("200 OK", [])
        return ()

    WatchedSite(application).get("/healthz", HTTP_X_REQUEST_ID="number-of-it")
    assert said == ["within [number-of-it]"]
    assert work_id.get() == ""
    assert TextFormatter("%(message)s").format(record("outside")) == "outside"


def test_a_page_made_anew_in_the_background_keeps_the_number():
    seen = []

    def application(environ, start_response):
        seen.append(work_id.get())
        status, headers, body = page(seconds=0 if len(seen) > 1 else 60)
        start_response(status, headers)
        return (body,)

    site = WatchedSite(application)
    site.get("/", HTTP_X_REQUEST_ID="first-reader")
    site.cache._notice((), {"site"})
    site.get("/", HTTP_X_REQUEST_ID="second-reader")
    assert seen == ["first-reader"]
    site.later.run()
    assert seen == ["first-reader", "second-reader"]


# --- the access log


def test_a_line_for_what_django_answers_and_none_for_a_kept_page(lines):
    article = ArticleFactory()
    site = WatchedSite()
    for _ in range(3):
        site.get(f"/articles/{article.pk}/", query="utm_source=secret-campaign")
    (line,) = lines()
    assert line["method"] == "GET"
    assert line["path"] == f"/articles/{article.pk}/"
    assert (line["status"], line["cache"], line["view"]) == (200, "miss", "article")
    assert line["ms"] > 0


def test_what_people_search_is_not_written_down(lines):
    WatchedSite().get("/search/", query="q=%E7%97%85%E9%99%A2")
    (line,) = lines()
    assert (line["path"], line["cache"]) == ("/search/", "pass")
    assert "q=" not in json.dumps(line)


def test_who_watches_does_not_fill_the_log(lines):
    site = WatchedSite()
    for path in ("/healthz", "/readyz"):
        assert site.get(path).status == 200
    assert lines() == []


def test_the_desk_is_one_view(lines):
    WatchedSite().get("/admin/")
    assert lines()[0]["view"] == "desk"


def test_an_address_cannot_forge_a_line(lines):
    WatchedSite().get("/a\nERROR forged", method="GET")
    (line,) = lines()
    assert line["path"] == "/a%0AERROR%20forged"


def test_an_application_that_breaks_is_counted_as_500(lines):
    def application(environ, start_response):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        WatchLayer(application)({"REQUEST_METHOD": "GET", "PATH_INFO": "/x"}, None)
    assert lines()[0]["status"] == 500
    assert work_id.get() == ""


def test_without_the_page_cache_it_works_too(lines):
    site = WatchedSite()
    site.layer = WatchLayer(WSGIHandler())
    assert site.get("/").status == 200
    assert lines()[0]["cache"] == "pass"


# --- lines


def record(message, *arguments, level=logging.WARNING, **more):
    made = logging.LogRecord("test", level, __file__, 1, message, arguments, None)
    made.__dict__.update(more)
    return made


def test_no_secret_of_the_settings_gets_into_a_line(settings, monkeypatch):
    settings.METRICS_TOKEN = 'token-with-"quotes"'
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", PASSWORD)
    settings.STORAGES = {**settings.STORAGES, "default": {"OPTIONS": {"secret_key": "s3-secret"}}}
    told = (
        f"cannot connect: {PASSWORD} redis://:other-word@redis.example/0 "
        f"postgres://news:pass%20word@db/news {settings.METRICS_TOKEN} {settings.SECRET_KEY} "
        "s3-secret"
    )
    try:
        raise OSError(told)
    except OSError:
        broken = record(told, exc_info=sys.exc_info())
    for formatter in (TextFormatter(), JsonFormatter()):
        line = formatter.format(broken)
        assert "cannot connect" in line
        assert "redis.example" in line
        for secret in (PASSWORD, "other-word", "pass%20word", "quotes", "s3-secret"):
            assert secret not in line
        assert settings.SECRET_KEY not in line


def test_a_json_line_is_one_line():
    try:
        raise ValueError("二行\nに わたる")
    except ValueError:
        line = JsonFormatter().format(record("%s が壊れた", "記事", exc_info=sys.exc_info()))
    assert "\n" not in line
    read = json.loads(line)
    assert read["message"] == "記事 が壊れた"
    assert read["level"] == "WARNING"
    assert "ValueError" in read["exception"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", read["time"])


@pytest.mark.parametrize(("status", "kept"), [(404, False), (410, False), (403, True), (500, True)])
def test_what_is_not_there_is_no_warning(status, kept):
    assert quiet_refusals(record("Not Found", status_code=status)) is kept


def test_the_log_of_a_start_says_what_the_settings_ask_for(tmp_path):
    assert "LOG_FORMAT must be text or json" in start(tmp_path, LOG_FORMAT="xml").stderr


# --- jobs


def test_a_job_is_told_with_its_number_and_time(caplog):
    caplog.set_level(logging.INFO, "newsportal.jobs")
    job = SimpleNamespace(id="a1b2", name="djtasks.run", args=("articles.renditions.make", [1], {}))
    tasks.job_begins("executing", job)
    assert work_id.get() == "a1b2"
    tasks.job_ends("complete", job)
    assert work_id.get() == ""
    (told,) = caplog.records
    assert told.fields["job"] == "articles.renditions.make"
    assert told.fields["end"] == "complete"
    assert told.fields["ms"] >= 0


def test_the_worker_tells_every_end_of_a_job():
    receivers = HUEY._signal.receivers
    assert tasks.job_begins in receivers["executing"]
    for end in ("complete", "error", "canceled", "interrupted"):
        assert tasks.job_ends in receivers[end]
