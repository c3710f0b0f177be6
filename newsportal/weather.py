"""Asks the Japan Meteorological Agency for the temperature at one AMeDAS station.

Only the command and the clock come here; pages read the last value that is kept.
"""

from __future__ import annotations

import json
import math
import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
from django.conf import settings
from django.utils import timezone

from newsportal.models import WeatherObservation

TIMEOUT_SECONDS = 10.0
TIME_LIMIT_BYTES = 200
MAP_LIMIT_BYTES = 5_000_000
GOOD_QUALITY = 0
# Beyond these no thermometer in Japan has ever been: a broken file, not weather.
LOWEST, HIGHEST = -50, 50
# Clocks of two machines may differ a little.
_AHEAD = timedelta(minutes=5)


class WeatherUnavailableError(Exception):
    """No usable observation could be had; the message says why, in the operator's words."""


def refresh() -> WeatherObservation:
    """Fetches and keeps the newest observation. Raises WeatherUnavailableError.

    Whatever goes wrong, the observation kept before stays.
    """
    with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
        observed_at = _latest_time(_read(client, "latest_time.txt", TIME_LIMIT_BYTES))
        name = f"map/{timezone.localtime(observed_at):%Y%m%d%H%M%S}.json"
        temperature = _temperature(_read(client, name, MAP_LIMIT_BYTES))
    kept = WeatherObservation.objects.filter(station=settings.WEATHER_STATION).first()
    if kept is not None and kept.observed_at > observed_at:
        return kept
    observation, _ = WeatherObservation.objects.update_or_create(
        station=settings.WEATHER_STATION,
        defaults={
            "place": settings.WEATHER_PLACE,
            "temperature": temperature,
            "observed_at": observed_at,
        },
    )
    return observation


def _read(client: httpx.Client, name: str, limit: int) -> bytes:
    """A file below WEATHER_BASE_URL; neither its size nor its slowness is trusted."""
    url = f"{settings.WEATHER_BASE_URL.rstrip('/')}/{name}"
    deadline = time.monotonic() + TIMEOUT_SECONDS
    content = b""
    try:
        with client.stream("GET", url) as response:
            if response.status_code != httpx.codes.OK:
                raise WeatherUnavailableError(f"{name} の応答が {response.status_code} でした")
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > limit:
                    raise WeatherUnavailableError(f"{name} が大きすぎます（{limit}バイト超）")
                if time.monotonic() > deadline:
                    raise WeatherUnavailableError(f"{name} の受信に時間がかかりすぎます")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise WeatherUnavailableError(f"{name} を取得できません（{error}）") from error
    return content


def _latest_time(content: bytes) -> datetime:
    try:
        observed_at = datetime.fromisoformat(content.decode("ascii").strip())
    except ValueError as error:
        raise WeatherUnavailableError("latest_time.txt の時刻を読めません") from error
    if observed_at.tzinfo is None:
        raise WeatherUnavailableError("latest_time.txt の時刻に時差がありません")
    if observed_at > timezone.now() + _AHEAD:
        raise WeatherUnavailableError("latest_time.txt の時刻が未来です")
    return observed_at


def _temperature(content: bytes) -> Decimal:
    """The station's temperature in ℃ with one decimal."""
    try:
        stations = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WeatherUnavailableError("観測値のファイルが JSON ではありません") from error
    value, quality = _value_and_quality(stations)
    if quality != GOOD_QUALITY:
        raise WeatherUnavailableError(f"気温の品質が正常ではありません（{quality}）")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WeatherUnavailableError("気温が数ではありません")
    if not LOWEST <= value <= HIGHEST:
        raise WeatherUnavailableError(f"気温がありえない値です（{value}）")
    return Decimal(str(value)).quantize(Decimal("0.1"))


def _value_and_quality(stations: Any) -> tuple[Any, Any]:
    try:
        value, quality = stations[settings.WEATHER_STATION]["temp"]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise WeatherUnavailableError(
            f"観測所 {settings.WEATHER_STATION} の気温がありません"
        ) from error
    return value, quality
