"""Salts, addresses and agents: what tells a reader from another, and a program from both."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from rankings.agents import is_bot
from rankings.models import DailySalt
from rankings.visitors import Salts, blocks, load_salt, salt_day, visitor_hash

# 04:00 in Japan.
CHANGE = datetime(2025, 11, 15, 19, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("address", "reader", "network"),
    [
        ("192.0.2.55", "192.0.2.55", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::1", "2001:db8:1:ffff::1"),
        ("::ffff:192.0.2.55", "192.0.2.55", "192.0.2.1"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::1", "2001:db8:1::"),
        ("192.0.2.55:50123", "192.0.2.55", "192.0.2.9"),
        ("fe80::1%eth0", "fe80::2", "fe80::2"),
    ],
)
def test_an_address_is_a_reader_in_a_network(address, reader, network):
    assert blocks(address)[0] == blocks(reader)[0] != b""
    assert blocks(address)[1] == blocks(network)[1] != b""


def test_networks_next_to_each_other_are_two():
    assert blocks("192.0.2.1")[1] != blocks("192.0.3.1")[1]
    assert blocks("2001:db8:1::1")[1] != blocks("2001:db8:2::1")[1]
    assert blocks("2001:db8:1:1::1")[0] != blocks("2001:db8:1:2::1")[0]


@pytest.mark.parametrize("address", ["", "unknown", "1.2.3", "unix:", "９.９.９.９", "x" * 9999])
def test_what_is_no_address_is_one_unknown_network(address):
    assert blocks(address) == (b"", b"")


def test_the_salt_changes_at_four_in_japan():
    assert salt_day(CHANGE) == salt_day(CHANGE - 1) + 1
    assert salt_day(CHANGE) == salt_day(CHANGE + 86399)


@pytest.mark.django_db
def test_salts_are_random_shared_and_deleted_after_two_days():
    first = load_salt(100)
    assert len(first) == 32
    assert load_salt(100) == first
    assert load_salt(101) != first
    assert set(DailySalt.objects.values_list("day", flat=True)) == {100, 101}
    load_salt(102)
    assert set(DailySalt.objects.values_list("day", flat=True)) == {101, 102}


def test_a_database_that_hangs_holds_nobody_up():
    answer = threading.Event()

    def hanging(day):
        answer.wait(10)
        return b"from the database"

    salts = Salts(hanging)
    own = salts.at(CHANGE)
    assert len(own) == 32
    assert salts.at(CHANGE + 60) == own
    answer.set()
    assert wait_for(lambda: salts.at(CHANGE + 60) == b"from the database")


def test_a_database_that_is_down_is_asked_again_after_a_while():
    asked = []

    def failing(day):
        asked.append(day)
        if len(asked) < 2:
            raise OSError("no database")
        return b"from the database"

    salts = Salts(failing)
    own = salts.at(CHANGE)
    assert wait_for(lambda: not salts._asking.locked())
    assert salts.at(CHANGE + 9) == own
    assert len(asked) == 1
    salts.at(CHANGE + 11)
    assert wait_for(lambda: salts.at(CHANGE + 11) == b"from the database")
    # The salt of this process is no older than a day either.
    assert Salts(failing)._own_salt(1) != own


def test_the_next_salt_is_there_before_its_day():
    asked = []

    def load(day):
        asked.append(day)
        return b"%d" % day

    salts = Salts(load)
    today = salt_day(CHANGE)
    assert wait_for(lambda: salts.at(CHANGE) == b"%d" % today)
    assert asked == [today]
    evening = CHANGE + timedelta(hours=23, minutes=55).total_seconds()
    assert salts.at(evening) == b"%d" % today
    assert wait_for(lambda: asked == [today, today + 1])
    assert wait_for(lambda: salts.at(CHANGE + 86400) == b"%d" % (today + 1))


def wait_for(condition):
    """Gives a thread up to ten seconds."""
    pause = threading.Event()
    return any(condition() or pause.wait(0.01) for _ in range(1000))


def test_hashes_say_nothing_without_the_salt():
    reader, _ = blocks("192.0.2.1")
    first = visitor_hash(b"salt", reader, b"agent", 1)
    assert first == visitor_hash(b"salt", reader, b"agent", 1)
    assert len({first, visitor_hash(b"other", reader, b"agent", 1)}) == 2
    assert -(2**63) <= first < 2**63


READERS = {
    "Chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36",
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "iPhone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "LINE": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 Safari Line/14.19.0",
    "Yahoo": "Mozilla/5.0 (Linux; Android 14; SO-51D Build/67.2.A.2.118; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.102 Mobile Safari/537.36 "
    "YJApp-ANDROID jp.co.yahoo.android.yjtop/3.180.0",
    "Yahoo iOS": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 YJApp-IOS jp.co.yahoo.ipn.appli/4.130.0",
    "SmartNews": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 SmartNews 24.10.10",
    "Gunosy": "Mozilla/5.0 (Linux; Android 13; Pixel 6 Build/TQ3A; wv) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Version/4.0 Chrome/120.0.0.0 Mobile Safari/537.36 gunosy/10.2",
    "CUBOT": "Mozilla/5.0 (Linux; Android 11; CUBOT X30 Build/RP1A) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
    "Nintendo": "Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) AppleWebKit/609.4 (KHTML, like "
    "Gecko) NF/6.0.2.22.5 NintendoBrowser/5.1.0.23519",
}
BOTS = {
    "none": "",
    "short": "Mozilla/5.0",
    "Googlebot": "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; "
    "+http://www.google.com/bot.html)",
    "GPTBot": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
    "ChatGPT": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0",
    "Bytespider": "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile "
    "Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)",
    "Y!J-ASR": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/116.0.0.0 Safari/537.36 Y!J-ASR/0.1 crawler",
    "Hatena": "Mozilla/5.0 (compatible; HatenaBookmark/4.0; Hatena::Bookmark; Analyzer)",
    "headless": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "HeadlessChrome/131.0.0.0 Safari/537.36",
    "lighthouse": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/119.0.0.0 Safari/537.36 Chrome-Lighthouse",
    "curl": "curl/8.11.0",
    "requests": "python-requests/2.32.3 of somebody who wrote a long line here",
    "new": "Mozilla/5.0 (compatible; BrandNewBot/0.1; +https://example.com/nobody-lists-it-yet)",
}


@pytest.mark.parametrize("name", READERS)
def test_readers_are_readers(name):
    assert not is_bot(READERS[name])


@pytest.mark.parametrize("name", BOTS)
def test_programs_are_bots(name):
    assert is_bot(BOTS[name])
