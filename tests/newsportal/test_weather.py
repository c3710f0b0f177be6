"""fetch_weather against a real server on this machine."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from datetime import timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from newsportal import weather
from newsportal.models import WeatherObservation

pytestmark = pytest.mark.django_db


class Agency:
    """The files of a weather agency: path to (status, headers, body)."""

    def __init__(self):
        self.files = {}
        self.asked = []
        # Seconds between two bytes of an answer, for as long as somebody listens.
        self.dawdles = None

    def publish(self, stations, at=None, **more):
        at = at or timezone.localtime().replace(second=0, microsecond=0)
        self.file("/latest_time.txt", at.isoformat())
        body = stations if isinstance(stations, str | bytes) else json.dumps(stations)
        self.file(f"/map/{at:%Y%m%d%H%M%S}.json", body, **more)
        return at

    def file(self, path, body, status=200, headers=None):
        self.files[path] = (status, headers or {}, body.encode() if isinstance(body, str) else body)


@pytest.fixture
def agency(settings):
    agency = Agency()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            agency.asked.append(self.path)
            status, headers, body = agency.files.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            # The command hangs up when it has seen enough.
            with contextlib.suppress(OSError):
                if agency.dawdles is None:
                    self.wfile.write(body)
                    return
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(agency.dawdles)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.WEATHER_BASE_URL = f"http://127.0.0.1:{server.server_port}"
    yield agency
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def kept():
    return WeatherObservation.objects.create(
        station="44132",
        place="東京",
        temperature=Decimal("9.5"),
        observed_at=timezone.now() - timedelta(hours=1),
    )


def test_keeps_the_newest_observation(agency, capsys):
    at = agency.publish({"44132": {"temp": [15.9, 0]}, "11001": {"temp": [3.1, 0]}})
    call_command("fetch_weather")
    observation = WeatherObservation.objects.get()
    assert observation.temperature == Decimal("15.9")
    assert observation.observed_at == at
    assert observation.place == "東京"
    assert agency.asked == ["/latest_time.txt", f"/map/{at:%Y%m%d%H%M%S}.json"]
    assert capsys.readouterr().out.startswith("東京 15.9℃（")


def test_a_second_run_replaces_the_first(agency, kept):
    agency.publish({"44132": {"temp": [11, 0]}})
    call_command("fetch_weather")
    call_command("fetch_weather")
    assert WeatherObservation.objects.get().temperature == Decimal("11.0")


def test_an_older_file_does_not_replace_a_newer_value(agency, kept):
    old = timezone.localtime(kept.observed_at) - timedelta(hours=1)
    agency.publish({"44132": {"temp": [30.0, 0]}}, at=old.replace(microsecond=0))
    call_command("fetch_weather")
    assert WeatherObservation.objects.get().temperature == Decimal("9.5")


@pytest.mark.parametrize(
    ("stations", "said"),
    [
        ({"44132": {"temp": [15.9, 1]}}, "品質"),
        ({"44132": {"temp": [None, 0]}}, "数ではありません"),
        ({"44132": {"temp": ["15.9", 0]}}, "数ではありません"),
        ({"44132": {"temp": [True, 0]}}, "数ではありません"),
        ('{"44132": {"temp": [NaN, 0]}}', "数ではありません"),
        ('{"44132": {"temp": [1e999, 0]}}', "数ではありません"),
        ({"44132": {"temp": [412.0, 0]}}, "ありえない"),
        ({"44132": {"temp": 15.9}}, "気温がありません"),
        ({"44132": {"temp": [15.9]}}, "気温がありません"),
        ({"44132": {}}, "気温がありません"),
        ({"11001": {"temp": [3.1, 0]}}, "気温がありません"),
        ([1, 2], "気温がありません"),
        ("null", "気温がありません"),
        ("<html>", "JSON"),
        ("", "JSON"),
        (b"\xff\xfe\x00", "JSON"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_a_bad_observation_keeps_the_last_value(agency, kept, stations, said):
    agency.publish(stations)
    with pytest.raises(CommandError, match=said):
        call_command("fetch_weather")
    assert WeatherObservation.objects.get().temperature == Decimal("9.5")


@pytest.mark.parametrize(
    ("latest", "said"),
    [
        ("いま", "時刻を読めません"),
        ("", "時刻を読めません"),
        ("2025-11-16T10:00:00", "時差"),
        ("2999-01-01T00:00:00+09:00", "未来"),
        ("x" * 1000, "大きすぎます"),
    ],
)
def test_a_bad_time_keeps_the_last_value(agency, kept, latest, said):
    agency.file("/latest_time.txt", latest)
    with pytest.raises(CommandError, match=said):
        call_command("fetch_weather")
    assert WeatherObservation.objects.get().temperature == Decimal("9.5")


def test_a_missing_file_is_said(agency, kept):
    with pytest.raises(CommandError, match="応答が 404"):
        call_command("fetch_weather")


def test_is_not_led_elsewhere(agency, kept):
    agency.publish({"44132": {"temp": [15.9, 0]}})
    agency.file("/latest_time.txt", "", status=302, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(CommandError, match="応答が 302"):
        call_command("fetch_weather")


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(agency, kept):
    bomb = gzip.compress(b" " * 30_000_000)
    agency.publish(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(CommandError, match="大きすぎます"):
        call_command("fetch_weather")


def test_no_redirect_is_followed_to_another_place(agency, kept):
    """Not even one: so no answer of the agency leads into the newsroom's own network."""
    at = agency.publish({"44132": {"temp": [15.9, 0]}})
    name = f"/map/{at:%Y%m%d%H%M%S}.json"
    agency.file("/inside", json.dumps({"44132": {"temp": [15.9, 0]}}))
    for status in (301, 302, 303, 307, 308):
        agency.file(name, "", status=status, headers={"Location": "/inside"})
        with pytest.raises(CommandError, match=f"応答が {status}"):
            call_command("fetch_weather")
    assert "/inside" not in agency.asked
    assert WeatherObservation.objects.get().temperature == Decimal("9.5")


def test_a_server_that_dawdles_is_left(agency, kept, monkeypatch):
    monkeypatch.setattr(weather, "TIMEOUT_SECONDS", 0.3)
    agency.publish({"44132": {"temp": [15.9, 0]}})
    agency.dawdles = 0.05
    begun = time.monotonic()
    with pytest.raises(CommandError, match="時間がかかりすぎます"):
        call_command("fetch_weather")
    assert time.monotonic() - begun < 2
    assert WeatherObservation.objects.get().temperature == Decimal("9.5")


def test_no_server_is_said_and_the_last_value_stays(settings, kept):
    settings.WEATHER_BASE_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match="前の値を残します"):
        call_command("fetch_weather")
    assert WeatherObservation.objects.get().temperature == Decimal("9.5")


def test_can_be_turned_off(agency, settings, capsys):
    settings.WEATHER_ENABLED = False
    call_command("fetch_weather")
    assert "WEATHER_ENABLED" in capsys.readouterr().out
    assert not agency.asked
