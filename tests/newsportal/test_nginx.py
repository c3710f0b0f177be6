"""deploy/nginx in front of two web hosts on one PostgreSQL and one Redis, all of them real."""

from __future__ import annotations

import fcntl
import gzip
import itertools
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import brotli
import httpx
import pytest
import redis

from newsportal.nginx import NginxPages
from newsportal.pagecache.layer import IGNORED_PARAMETERS
from tests.hosts import Host, all_running
from tests.nginx import CONFIGURATION, NGINX, checked, configure, pages_folder, running
from tests.portal import ROOT, scratch_database
from tests.rankings.beacons import PHONE

needs_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx in PATH")
PICTURE = b"\xff\xd8\xff\xe0 a picture"
REDIS_URL = os.environ.get("TEST_REDIS_URL", "")


# --- the folder of pages


def test_every_drop_is_a_new_and_empty_folder(tmp_path):
    pages = NginxPages(pages_folder(tmp_path / "run"), again_after=3600)
    link = tmp_path / "run" / "pages"
    for _ in range(3):
        (link / "kept").write_text("a page")
        pages.drop()
        assert list(link.iterdir()) == []
    assert len(list(link.parent.glob("pages-*"))) == 1, "old folders are not left lying"


def test_a_folder_that_nginx_made_itself_gives_way(tmp_path):
    (tmp_path / "run" / "pages").mkdir(parents=True)
    (tmp_path / "run" / "pages" / "kept").write_text("a page")
    NginxPages(tmp_path / "run", again_after=3600).drop()
    assert (tmp_path / "run" / "pages").is_symlink()
    assert list((tmp_path / "run" / "pages").iterdir()) == []


def test_pages_are_dropped_once_more_for_what_other_hosts_handed_out_meanwhile(tmp_path):
    pages = NginxPages(tmp_path / "run", again_after=0.01)
    pages.drop()
    first = (tmp_path / "run" / "pages").resolve()
    pages._timer.join(20)
    assert (tmp_path / "run" / "pages").resolve() != first


def test_a_folder_that_cannot_be_written_is_tried_until_it_can(tmp_path, caplog):
    (tmp_path / "run").write_text("a file")
    pages = NginxPages(tmp_path / "run", again_after=0.01)
    pages.drop()
    assert "nginx shows old pages" in caplog.text
    (tmp_path / "run").unlink()
    for _ in range(3):
        pages._timer.join(20)
    assert (tmp_path / "run" / "pages").is_dir()


