"""Views by way of Redis: counted once whatever Redis does, and never later than the reader."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time

import pytest
import redis
from django.db.models import Sum

from rankings import counting, sources
from rankings.counting import drain as drain_now
from rankings.models import CountedBatch, HourBucket, RefusedViews, SourcePosition
from rankings.records import VIEW, pack
from rankings.spool import spool_files
from rankings.streams import STREAM
from tests.factories import ArticleFactory
from tests.rankings.beacons import OTHER_PHONE, PHONE, Door, drain

TEST_REDIS_URL = os.environ.get("TEST_REDIS_URL", "")

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(not TEST_REDIS_URL, reason="TEST_REDIS_URL is not set"),
    pytest.mark.django_db,
]


@pytest.fixture
def article():
    return ArticleFactory()


@pytest.fixture
def stream(settings):
    """The tests' Redis as the portal's, with an empty stream."""
    settings.REDIS_URL = TEST_REDIS_URL
    client = redis.Redis.from_url(TEST_REDIS_URL)
    client.delete(STREAM)
    yield client
    client.delete(STREAM)
    client.close()


class OwnRedis:
    """A Redis that a test may stop, kill and empty."""

    def __init__(self, folder):
        self.folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", f"{self.folder}/redis.sock",
             "--dir", str(self.folder), "--save", "", "--appendonly", "yes",
             "--appendfsync", "always", "--logfile", f"{self.folder}/log"],
        )  # fmt: skip
        self.client = redis.Redis.from_url(self.url)
        for _ in range(500):
            try:
                self.client.ping()
            except redis.RedisError:
                time.sleep(0.01)
            else:
                return

    def kill(self):
        self.client.close()
        self.process.kill()
        self.process.wait()

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)


@pytest.fixture
def own_redis(settings, tmp_path_factory):
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    # A socket's path may be 107 bytes long.
    server = OwnRedis(tmp_path_factory.mktemp("redis"))
    settings.REDIS_URL = server.url
    yield server
    server.kill()
    sources._stream_reader.cache_clear()


def numbers():
    sums = HourBucket.objects.aggregate(views=Sum("views", default=0), raw=Sum("raw", default=0))
    return sums["views"], sums["raw"]


def refused():
    return dict(RefusedViews.objects.values_list("reason", "count"))


def spooled(settings):
    return sum(path.stat().st_size for path in spool_files(settings.SPOOL_DIR))


def test_views_go_through_the_stream(settings, stream, article):
    door = Door()
    assert door.view(article) == 204
    assert door.view(article, agent=OTHER_PHONE) == 204
    assert door.view(article) == 204
    assert stream.xlen(STREAM) == 3
    assert spooled(settings) == 0
    assert drain() == "2 views counted, 1 refused (repeat 1)."
    assert drain() == "0 views counted, 0 refused."
    assert numbers() == (2, 3)


def test_the_stream_is_trimmed_behind_the_position_only(stream, article):
    door = Door()
    for number in range(20):
        door.view(article, agent=f"{PHONE} {number}")
    batches = [sources.StreamSource(TEST_REDIS_URL).read("0", 5)]
    assert batches[0].end == stream.xrange(STREAM, count=5)[-1][0].decode()
    assert stream.xlen(STREAM) == 20
    drain()
    assert stream.xlen(STREAM) <= 1
    assert SourcePosition.objects.get().position.count("-") == 1


def test_entries_of_others_are_skipped_and_counted(stream, article):
    stream.xadd(STREAM, {"r": "short"})
    stream.xadd(STREAM, {"x": "y"})
    stream.xadd(STREAM, {"r": b"x" * 64})
    Door().view(article)
    assert drain() == "1 views counted, 3 refused (garbled 3)."


def test_without_redis_the_spool_takes_it(settings, own_redis, article):
    own_redis.kill()
    door = Door()
    assert door.view(article) == 204
    assert door.view(article, agent=OTHER_PHONE) == 204
    assert spooled(settings) == 128
    assert drain() == "2 views counted, 0 refused."
    own_redis.start()


@pytest.mark.parametrize("at_once", [1, counting.BATCH])
def test_a_hanging_redis_holds_a_reader_up_once_and_counts_once(
    settings, own_redis, article, monkeypatch, at_once
):
    """XADD reaches Redis, the answer does not come: the record is in the stream and the spool."""
    monkeypatch.setattr(counting, "BATCH", at_once)
    door = Door()
    door.view(article)  # connects
    drain()
    own_redis.hang()
    began = time.monotonic()
    assert door.view(article, agent=OTHER_PHONE, HTTP_DNT="1") == 204
    first = time.monotonic() - began
    assert door.view(article, agent=OTHER_PHONE, HTTP_DNT="1") == 204
    assert 0.04 < first < 0.5
    assert time.monotonic() - began - first < 0.04
    own_redis.go_on()
    assert own_redis.client.xlen(STREAM) >= 1
    drain()
    # Both have no visitor's hash: only the record's own id tells that one came twice.
    assert refused().get("duplicate") == 1
    assert numbers() == (3, 3)


@pytest.mark.parametrize("spool_first", [True, False])
def test_a_record_in_both_counts_once_whichever_comes_first(
    settings, own_redis, article, spool_first
):
    door = Door()
    own_redis.client.ping()
    door.view(article)
    drain()
    own_redis.hang()
    door.view(article, HTTP_DNT="1")
    if spool_first:
        url, settings.REDIS_URL = settings.REDIS_URL, ""
        assert drain() == "1 views counted, 0 refused."
        settings.REDIS_URL = url
        own_redis.go_on()
    else:
        own_redis.go_on()
        folder, settings.SPOOL_DIR = settings.SPOOL_DIR, settings.SPOOL_DIR / "elsewhere"
        assert drain() == "1 views counted, 0 refused."
        settings.SPOOL_DIR = folder
    assert drain() == "0 views counted, 1 refused (duplicate 1)."
    assert numbers() == (2, 2)


def test_a_killed_redis_brings_back_what_it_acknowledged(own_redis, article):
    door = Door()
    for number in range(10):
        door.view(article, agent=f"{PHONE} {number}")
    own_redis.kill()
    own_redis.start()
    # On a machine so busy that Redis answers late some come by the spool as well.
    assert drain().startswith("10 views counted, ")
    # And what was counted and comes back does not count again.
    own_redis.kill()
    own_redis.start()
    assert drain() == "0 views counted, 0 refused."
    assert numbers() == (10, 10)


def test_a_redis_that_lost_all_and_whose_clock_went_back(own_redis, article, caplog):
    """Entries are then below the position: they count, and those counted before do not."""
    record = pack(kind=VIEW, at=int(time.time()), article=article.pk, network=1)
    own_redis.client.xadd(STREAM, {"r": record}, id="5000000000000-0")
    assert drain() == "1 views counted, 0 refused."
    own_redis.client.flushall()
    fresh = pack(kind=VIEW, at=int(time.time()), article=article.pk, network=2)
    own_redis.client.xadd(STREAM, {"r": record}, id="1000-0")
    own_redis.client.xadd(STREAM, {"r": fresh}, id="1000-1")
    assert drain() == "1 views counted, 1 refused (duplicate 1)."
    assert "begins anew" in caplog.text
    assert SourcePosition.objects.get(source=STREAM).position == "1000-1"
    assert drain() == "0 views counted, 0 refused."


def test_the_spool_is_counted_while_the_stream_cannot_be_read(own_redis, article, caplog):
    own_redis.kill()
    Door().view(article)
    assert drain_now().counted == 1
    assert "cannot be read" in caplog.text
    own_redis.start()


def test_what_came_by_the_stream_is_remembered_by_its_id(stream, article):
    Door().view(article)
    drain()
    assert len(bytes(CountedBatch.objects.get().stream_records)) == 8
