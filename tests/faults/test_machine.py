"""The machine lets newsportal down: its disk is full, its clock jumps, its worker hangs."""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.faults.load import Load
from tests.faults.site import kill, small_site, until
from tests.portal import ROOT

pytestmark = pytest.mark.slow

DISK = "192m"
# One second is promised; a crowded machine needs time for itself.
BOUND = 10
HOUR = 3600
CC = shutil.which("cc")


# --- the disk


@contextmanager
def small_disk(folder):
    """A file system of a few megabytes."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted: {mounted.stderr}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_the_disk_is_full(tmp_path):
    with small_disk(tmp_path), small_site(tmp_path) as site:
        ballast = tmp_path / "ballast"
        with site.read() as load:
            fill(ballast)
            load.forget()
            until(lambda: 503 in load.statuses()[1])
            load.forget()
            load.wait_for(100)
            # Pages go on, and who is told that a view is stored may rely on it.
            assert load.statuses()[0] == {200}
            assert 503 in load.statuses()[1]
            ballast.unlink()
            until(lambda: 204 in {view.status for view in load.views[-5:]})
            # How many could not be stored is told as well.
            told = "RefusedViews.objects.filter(reason='unstored').aggregate(n=Sum('count'))['n']"
            until(lambda: site.ask(told))
            load.forget()
            load.wait_for(50)

        assert load.cut == 0
        assert load.statuses() == [{200}, {204}]
        # And the desk can work.
        (new,) = site.add_articles(1)
        assert site.get(f"/articles/{new}/").status_code == 200


def fill(path):
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(1 << 20)):
            pass


# --- the clock


class Clock:
    """The time of day as a site's processes see it; the seconds that pass are true."""

    def __init__(self, folder):
        library = folder / "clock.so"
        subprocess.run(
            [CC, "-shared", "-fPIC", "-O1", "-o", library, Path(__file__).with_name("clock.c")],
            check=True,
        )
        path = folder / "clock"
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._offset = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(library), "FAULT_CLOCK": str(path)}

    @property
    def offset(self):
        return int.from_bytes(self._offset[:8], sys.byteorder, signed=True)

    def move(self, seconds):
        self._offset[:8] = (self.offset + seconds).to_bytes(8, sys.byteorder, signed=True)

    def now(self):
        return time.time() + self.offset


@pytest.fixture
def clock(tmp_path):
    if CC is None:
        pytest.skip("no C compiler in PATH")
    return Clock(tmp_path)


def test_the_clock_is_set_back(tmp_path, clock):
    computed = "str(Snapshot.objects.latest('computed_at').computed_at)"
    with small_site(tmp_path, **clock.environment) as site:
        gone, stays = site.articles[0], site.articles[1:]
        with site.read(articles=stays) as load:
            until(lambda: site.ask("Snapshot.objects.exists()"))
            clock.move(-HOUR)
            load.wait_for(50)
            # What is published shows, what is withdrawn goes, and the rankings move on.
            before = site.ask(computed)
            (new,) = site.add_articles(1)
            until(lambda: f"/articles/{new}/" in site.get("/").text, BOUND)
            assert site.get(f"/articles/{gone}/").status_code == 200
            site.ask(
                f"publishing.withdraw(Article.objects.get(pk={gone}), by=None, reason='誤報') or 1"
            )
            until(lambda: site.get(f"/articles/{gone}/").status_code == 410, BOUND)
            until(lambda: site.ask(computed) != before)
            until(lambda: f"/articles/{new}/" in site.get("/").text, BOUND)

        assert load.cut == 0
        assert load.statuses() == [{200}, {204}]


# --- the worker


def stop_worker(site):
    """Stops it where it stands, but not where it would keep everybody from writing."""
    worker = site.worker()
    while True:
        os.kill(worker, signal.SIGSTOP)
        with closing(sqlite3.connect(site.folder / "newsportal.sqlite3", timeout=0.2)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                os.kill(worker, signal.SIGCONT)
            else:
                return worker


def doctor(site):
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--quick"],
        env=site.portal.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_worker_is_dead_for_an_hour(tmp_path, clock):
    # So that no hour begins while readers are at work: they come at five past, at a quarter past…
    clock.move(int(HOUR - clock.now() % HOUR) + 300)
    counted = (
        "list(HourBucket.objects.values_list('hour', 'article_id').annotate(Sum('raw')).order_by())"
    )
    with small_site(tmp_path, **clock.environment) as site:
        with site.read() as load:
            load.wait_for(20)
        until(lambda: site.ask("SnapshotItem.objects.exists()"))
        worker = stop_worker(site)
        before = Counter({(hour, article): raw for hour, article, raw in site.ask(counted)})
        scheduled = site.ask(
            "(lambda a: (publishing.publish(a, by=None, at=timezone.now() +"
            " timedelta(minutes=35)), a.pk)[-1])"
            "(ArticleFactory(status='draft', publish_at=None))"
        )
        assert site.get(f"/articles/{scheduled}/").status_code == 404

        promised = Counter()
        for minutes in range(0, 80, 10):
            load = Load(site.url, site.articles)
            hour = int(clock.now() // HOUR)
            with load.running(readers=2):
                load.wait_for(20)
            assert load.cut == 0
            assert load.statuses() == [{200}, {204}]
            for article, views in load.acknowledged.items():
                promised[hour, article] += views
            if minutes == 40:
                # It came out without the worker.
                until(lambda: site.get(f"/articles/{scheduled}/").status_code == 200, BOUND)
                until(lambda: f"/articles/{scheduled}/" in site.get("/").text, BOUND)
            clock.move(600)
        assert len({hour for hour, _ in promised}) == 2

        # An address that is not kept shows what a page says now.
        assert "集計が遅れています" in site.get("/ranking/?now=1").text
        code, words = doctor(site)
        assert code == 1
        assert "まだ集計されていません" in words
        assert "ランキングの集計が" in words
        assert Counter({(h, a): n for h, a, n in site.ask(counted)}) == before

        kill(worker)
        site.wait_until_counted()
        after = Counter({(hour, article): raw for hour, article, raw in site.ask(counted)})
        assert after - before == promised
        until(lambda: "集計が遅れています" not in site.get("/ranking/?now=1").text)
        until(lambda: doctor(site)[0] == 0)