def test_a_process_that_was_stopped_in_the_middle_holds_nobody_up(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("newsportal.nginx.PATIENCE", 0.01)
    pages = NginxPages(pages_folder(tmp_path / "run"), again_after=0.01)
    with (tmp_path / "run" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        pages.drop()
        assert "nginx shows old pages" in caplog.text
    for _ in range(3):
        pages._timer.join(20)
    assert (tmp_path / "run" / "pages").resolve().name != "pages-0"


# --- the configuration


@needs_nginx
def test_nginx_takes_the_configuration(tmp_path):
    folder = pages_folder(tmp_path / "run")
    code, words = checked(configure(tmp_path, 8080, [8000, 8001], tmp_path, folder))
    assert code == 0, words
    assert "warn" not in words


def test_nginx_ignores_what_the_page_cache_ignores():
    text = (CONFIGURATION / "newsportal.conf").read_text("utf-8")
    (names,) = re.findall(r"\(\?:utm_\[\^=&\]\*\|([a-z_|]+)\)", text)
    assert set(names.split("|")) == IGNORED_PARAMETERS


# --- two hosts


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Two web hosts behind nginx, which runs beside the first.

    The desk is on a third host: neither of the two hears of a change before it looks.
    """
    folder = tmp_path_factory.mktemp("hosts")
    cache = pages_folder(folder / "run")
    with ExitStack() as stack:
        database = stack.enter_context(
            scratch_database(folder, server=os.environ["TEST_POSTGRES_URL"])
        )
        redis.from_url(REDIS_URL).flushdb()
        urls = {"DATABASE_URL": database, "REDIS_URL": REDIS_URL}
        *hosts, third = [Host(folder / name, **urls) for name in ("a", "b", "c")]
        first, second = hosts
        for host in (*hosts, third):
            host.folder.mkdir()
        first.environment["NGINX_CACHE_DIR"] = str(cache)
        first.manage("migrate", "--noinput", "-v0")
        first.manage("collectstatic", "--noinput", "-v0")
        for host in (second, third):
            shutil.copytree(first.folder / "static", host.folder / "static")
        (first.folder / "media").mkdir()
        (first.folder / "media" / "lighthouse.jpg").write_bytes(PICTURE)
        (first.folder / "media" / "notes.html").write_text("<script>")
        first.manage("loaddemo", "--articles", "30", "-v0")
        stack.enter_context(all_running(hosts))
        desk = stack.enter_context(third.desk())
        ports = [host.port for host in hosts]
        url = stack.enter_context(running(folder, ports, first.folder, cache))
        stack.callback(redis.from_url(REDIS_URL).flushdb)
        yield SimpleNamespace(url=url, hosts=hosts, third=third, desk=desk, cache=cache)


@pytest.fixture
def article(site):
    """The id of an article that stands on readers' pages."""
    return site.desk("Article.objects.public().order_by('?').values_list('pk', flat=True).first()")


def get(url, accepted="br", **headers):
    with httpx.Client(timeout=20) as client:
        request = client.build_request("GET", url, headers=headers)
        request.headers["accept-encoding"] = accepted
        response = client.send(request, stream=True)
        response.body = b"".join(response.iter_raw())
    return response


def text_of(response):
    coding = response.headers.get("content-encoding", "")
    plain = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding, bytes)(response.body)
    return plain.decode().replace("<wbr>", "")


def within(seconds, condition):
    """How long it took until the condition held; fails when it takes longer."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s"
    return time.monotonic() - begun


def drop(site, key):
    """Returns once the pages under a key are gone everywhere, and no second drop is to come."""
    link, before = site.cache / "pages", set()
    site.desk(f"publishing.invalidate(['{key}']) or 1")
    for _ in range(2):
        before.add(link.resolve())
        within(5, lambda: link.resolve() not in before)
    # The two processes of a host may each have dropped: until nothing has moved for a while.
    quiet_since, last = time.monotonic(), link.resolve()
    while time.monotonic() - quiet_since < 1.2:
        if link.resolve() != last:
            quiet_since, last = time.monotonic(), link.resolve()
        time.sleep(0.02)


hosts_test = [
    pytest.mark.slow,
    pytest.mark.redis,
    needs_nginx,
    pytest.mark.skipif("TEST_POSTGRES_URL" not in os.environ, reason="TEST_POSTGRES_URL not set"),
]


class TestTwoHosts:
    pytestmark = hosts_test

    def test_a_page_is_kept_in_each_coding_as_it_was_made(self, site, article):
        url = f"{site.url}/articles/{article}/"
        drop(site, "home")
        bodies = set()
        for accepted, coding in (
            ("gzip, deflate, br, zstd", "br"),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", "br"),
            ("gzip, deflate", "gzip"),
            ("br;q=0, gzip;q=0.5", "gzip"),
            ("identity", ""),
            ("br;q=0", ""),
        ):
            response = get(url, accepted)
            assert response.status_code == 200
            assert response.headers.get("content-encoding", "") == coding
            assert response.headers["vary"] == "Accept-Encoding"
            within(5, lambda: get(url, accepted).headers["x-cache"] == "HIT")  # noqa: B023
            bodies.add(text_of(response))
        assert len(bodies) == 1

    def test_hosts_restart_one_by_one_and_no_reader_notices(self, site, article):
        token = site.desk(f"view_token({article})")
        over, answers = threading.Event(), Counter()

        def read(reader):
            with httpx.Client(base_url=site.url, timeout=30) as client:
                for number in itertools.count():
                    if over.is_set():
                        return
                    # Another address each time: nginx has to ask a web host.
                    page = client.get(f"/articles/{article}/", params={"r": f"{reader}-{number}"})
                    answers[page.status_code] += 1
                    view = client.post(
                        "/v/", data={"a": article, "t": token}, headers={"User-Agent": PHONE}
                    )
                    # Floods from one address are refused, and here all readers have one.
                    answers[204 if view.status_code == 429 else view.status_code] += 1

        with ThreadPoolExecutor(4) as readers:
            done = [readers.submit(read, reader) for reader in range(4)]
            try:
                for host in site.hosts:
                    before = answers.total()
                    within(60, lambda before=before: answers.total() > before + 50)
                    host.stop()
                    within(60, lambda before=before: answers.total() > before + 100)
                    host.start()
                    within(60, lambda host=host: httpx.get(f"{host.url}/readyz").is_success)
            finally:
                over.set()
            for reader in done:
                reader.result()
        assert set(answers) == {200, 204}, answers
        assert answers.total() > 200

    def test_every_answer_carries_a_number_of_its_own(self, site, article):
        paths = [f"/articles/{article}/"] * 3 + ["/nowhere/", "/healthz"]
        answers = [get(f"{site.url}{path}", **{"X-Request-ID": "of-a-reader"}) for path in paths]
        numbers = [answer.headers.get_list("x-request-id") for answer in answers]
        assert {answer.headers.get("x-cache") for answer in answers} > {"HIT"}
        # One each, whether nginx had the page or not, and never what a reader made up.
        assert all(len(number) == 1 and len(number[0]) == 32 for number in numbers)
        assert len({number[0] for number in numbers}) == len(paths)

    def test_what_hangs_on_a_link_is_no_other_page(self, site, article):
        url = f"{site.url}/articles/{article}/"
        drop(site, "home")
        within(5, lambda: get(url).headers["x-cache"] == "HIT")
        assert get(f"{url}?utm_source=mail&fbclid=1").headers["x-cache"] == "HIT"
        assert get(f"{url}?page=2&utm_source=x").headers["x-cache"] == "MISS"

    def test_who_has_the_page_is_told_so(self, site, article):
        url = f"{site.url}/articles/{article}/"
        etag = get(url).headers["etag"]
        assert get(url, **{"If-None-Match": etag}).status_code == 304

    def test_published_elsewhere_shows_on_both_hosts_and_through_nginx(self, site):
        section = "Article.objects.public().first().section_id"
        new = site.desk(
            "(lambda a: (a.save(), publishing.publish(a, by=None), a.pk)[-1])"
            "(Article(headline='新しい灯台の記事', teaser='港に灯がともる。',"
            f" body='<p>港に灯がともる。</p>', section_id={section}))"
        )
        address = f"/articles/{new}/"
        first, second = site.hosts
        within(1, lambda: get(f"{second.url}{address}").status_code == 200)
        within(1, lambda: get(f"{first.url}{address}").status_code == 200)
        within(2, lambda: "新しい灯台の記事" in text_of(get(f"{site.url}{address}")))
        within(2, lambda: "新しい灯台の記事" in text_of(get(f"{site.url}/")))

    def test_withdrawn_is_gone_within_two_seconds_and_does_not_come_back(self, site, article):
        url = f"{site.url}/articles/{article}/"
        found = f"Article.objects.get(pk={article})"
        for _ in range(10):
            within(5, lambda: get(url).headers["x-cache"] == "HIT")
            site.desk(f"publishing.withdraw({found}, by=None, reason='誤報') or 1")
            begun = time.monotonic()
            seen = []
            while (passed := time.monotonic() - begun) < 2.5:
                seen.append((passed, get(url).status_code))
            late = [passed for passed, status in seen if status == 200]
            assert max(late, default=0) < 2
            assert seen[-1][1] == 410
            site.desk(f"publishing.restore({found}, by=None) or 1")
            within(2, lambda: get(url).status_code == 200)

    def test_a_herd_on_a_cold_page_is_one_rendering(self, site, article):
        url = f"{site.url}/articles/{article}/"
        drop(site, f"article-{article}")
        with ThreadPoolExecutor(100) as readers:
            answers = list(readers.map(lambda _: get(url), range(100)))
        assert {answer.status_code for answer in answers} == {200}
        rendered = [a for a in answers if "fwd" in a.headers["cache-status"]]
        asked = [a for a in answers if a.headers["x-cache"] == "MISS"]
        # All of them may carry the mark of the one that was rendered; nginx asked once.
        assert len(asked) == 1
        assert rendered

    def test_views_are_counted_with_the_address_of_the_reader(self, site, article):
        token = site.desk(f"view_token({article})")
        rows = f"HourBucket.objects.filter(article_id={article})"
        sums = [f"{rows}.aggregate(n=Sum('{name}'))['n'] or 0" for name in ("views", "raw")]
        before = [site.desk(line) for line in sums]
        for reader in (11, 12, 13, 13):
            transport = httpx.HTTPTransport(local_address=f"127.0.0.{reader}")
            with httpx.Client(transport=transport, timeout=20) as client:
                response = client.post(
                    f"{site.url}/v/",
                    data={"a": article, "t": token},
                    headers={
                        "User-Agent": PHONE,
                        # What a reader says of himself is not believed.
                        "X-Forwarded-For": f"198.51.100.{time.monotonic_ns() % 250}",
                    },
                )
            assert response.status_code == 204
        site.desk("drain().counted")
        after = [site.desk(line) for line in sums]
        assert [now - then for now, then in zip(after, before, strict=True)] == [3, 4]

    def test_a_host_without_web_processes_follows_changes(self, site, tmp_path):
        link = pages_folder(tmp_path / "run") / "pages"
        environment = site.third.environment | {"NGINX_CACHE_DIR": str(link.parent)}
        with subprocess.Popen(
            [sys.executable, "manage.py", "follow_changes"],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as follower:
            within(20, lambda: link.resolve().name != "pages-0")
            (link / "kept").write_text("a page")
            site.desk("publishing.invalidate(['~home']) or 1")
            site.desk("publishing.invalidate(['home']) or 1")
            within(2, lambda: not (link / "kept").exists())
            follower.terminate()
            assert follower.communicate(timeout=20)[0] == "終わりました。\n"
            assert follower.returncode == 0

    def test_files_are_nginxs_and_for_ever(self, site):
        home = text_of(get(f"{site.url}/"))
        style = re.search(r'href="(/static/[^"]+\.css)"', home)[1]
        for path in (style, "/media/lighthouse.jpg"):
            response = get(f"{site.url}{path}", "gzip")
            assert response.status_code == 200, path
            assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["server"] == "nginx"
        assert get(f"{site.url}{style}", "gzip").headers["content-encoding"] == "gzip"
        assert get(f"{site.url}/media/lighthouse.jpg").body == PICTURE
        assert get(f"{site.url}/media/notes.html").status_code == 404
        for path in ("/media/../originals/x.jpg", "/static/../secret_key", "/media/%2e%2e/a.jpg"):
            assert get(f"{site.url}{path}").status_code in {400, 404}

    def test_the_desk_is_never_kept(self, site):
        for _ in range(2):
            response = get(f"{site.url}/admin/login/")
            assert response.status_code == 200
            assert "x-cache" not in response.headers

    @pytest.mark.parametrize(
        ("path", "method", "number"),
        [("/v/", "POST", 140), ("/search/?q=灯台", "GET", 20), ("/admin/login/", "POST", 10)],
    )
    def test_floods_are_refused_and_readers_are_not(self, site, path, method, number, request):
        # An address of its own for each kind, so that no other test is in its way.
        address = f"127.0.1.{abs(hash(path)) % 200 + 1}"
        transport = httpx.HTTPTransport(local_address=address)
        with httpx.Client(transport=transport, timeout=20) as client:
            codes = [client.request(method, f"{site.url}{path}").status_code for _ in range(number)]
        assert codes[0] != 429
        assert codes.count(429) >= 1
        # Others are not held up.
        assert get(f"{site.url}/").status_code == 200

    def test_what_is_too_large_is_refused_before_django(self, site):
        large = b"x" * 100_000
        assert httpx.post(f"{site.url}/v/", content=large, timeout=20).status_code == 413
        # A form at the desk may be large: Django answers, and asks for its token.
        answer = httpx.post(f"{site.url}/admin/articles/photo/add/", content=large, timeout=20)
        assert answer.status_code in {302, 403}


@pytest.mark.slow
@needs_nginx
def test_without_any_web_process_readers_get_a_page_in_words(tmp_path):
    with running(tmp_path, [1], tmp_path, pages_folder(tmp_path / "run")) as url:
        response = get(f"{url}/")
        assert response.status_code == 503
        assert "ただいま表示できません" in response.body.decode()
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.slow
@needs_nginx
def test_closed_by_hand_readers_are_told_so_and_signs_of_life_go_on(tmp_path):
    (tmp_path / "maintenance").touch()
    with running(tmp_path, [1], tmp_path, pages_folder(tmp_path / "run")) as url:
        for path in ("/", "/admin/", "/api/topics/", "/search/?q=x", "/static/x.css"):
            response = get(f"{url}{path}")
            assert response.status_code == 503, path
            assert response.headers["retry-after"] == "600"
            assert response.headers["cache-control"] == "no-store"
            assert "ただいま保守のため休んでいます" in response.body.decode()
        # Not closed, but asked for where nothing runs.
        for path in ("/healthz", "/readyz"):
            assert get(f"{url}{path}").headers["retry-after"] == "10", path
        (tmp_path / "maintenance").unlink()
        assert get(f"{url}/").headers["retry-after"] == "10"


class Stopping(BaseHTTPRequestHandler):
    """A web host that takes a request and closes the connection instead of answering."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.close_connection = True

    def log_message(self, *_):
        pass


class Serving(Stopping):
    def do_POST(self):
        super().do_POST()
        self.send_response(204)
        self.end_headers()


@needs_nginx
def test_a_view_goes_to_the_other_host_when_one_stops_under_it_and_a_save_does_not(tmp_path):
    with ExitStack() as stack:
        hosts = [ThreadingHTTPServer(("127.0.0.1", 0), kind) for kind in (Stopping, Serving)]
        for host in hosts:
            stack.enter_context(host)
            threading.Thread(target=host.serve_forever, daemon=True).start()
            stack.callback(host.shutdown)
        ports = [host.server_port for host in hosts]
        cache = pages_folder(tmp_path / "run")
        url = stack.enter_context(running(tmp_path, ports, tmp_path, cache))
        views = [httpx.post(f"{url}/v/", data={"a": 1}).status_code for _ in range(4)]
        saves = {httpx.post(f"{url}/admin/", data={"a": 1}).status_code for _ in range(4)}
    assert views == [204] * 4
    assert saves == {204, 503}


class Tempting(BaseHTTPRequestHandler):
    """A web host whose every answer says that it may be kept, and notes how it was asked."""

    asked: list[str]

    def answer(self):
        self.asked.append(self.command)
        self.send_response(200)
        self.send_header("Cache-Control", "public, max-age=600")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.answer()

    def do_HEAD(self):
        self.answer()

    def log_message(self, *_):
        pass


@needs_nginx
def test_a_review_link_is_never_kept_and_a_look_at_it_stays_one(tmp_path):
    class Host(Tempting):
        asked = []

    with ExitStack() as stack:
        host = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Host))
        threading.Thread(target=host.serve_forever, daemon=True).start()
        stack.callback(host.shutdown)
        cache = pages_folder(tmp_path / "run")
        url = stack.enter_context(running(tmp_path, [host.server_port], tmp_path, cache))
        for path in ("/review/token/", "/review/token/?sent=1"):
            for method in ("HEAD", "GET", "GET"):
                assert "x-cache" not in httpx.request(method, f"{url}{path}").headers
        kept = list((cache / "pages").iterdir())
        # The same host's other pages are kept: it is the address that makes the difference.
        assert httpx.get(f"{url}/articles/1/").headers["x-cache"] == "MISS"
        assert httpx.get(f"{url}/articles/1/").headers["x-cache"] == "HIT"
    assert kept == []
    # Asked for by GET, a HEAD would be noted as an opening of the link.
    assert Host.asked == ["HEAD", "GET", "GET"] * 2 + ["GET"]
