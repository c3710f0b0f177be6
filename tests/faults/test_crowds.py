"""Many at once: readers, publications, withdrawals; and clients that are too slow."""

from __future__ import annotations

import re
import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

import pytest

from tests.faults.load import Answer
from tests.faults.site import until

pytestmark = pytest.mark.slow

# One second is promised, and two through nginx; a crowded machine needs time for itself.
BOUND = 10
LISTS = ["/", "/sections/society/", "/ranking/", "/ranking/hourly/", "/topics/", "/search/?q=灯台"]
# Not of every site: looked at where they are.
FEEDS = ["/sitemap.xml", "/sitemap-news.xml", "/feeds/"]
WEB_PROCESSES = 2


@contextmanager
def slow_clients(address, request, number):
    """Clients that have begun a request and never end it."""
    with ExitStack() as stack:
        clients = []
        for _ in range(number):
            client = stack.enter_context(closing(socket.create_connection(address, timeout=20)))
            client.sendall(request)
            clients.append(client)
        yield clients


HALF_A_HEADER = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
HALF_A_BODY = (
    b"POST /v/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\na="
)


@pytest.mark.parametrize(
    ("door", "request_", "number"),
    [
        ("granian", HALF_A_HEADER, 200),
        ("nginx", HALF_A_HEADER, 200),
        ("nginx", HALF_A_BODY, 50),
    ],
    ids=["header-granian", "header-nginx", "body-nginx"],
)
def test_clients_are_slow(site, door, request_, number):
    port = site.portal.port if door == "granian" else site.nginx_port
    with site.read() as load, slow_clients(("127.0.0.1", port), request_, number) as clients:
        for client in clients:
            client.sendall(b"a")
        load.forget()
        load.wait_for(100)
        assert site.get("/", port).status_code == 200

    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]
    assert load.longest() < BOUND


@pytest.mark.parametrize("door", ["granian", "nginx"])
def test_a_herd_on_a_cold_page(site, door):
    (cold,) = site.add_articles(1)
    port = site.portal.port if door == "granian" else site.nginx_port
    with site.read(readers=1) as load:
        with ThreadPoolExecutor(100) as readers:
            answers = list(readers.map(lambda _: site.get(f"/articles/{cold}/", port), range(100)))
        load.wait_for(20)

    assert {answer.status_code for answer in answers} == {200}
    if door == "nginx":
        # After a change nginx's pages are dropped once more, which may fall among these readers.
        assert 1 <= sum(answer.headers["x-cache"] == "MISS" for answer in answers) <= 2
    else:
        found = [Answer("", 200, answer.headers["cache-status"], 0.0) for answer in answers]
        assert 1 <= sum(answer.is_rendered for answer in found) <= WEB_PROCESSES
    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]


def test_a_storm_of_publications(site):
    drafts = site.ask(
        "[a.pk for a in ArticleFactory.create_batch(100, status='draft', publish_at=None)]"
    )
    # Each is known as missing.
    for draft in drafts:
        assert site.get(f"/articles/{draft}/").status_code == 404

    def look(draft):
        until(lambda: site.get(f"/articles/{draft}/").status_code == 200, BOUND)
        return draft

    with site.read() as load, ThreadPoolExecutor(2) as readers:
        load.forget()
        seen = []
        for draft in drafts:
            assert site.ask(f"publishing.publish(Article.objects.get(pk={draft}), by=None) or 1")
            seen.append(readers.submit(look, draft))
        for port in (site.portal.port, site.nginx_port):
            last = f"/articles/{drafts[-1]}/"
            until(lambda: last in site.get("/", port).text, BOUND)  # noqa: B023
        assert [found.result() for found in seen] == drafts

    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]
    rendered = Counter(page.path for page in load.pages if page.is_rendered)
    # Each change of the home page is rendered once by each process, for all its readers.
    assert rendered.pop("/") <= WEB_PROCESSES * (len(drafts) + 5)
    # Pages that show nothing of it are left alone.
    assert rendered.total() < len(drafts)


def test_a_thousand_withdrawals(site):
    doomed = site.add_articles(1000)
    pages = [*LISTS, *(path for path in FEEDS if site.get(path).status_code == 200)]

    def shown(path, port):
        return set(map(int, re.findall(r"/articles/(\d+)/", site.get(path, port).text)))

    with site.read(articles=doomed[:12]) as load:
        for path in ("/", "/sections/society/", "/search/?q=灯台", "/ranking/hourly/"):
            until(lambda: shown(path, site.portal.port) & set(doomed))  # noqa: B023
        site.ask(
            f"[publishing.withdraw(a, by=None, reason='誤報') for a in"
            f" Article.objects.filter(pk__in={doomed})] and 1"
        )
        for path in pages:
            for port in (site.portal.port, site.nginx_port):
                until(lambda: not shown(path, port) & set(doomed), BOUND)  # noqa: B023
        with ThreadPoolExecutor(4) as readers:
            found = set(readers.map(lambda pk: site.get(f"/articles/{pk}/").status_code, doomed))
        load.forget()
        load.wait_for(50)

    assert found == {410}
    assert load.cut == 0
    assert load.statuses() == [{200, 410}, {204}]
    assert {page.status for page in load.pages if page.path != "/"} == {410}
