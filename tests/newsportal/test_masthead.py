from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from newsportal import masthead
from newsportal.models import WeatherObservation
from tests.factories import SectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def section():
    return SectionFactory(name="社会", slug="society")


def observe(temperature="15.9", *, minutes=10, station="44132"):
    at = timezone.now() - timedelta(minutes=minutes)
    WeatherObservation.objects.create(
        station=station, place="東京", temperature=Decimal(temperature), observed_at=at
    )
    masthead.forget()


def home(client):
    return client.get("/").content.decode()


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2025, 11, 15, 14, 59, 59, tzinfo=UTC), "2025年11月15日（土曜日）"),
        (datetime(2025, 11, 15, 15, 0, 0, tzinfo=UTC), "2025年11月16日（日曜日）"),
        (datetime(2024, 2, 28, 15, 0, 0, tzinfo=UTC), "2024年2月29日（木曜日）"),
    ],
)
def test_the_date_changes_at_midnight_in_japan(client, section, time_machine, at, shown):
    # What is remembered from before midnight does not keep the old date.
    time_machine.move_to(at - timedelta(seconds=5), tick=False)
    home(client)
    time_machine.move_to(at, tick=False)
    html = home(client)
    day = timezone.localtime(at).date()
    assert f'<time datetime="{day}">{shown}</time>' in html


@pytest.mark.parametrize(
    ("temperature", "shown"), [("15.9", "15.9℃"), ("11.0", "11.0℃"), ("-0.5", "-0.5℃")]
)
def test_the_weather_has_place_unit_time_and_source(client, section, temperature, shown):
    observe(temperature)
    html = home(client)
    at = timezone.localtime(WeatherObservation.objects.get().observed_at)
    assert f"東京 <b>{shown}</b>" in html
    assert f"{at.hour}時{at.minute:02d}分</time>観測" in html
    assert "出典 気象庁" in html


def test_old_weather_is_not_shown(client, section):
    observe(minutes=91)
    assert "℃" not in home(client)


def test_weather_grows_old_while_it_is_remembered(client, section, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    observe(minutes=89)
    assert "℃" in home(client)
    time_machine.move_to(now + timedelta(minutes=2), tick=False)
    assert "℃" not in home(client)


def test_without_weather_there_is_no_place_for_it(client, section):
    assert 'class="weather"' not in home(client)


def test_another_station_is_not_ours(client, section):
    observe(station="62078")
    assert "℃" not in home(client)


def test_is_read_in_one_query_and_remembered(section, django_assert_num_queries):
    observe()
    with django_assert_num_queries(1):
        first = masthead.masthead()
        assert first.weather.temperature == Decimal("15.9")
        assert [each.name for each in first.sections] == ["社会"]
        assert masthead.masthead() is first


def test_says_which_section_a_reader_is_in(client, section):
    SectionFactory(name="国際", slug="world")
    html = client.get("/sections/world/").content.decode()
    assert '<a href="/sections/world/" aria-current="page">国際</a>' in html
    assert '<a href="/sections/society/">社会</a>' in html
