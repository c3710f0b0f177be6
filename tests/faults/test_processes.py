"""Processes of newsportal are killed."""

from __future__ import annotations

import pytest

from tests.faults.site import kill, until

pytestmark = pytest.mark.slow


def test_a_web_process_is_killed(site):
    with site.read() as load:
        _, workers = site.web()
        kill(workers[0])
        until(lambda: site.is_whole() and workers[0] not in site.web()[1])
        load.wait_for(50)

    # Nobody but those whom it was answering, and who ask again.
    assert load.cut <= 4
    assert load.statuses() == [{200}, {204}]


def test_the_whole_web_server_is_killed(site):
    with site.read() as load:
        server, workers = site.web()
        page = f"/articles/{site.articles[0]}/"
        until(lambda: site.get(page, site.nginx_port).headers["x-cache"] == "HIT")
        kill(server)
        # nginx has pages, or words.
        assert site.get(page, site.nginx_port).status_code in {200, 503}
        until(lambda: site.is_whole() and site.web()[0] != server)
        assert not set(workers) & set(site.web()[1]), "one of the old is left"
        load.forget()
        load.wait_for(50)

    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]


def test_the_worker_is_killed(site):
    with site.read() as load:
        worker = site.worker()
        kill(worker)
        until(lambda: site.is_whole() and site.worker() != worker)
        load.wait_for(50)

    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]
