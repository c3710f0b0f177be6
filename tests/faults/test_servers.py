"""The servers behind newsportal are killed, or hang."""

from __future__ import annotations

import pytest

from tests.faults.site import until

pytestmark = pytest.mark.slow

# Redis is given 0.05 s for a view; a crowded machine needs time for itself.
QUICK = 5


def test_redis_is_killed(site):
    with site.read() as load:
        with site.redis.dead():
            load.wait_for(100)
            # The drain goes on with what lies in the spool.
            before = sum(site.counted().values())
            until(lambda: sum(site.counted().values()) > before)
        load.wait_for(50)

    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]
    assert load.longest() < QUICK


def test_redis_hangs(site):
    with site.read() as load:
        with site.redis.hanging():
            load.wait_for(100)
            before = sum(site.counted().values())
            until(lambda: sum(site.counted().values()) > before)
        load.wait_for(50)

    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]
    assert load.longest() < QUICK


def test_postgresql_is_killed(site):
    (cold,) = site.add_articles(1)
    with site.read() as load:
        # Each process has each page.
        load.wait_for(200)
        until(lambda: all("hit" in page.cache for page in load.pages[-200:]))
        with site.postgres.dead():
            # Until each notices that nobody can say any more what has changed.
            load.forget()
            until(lambda: len(load.pages) > 100 and all(map(is_last_good, load.pages[-100:])))
            load.forget()
            load.wait_for(100)
            assert load.statuses() == [{200}, {204}]
            assert all(map(is_last_good, load.pages))
            # A page that nobody has kept: an error that says so, and is not kept either.
            answer = site.get(f"/articles/{cold}/")
            assert answer.status_code == 500
            assert "max-age" not in answer.headers.get("cache-control", "")
            assert site.get("/readyz").status_code == 503
        until(lambda: site.get(f"/articles/{cold}/").status_code == 200)
        assert site.get("/readyz").status_code == 200
        until(lambda: not any(map(is_last_good, load.pages[-100:])))
        load.forget()
        load.wait_for(50)

    assert load.cut == 0
    assert load.statuses() == [{200}, {204}]
    # Publishing works as before.
    (new,) = site.add_articles(1)
    assert site.get(f"/articles/{new}/").status_code == 200


def is_last_good(page):
    return "hit; detail=database-unreachable" in page.cache
