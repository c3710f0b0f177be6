"""From the door through spool and drain to the numbers: what counts, once, and what does not."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import DatabaseError
from django.db.models import Sum
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rankings import counting, ledger, lists
from rankings.counting import drain as drain_now
from rankings.models import (
    CountedBatch,
    DayBucket,
    HeldViews,
    HourBucket,
    RefusedViews,
    SourcePosition,
    Window,
    WindowTotal,
)
from rankings.ranking import compute
from rankings.records import LEAVE, SIZE, VIEW, Record, pack, pack_ids, uncertain, unpack
from rankings.spool import SpoolWriter, spool_files
from tests.factories import ArticleFactory
from tests.rankings.beacons import BOT, OTHER_PHONE, PHONE, Door, drain

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 11, 16, 3, 0, tzinfo=UTC)


@pytest.fixture
def door():
    return Door()


@pytest.fixture
def article():
    return ArticleFactory(publish_at=NOON - timedelta(days=40))


def numbers(article):
    """views, visitors, raw over all hours."""
    sums = HourBucket.objects.filter(article_id=article.pk).aggregate(
        views=Sum("views", default=0),
        visitors=Sum("visitors", default=0),
        raw=Sum("raw", default=0),
    )
    return sums["views"], sums["visitors"], sums["raw"]


def refused():
    return dict(RefusedViews.objects.values_list("reason").annotate(Sum("count")))


def test_views_reach_hours_days_and_windows(door, article):
    for number in range(3):
        assert door.view(article, address=f"192.0.{number}.1") == 204
    door.view(article, address="192.0.0.1")
    assert drain() == "3 views counted, 1 refused (repeat 1)."
    hour = HourBucket.objects.get()
    assert (hour.hour, hour.article_id) == (int(time.time()) // 3600, article.pk)
    assert (hour.views, hour.visitors, hour.raw, hour.top_network) == (3, 3, 4, 1)
    day = DayBucket.objects.get()
    assert (day.day, day.views, day.raw) == ((hour.hour + 9) // 24, 3, 4)
    total = WindowTotal.objects.get()
    assert total.last_24_hours == total.last_7_days == total.last_30_days == total.total == 3
    assert total.visitors_24_hours == total.visitors_total == 3
    assert drain() == "0 views counted, 0 refused."


def test_a_repeat_counts_again_after_half_an_hour(settings, door, article):
    with time_machine.travel(NOON, tick=False) as clock:
        for minutes in (0, 20, 9, 2):  # after 0, 20, 29 and 31 minutes
            clock.shift(timedelta(minutes=minutes))
            door.view(article)
            drain()
        assert numbers(article) == (2, 1, 4)
        clock.shift(timedelta(hours=1))
        door.view(article)
        drain()
    assert numbers(article) == (3, 2, 5)
    settings.VIEW_REPEAT_MINUTES = 0
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        door.view(article)
        door.view(article)
        drain()
    assert numbers(article)[0] == 5


def test_a_repeat_is_known_whoever_drains(door, article, settings):
    door.view(article)
    drain()
    # Another process, or the same after a restart, knows only what the database says.
    counting._memory.forget()
    door.view(article)
    door.view(article, agent=OTHER_PHONE)
    assert drain() == "1 views counted, 1 refused (repeat 1)."


def test_a_batch_of_another_process_is_learnt(door, article):
    door.view(article)
    drain()
    mine = counting._memory
    counting._memory = type(mine)()
    try:
        door.view(article, agent=OTHER_PHONE)
        drain()
    finally:
        counting._memory = mine
    door.view(article, agent=OTHER_PHONE)
    assert drain() == "0 views counted, 1 refused (repeat 1)."


def test_a_network_weighs_no_more_than_its_cap(settings, door, article):
    settings.VIEW_NETWORK_CAP = 3
    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(5):
            door.view(article, address=f"192.0.2.{number}", agent=f"{PHONE} {number}")
        door.view(article, address="198.51.100.1")
        assert drain() == "4 views counted, 2 refused (network 2)."
        # The cap holds over drains, and ends with the hour.
        door.view(article, address="192.0.2.200")
        assert drain() == "0 views counted, 1 refused (network 1)."
        assert numbers(article) == (4, 4, 7)
        assert HourBucket.objects.get().top_network == 6
        clock.shift(timedelta(hours=1))
        door.view(article, address="192.0.2.201")
        assert drain() == "1 views counted, 0 refused."


def test_who_asks_not_to_be_known_counts_under_the_cap(settings, door, article):
    settings.VIEW_NETWORK_CAP = 3
    for _ in range(5):
        door.view(article, HTTP_SEC_GPC="1")
    assert drain() == "3 views counted, 2 refused (network 2)."
    assert numbers(article) == (3, 0, 5)
    assert bytes(CountedBatch.objects.get().visitors) == b""


@pytest.mark.parametrize("trusted", [0, 1])
def test_a_flood_from_one_network_moves_a_rank_by_no_more_than_the_cap(settings, article, trusted):
    """10,000 posts from one /24, every one with another agent and a forged origin."""
    settings.TRUSTED_PROXIES = trusted
    cap = settings.VIEW_NETWORK_CAP
    honest = ArticleFactory(publish_at=NOON - timedelta(days=40))
    door = Door()
    with time_machine.travel(NOON, tick=False):
        for number in range(10_000):
            forged, sender = f"203.0.{number % 256}.{number // 256}", f"192.0.2.{number % 256}"
            # A trusted proxy puts the address that it sees behind what the client has sent.
            door.view(
                article,
                address="10.0.0.1" if trusted else sender,
                agent=f"{PHONE} {number}",
                HTTP_X_FORWARDED_FOR=f"{forged}, {sender}" if trusted else forged,
            )
        # One view more than the cap, each from a network of its own.
        for number in range(cap + 1):
            address = f"198.51.{number}.1"
            door.view(
                honest,
                address="10.0.0.1" if trusted else address,
                HTTP_X_FORWARDED_FOR=address,
            )
        drain()
        compute()
        listed = lists.ranking(Window.DAILY, limit=5)
    assert numbers(article) == (cap, cap, 10_000)
    assert [(item.article.pk, item.views) for item in listed.items] == [
        (honest.pk, cap + 1),
        (article.pk, cap),
    ]
    assert HeldViews.objects.get().views == 10_000 - cap


def test_bots_are_seen_and_not_counted(door, article):
    door.view(article, agent=BOT)
    door.leave(article, 10, 100, agent=BOT)
    door.view(article)
    assert drain() == "1 views counted, 1 refused (bot 1)."
    assert numbers(article) == (1, 1, 2)
    assert HourBucket.objects.get().seconds == 0


def test_views_of_an_article_that_is_gone_stop_nothing(door, article):
    gone = ArticleFactory()
    door.view(gone)
    door.leave(gone, 5, 100)
    door.view(article)
    gone.delete()
    assert drain() == "1 views counted, 1 refused (unknown 1)."
    assert HourBucket.objects.count() == 1


def test_raw_is_what_counted_and_what_was_refused(settings, door, article):
    settings.VIEW_NETWORK_CAP = 2
    for number in range(4):
        door.view(article, agent=f"{PHONE} {number}")
        door.view(article, agent=f"{PHONE} {number}")
    door.view(article, agent=BOT)
    door.view(article, HTTP_PURPOSE="prefetch")
    door.request(b"nonsense")
    drain()
    views, _, raw = numbers(article)
    assert refused() == {"repeat": 4, "network": 2, "bot": 1, "prefetch": 1, "malformed": 1}
    assert raw == views + 4 + 2 + 1 + 1 == 10


def test_an_hour_is_the_hour_of_the_view_and_not_of_the_drain(door, article):
    """The database was down from a quarter to midnight in Japan until the next morning."""
    with time_machine.travel(datetime(2025, 11, 16, 14, 45, tzinfo=UTC), tick=False) as clock:
        for _ in range(3):
            door.view(article, address="192.0.2.1")
            clock.shift(timedelta(minutes=31))
    with time_machine.travel(datetime(2025, 11, 16, 23, 0, tzinfo=UTC), tick=False):
        assert drain() == "3 views counted, 0 refused."
    hours = list(HourBucket.objects.order_by("hour").values_list("hour", "views"))
    midnight = int(datetime(2025, 11, 16, 15, 0, tzinfo=UTC).timestamp()) // 3600
    assert hours == [(midnight - 1, 1), (midnight, 2)]
    days = list(DayBucket.objects.order_by("day").values_list("day", "views"))
    # 2025-11-16 is day 20408 since the epoch.
    assert days == [(20408, 1), (20409, 2)]


def test_a_view_that_left_its_window_is_not_added_to_it(door, article):
    with time_machine.travel(NOON, tick=False):
        drain()
        door.view(article)
    with time_machine.travel(NOON + timedelta(hours=30), tick=False):
        drain()
    total = WindowTotal.objects.get()
    assert (total.last_24_hours, total.last_7_days, total.total) == (0, 1, 1)


def append(settings, *found):
    writer = SpoolWriter(settings.SPOOL_DIR)
    for record in found:
        writer.append(record)
    writer.close()


def test_wrong_clocks(settings, article):
    now = int(time.time())
    old, ahead = now - 36 * 86400, now + 86400
    for at in (old, ahead):
        append(settings, pack(kind=VIEW, at=at, article=article.pk, visitor=at, network=at))
    assert drain() == "1 views counted, 1 refused (late 1)."
    assert HourBucket.objects.get().hour == int(time.time()) // 3600


def test_garbled_and_torn_records_are_skipped_and_counted(settings, article):
    now = int(time.time())
    sound = [pack(kind=VIEW, at=now, article=article.pk, visitor=n, network=n) for n in (1, 2)]
    append(settings, sound[0], b"x" * SIZE, sound[1], sound[1][:20])
    assert drain() == "2 views counted, 2 refused (garbled 2)."
    assert list(spool_files(settings.SPOOL_DIR)) == []
    assert not SourcePosition.objects.exists()


def test_a_file_is_removed_when_its_writer_is_gone(settings, article):
    writer = SpoolWriter(settings.SPOOL_DIR)
    writer.append(pack(kind=VIEW, at=int(time.time()), article=article.pk, visitor=1, network=1))
    assert drain_now().removed == 0
    assert SourcePosition.objects.get().position == str(SIZE)
    writer.close()
    assert drain_now().removed == 1
    assert not SourcePosition.objects.exists()


def test_what_a_failed_drain_has_learnt_is_forgotten(door, article, monkeypatch):
    """The transaction is rolled back: the views in it are no repeats the next time."""

    def failing(*args):
        raise DatabaseError("disk full")

    door.view(article)
    with monkeypatch.context() as patch:
        patch.setattr(counting, "_move", failing)
        with pytest.raises(DatabaseError):
            drain_now()
    assert numbers(article) == (0, 0, 0)
    assert drain() == "1 views counted, 0 refused."


def test_a_batch_that_another_drain_has_counted_is_left(door, article):
    door.view(article)
    batches = counting._read_batches()
    drain()
    report = counting.DrainReport()
    counting.count(batches, report)
    assert (report.counted, numbers(article)) == (0, (1, 1, 1))


def test_a_file_that_another_drain_has_removed_is_not_counted_anew(settings, article):
    append(settings, pack(kind=VIEW, at=int(time.time()), article=article.pk, network=1))
    batches = counting._read_batches()
    assert drain_now().removed == 1  # with its position
    report = counting.DrainReport()
    counting.count(batches, report)
    assert (report.counted, numbers(article)) == (0, (1, 0, 1))


def test_an_unreadable_file_stops_nobody(settings, door, article, caplog):
    settings.SPOOL_DIR.mkdir(parents=True)
    (settings.SPOOL_DIR / "0-folder.v1").mkdir()
    door.view(article)
    assert drain() == "1 views counted, 0 refused."
    assert "cannot be read" in caplog.text
    (settings.SPOOL_DIR / "0-folder.v1").rmdir()


@pytest.mark.parametrize("transaction", [7, 14, 1000])
def test_a_backlog_is_counted_in_steps(settings, article, monkeypatch, transaction):
    """Records are read seven by seven, and several readings make a transaction."""
    monkeypatch.setattr(counting, "BATCH", 7)
    monkeypatch.setattr(counting, "TRANSACTION", dict.fromkeys(counting.TRANSACTION, transaction))
    now = int(time.time())
    gone = article.pk + 1
    for start in (0, 10, 20):
        append(
            settings,
            *(
                pack(kind=VIEW, at=now, article=article.pk, visitor=n + 1, network=n)
                for n in range(start, start + 10)
            ),
            pack(kind=VIEW, at=now, article=gone, visitor=99, network=99),
            # Known from an earlier reading of the same transaction.
            pack(kind=VIEW, at=now, article=article.pk, visitor=1, network=1),
        )
    report = drain_now()
    assert str(report) == "30 views counted, 6 refused (unknown 3, repeat 3)."
    assert (report.read, report.removed) == (36, 3)
    assert CountedBatch.objects.count() == {7: 6, 14: 3, 1000: 1}[transaction]
    assert numbers(article) == (30, 30, 33)


def test_a_duplicate_does_not_end_a_drain(settings, article, monkeypatch):
    monkeypatch.setattr(counting, "BATCH", 2)
    monkeypatch.setattr(counting, "TRANSACTION", dict.fromkeys(counting.TRANSACTION, 2))
    now = int(time.time())
    views = [pack(kind=VIEW, at=now, article=article.pk, network=n) for n in range(5)]
    counted = Record(*unpack(views[0])[0][0])
    CountedBatch.objects.create(mark=1, drained_at=now, stream_records=pack_ids([counted.id]))
    append(settings, uncertain(views[0]), *views[1:])
    assert drain() == "4 views counted, 1 refused (duplicate 1)."


def test_reads_without_a_known_reader(door, article):
    assert door.leave(article, 30, 95, HTTP_DNT="1") == 204
    drain()
    hour = HourBucket.objects.get()
    assert (hour.views, hour.raw, hour.reads, hour.seconds) == (0, 0, 1, 30)


def test_a_record_in_doubt_without_a_stream_counts(settings, article):
    record = pack(kind=VIEW, at=int(time.time()), article=article.pk, network=1)
    append(settings, uncertain(record))
    assert drain() == "1 views counted, 0 refused."


# Around midnight in Japan, the ends of months, a leap day, the turn of the year.
EDGES = [
    datetime(2024, 2, 29, 15, tzinfo=UTC),
    datetime(2024, 2, 28, 15, tzinfo=UTC),
    datetime(2023, 12, 31, 15, tzinfo=UTC),
    datetime(2025, 11, 30, 15, tzinfo=UTC),
    datetime(2025, 11, 16, 3, tzinfo=UTC),
]


@given(
    edge=st.sampled_from(EDGES),
    views=st.lists(
        st.tuples(
            st.integers(-25 * 3600, 25 * 3600), st.integers(1, 3), st.integers(1, 6), st.booleans()
        ),
        max_size=40,
    ),
    delay=st.integers(0, 30 * 24),
)
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_days_are_the_sums_of_their_hours(edge, views, delay):
    """Whatever the times of views and of drains: days in Japan fold exactly from UTC hours."""
    clear()
    articles = [ArticleFactory().pk for _ in range(3)]
    at = int(edge.timestamp())
    records = [
        pack(
            kind=VIEW if is_view else LEAVE,
            at=at + offset,
            article=articles[number - 1],
            visitor=visitor,
            network=visitor,
            seconds=offset % 100,
            depth=100,
        )
        for offset, number, visitor, is_view in views
    ]
    with time_machine.travel(edge + timedelta(hours=26 + delay), tick=False):
        spool(records)
        drain_now()
    expected = {}
    for hour in HourBucket.objects.all():
        # The day that a Japanese calendar shows at that hour.
        moment = datetime.fromtimestamp(hour.hour * 3600, UTC) + timedelta(hours=9)
        day = (moment.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
        known = expected.setdefault((day, hour.article_id), [0] * len(ledger.COUNTS))
        expected[day, hour.article_id] = [
            a + getattr(hour, column) for a, column in zip(known, ledger.COUNTS, strict=True)
        ]
    found = {
        (day.day, day.article_id): [getattr(day, column) for column in ledger.COUNTS]
        for day in DayBucket.objects.all()
    }
    assert found == expected
    assert sum(row[2] for row in found.values()) == sum(is_view for *_, is_view in views)


def clear():
    for model in (HourBucket, DayBucket, WindowTotal, CountedBatch, SourcePosition):
        model.objects.all().delete()


def spool(records):
    append(django_settings, *records)
