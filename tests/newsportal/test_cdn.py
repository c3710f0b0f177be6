"""What a CDN is told of changes, against small servers on this machine that speak as CDNs do."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from articles import caching, publishing
from articles.models import Invalidation
from newsportal import cdn, tasks
from newsportal.models import Purge
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
TOKEN = "the token that may purge"


class Cdn:
    """Remembers what it was told; `answers` are given one after the other, then it confirms."""

    def __init__(self, kind):
        self.kind, self.asked, self.answers = kind, [], []
        test = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                keys, confirmed = getattr(test, f"_{kind}")(self, body)
                test.asked.append(keys)
                status, answer = test.answers.pop(0) if test.answers else confirmed
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def _fastly(self, request, body):
        assert (request.path, body) == ("/service/abc/purge", b"")
        assert request.headers["Fastly-Key"] == TOKEN
        keys = request.headers["Surrogate-Key"].split()
        return keys, (200, {key: f"{number}-1" for number, key in enumerate(keys)})

    def _cloudflare(self, request, body):
        assert request.path == "/zones/abc/purge_cache"
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        (name, keys), *others = json.loads(body).items()
        assert (name, others) == ("tags", [])
        return keys, (200, {"success": True, "errors": [], "result": {"id": "abc"}})


@pytest.fixture(params=["fastly", "cloudflare"])
def told(request, settings):
    """A CDN, and settings that name it."""
    cdn = Cdn(request.param)
    settings.CDN, settings.CDN_SERVICE, settings.CDN_TOKEN = request.param, "abc", TOKEN
    settings.CDN_API_URL = cdn.url
    yield cdn
    cdn.server.shutdown()
    cdn.server.server_close()


@pytest.fixture
def article():
    article = ArticleFactory()
    Invalidation.objects.all().delete()
    return article


def after(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


def withdraw(article):
    publishing.withdraw(article, by=None, reason="誤報のため")


def test_a_withdrawal_is_told_once_and_confirmed(told, article):
    withdraw(article)
    with after(3):
        assert call_command("purge_cdn") == "CDNに1件の変更を知らせました。"
        assert call_command("purge_cdn") == "CDNに0件の変更を知らせました。"
    (keys,) = told.asked
    assert {f"article-{article.pk}", "home"} <= set(keys)
    assert Purge.objects.get().confirmed_at
    with after(120):
        assert cdn.problems(timezone.now()) == []


def test_nothing_is_told_before_every_host_has_noticed(told, article):
    withdraw(article)
    assert call_command("purge_cdn") == "CDNに0件の変更を知らせました。"
    assert told.asked == []


def test_what_grows_old_gently_is_not_told(told, article):
    caching.refresh(["ranking-daily"])
    Invalidation.objects.create(keys="home ~ranking-daily")
    with after(3):
        call_command("purge_cdn")
    assert told.asked == [["home"]]


def test_a_row_that_commits_late_is_told_too(told):
    Invalidation.objects.create(pk=1000, keys="tag-1")
    with after(3):
        call_command("purge_cdn")
        Invalidation.objects.filter(pk=Invalidation.objects.create(pk=999, keys="tag-2").pk).update(
            created_at=timezone.now() - timedelta(seconds=30)
        )
        call_command("purge_cdn")
    assert told.asked == [["tag-1"], ["tag-2"]]


REFUSALS = [
    (500, b"broken"),
    (401, {"msg": "Provided credentials are missing or invalid"}),
    (200, b"<html>"),
    (200, ["no", "object"]),
    (200, {"success": False, "errors": [{"message": "Rate limited"}]}),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_is_not_confirmed_is_told_again(told, article, refusal):
    told.answers = [refusal, refusal]
    withdraw(article)
    for seconds, works in ((3, False), (4, None), (6, False), (8, None), (11, True)):
        with (
            after(0),
            time_machine.travel(
                Invalidation.objects.get().created_at + timedelta(seconds=seconds), tick=False
            ),
        ):
            if works is False:
                with pytest.raises(CommandError, match="CDNが確認しませんでした"):
                    call_command("purge_cdn")
            else:
                told_now = 0 if works is None else 1
                assert f"に{told_now}件" in call_command("purge_cdn")
    assert len(told.asked) == 3
    assert Purge.objects.get().attempts == 3
    assert Purge.objects.get().error == ""


def test_a_withdrawal_that_is_not_confirmed_within_a_minute_is_an_alarm(told, article):
    told.answers = [(503, b"overloaded")]
    withdraw(article)
    with after(3), pytest.raises(CommandError):
        call_command("purge_cdn")
    with after(50):
        assert cdn.problems(timezone.now()) == []
    with after(70):
        (problem,) = cdn.problems(timezone.now())
        assert "503 overloaded" in problem
        with pytest.raises(CommandError, match="取り下げた記事が見えたままかも"):
            call_command("doctor", "--quick")
        call_command("purge_cdn")
        assert cdn.problems(timezone.now()) == []


def test_a_worker_that_tells_nothing_is_an_alarm(told, article):
    withdraw(article)
    with after(70):
        assert "purge_cdn）が動いていません" in cdn.problems(timezone.now())[0]


def test_a_cdn_that_is_not_there_is_tried_again_and_the_token_stays_secret(told, article, settings):
    settings.CDN_API_URL = "http://127.0.0.1:1"
    withdraw(article)
    with after(3), pytest.raises(CommandError, match="ConnectError"):
        call_command("purge_cdn")
    assert TOKEN not in Purge.objects.get().error
    settings.CDN_API_URL = told.url
    with after(10):
        assert "1件" in call_command("purge_cdn")


def test_many_keys_go_in_as_many_requests_as_they_need(told):
    Invalidation.objects.create(keys=" ".join(f"article-{number}" for number in range(300)))
    with after(3):
        call_command("purge_cdn")
    most = cdn.ADAPTERS[told.kind].most
    assert [len(keys) for keys in told.asked] == [most] * (300 // most) + (
        [300 % most] if 300 % most else []
    )


def test_what_stands_on_every_page_is_one_key(told):
    Invalidation.objects.create(keys="article-1 home site")
    with after(3):
        call_command("purge_cdn")
    assert call_command("purge_cdn", "--all") == "CDNのすべてのページを消しました。"
    assert told.asked == [["site"], ["site"]]


def test_the_worker_tells_it_in_a_job_of_its_own(told, article, monkeypatch):
    jobs = []
    monkeypatch.setattr(tasks, "tell_cdn", lambda: jobs.append(1))
    tasks._tell_cdn()
    assert jobs == []
    withdraw(article)
    with after(3):
        tasks._tell_cdn()
        assert jobs == [1]
        cdn.purge(timezone.now())
        tasks._tell_cdn()
        assert jobs == [1]


def test_without_a_cdn_nothing_is_told(article):
    withdraw(article)
    with after(70):
        assert cdn.problems(timezone.now()) == []
        with pytest.raises(CommandError, match="設定されていません"):
            call_command("purge_cdn")


def test_cloudflare_finds_the_keys_in_its_own_field(client, settings, article):
    assert "Cache-Tag" not in client.get("/").headers
    client = Client()
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "newsportal.cdn.cache_tags"]
    response = client.get("/")
    assert response.headers["Cache-Tag"].split(",") == response.headers["Surrogate-Key"].split()
    assert "Cache-Tag" not in client.get("/healthz").headers
