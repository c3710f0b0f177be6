"""beacon.js in a real browser, against the real door."""

from __future__ import annotations

import shutil
import subprocess
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from playwright.sync_api import sync_playwright

from rankings import records
from rankings.beacon import BeaconLayer, view_token
from rankings.intake import Intake
from rankings.spool import spool_files
from rankings.visitors import Salts
from tests.rankings.beacons import PHONE

CHROMIUM = shutil.which("chromium") or ""
SCRIPT = Path(__file__).resolve().parents[2] / "rankings/static/rankings/beacon.js"
PAUSE = threading.Event()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


class Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


class Site:
    """A page with an article, one without, and the door."""

    def __init__(self, folder):
        self.folder = folder
        self.intake = Intake(folder)
        self.requests = []
        layer = BeaconLayer(self.pages, intake=self.intake, salts=Salts(lambda day: b"salt"))
        self.server = make_server("127.0.0.1", 0, self.note(layer), Threaded, Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def note(self, application):
        def noted(environ, start_response):
            self.requests.append(dict(environ))
            return application(environ, start_response)

        return noted

    def pages(self, environ, start_response):
        path = environ["PATH_INFO"]
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        page = {"/beacon.js": SCRIPT.read_text, "/article": self.article}.get(path, self.front)
        start_response("200 OK", [("Content-Type", f"{kind}; charset=utf-8")])
        return [page().encode()]

    def article(self):
        return (
            f"<!doctype html><title>a</title><article data-article-id=12 "
            f"data-view-token={view_token(12)}><p style='height:3000px'>本文</article>"
            "<script type=module src=/beacon.js></script><a href=/front>front</a>"
        )

    def front(self):
        rules = '{"prerender": [{"urls": ["/article"], "eagerness": "immediate"}]}'
        return (
            f"<!doctype html><title>f</title><script type=speculationrules>{rules}</script>"
            "<a href=/article>article</a>"
        )

    def views(self, kind=records.VIEW):
        data = b"".join(path.read_bytes() for path in spool_files(self.folder))
        found = [records.Record(*fields) for fields in records.unpack(data)[0]]
        return [record for record in found if record.kind == kind]

    def asked_for(self, path):
        return [environ for environ in self.requests if environ["PATH_INFO"] == path]

    def wait_for_views(self, count, kind=records.VIEW):
        for _ in range(150):
            if len(self.views(kind)) >= count:
                break
            PAUSE.wait(0.05)
        return self.views(kind)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path / "spool")
    yield site
    site.server.shutdown()
    site.server.server_close()
    site.intake.close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=FLAGS,
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(user_agent=PHONE)
    yield context.new_page()
    context.close()


def test_a_view_is_sent_after_a_second_in_sight(site, page):
    page.context.add_cookies([{"name": "sessionid", "value": "x", "url": site.url}])
    page.goto(site.url + "/article")
    page.wait_for_timeout(500)
    assert site.views() == []
    (view,) = site.wait_for_views(1)
    assert (view.article, view.reason) == (12, 0)
    (request,) = site.asked_for("/v/")
    assert "HTTP_COOKIE" not in request
    assert site.asked_for("/article")[0]["HTTP_COOKIE"] == "sessionid=x"


def test_who_leaves_at_once_has_not_read(site, page):
    page.goto(site.url + "/article")
    page.goto("about:blank")
    page.wait_for_timeout(1500)
    assert site.asked_for("/v/") == []


def test_a_prerendered_page_that_nobody_opens_has_no_view(site, tmp_path):
    """A Chromium that nobody steers: one that is steered does not run what it prerenders."""
    chromium = subprocess.Popen(
        [CHROMIUM, "--headless", *FLAGS, "--remote-debugging-port=0",
         f"--user-data-dir={tmp_path / 'profile'}", site.url + "/front"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(400):
            if site.asked_for("/beacon.js"):
                break
            PAUSE.wait(0.05)
        (fetched,) = site.asked_for("/article")
        assert "prerender" in fetched["HTTP_SEC_PURPOSE"]
        assert site.asked_for("/beacon.js")  # it runs there, and waits
        PAUSE.wait(3)
    finally:
        chromium.terminate()
        chromium.wait(20)
    assert site.asked_for("/v/") == []


def test_the_end_of_a_view_tells_seconds_and_depth(site, page):
    page.goto(site.url + "/article")
    site.wait_for_views(1)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)
    page.goto(site.url + "/front")
    (leave,) = site.wait_for_views(1, records.LEAVE)
    assert 1 <= leave.seconds <= 30
    assert leave.depth == 100


def test_what_could_not_be_stored_is_sent_once_more_from_the_next_page(site, page):
    site.folder.parent.mkdir(exist_ok=True)
    site.folder.write_text("no folder")
    page.goto(site.url + "/article")
    page.wait_for_timeout(1500)
    assert len(site.asked_for("/v/")) == 1
    site.folder.unlink()
    page.reload()
    assert len(site.wait_for_views(2)) == 2
    page.reload()
    assert len(site.wait_for_views(3)) == 3
    page.wait_for_timeout(500)
    assert len(site.views()) == 3


def test_a_page_that_comes_back_is_a_view_again(site, page):
    page.goto(site.url + "/article")
    site.wait_for_views(1)
    page.goto("about:blank")
    # It comes back as it was: no load, only pageshow.
    page.go_back(wait_until="commit")
    assert len(site.wait_for_views(2)) == 2
