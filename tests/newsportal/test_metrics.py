import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from rankings import ranking
from rankings.models import DayBucket, RefusedViews
from rankings.turns import epoch_hour, japanese_day
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer fern-lantern"}


def figures(client):
    response = client.get("/metrics", headers=TOKEN)
    assert response.status_code == 200
    lines = re.findall(r"^newsportal_(\S+) (\S+)$", response.content.decode(), re.MULTILINE)
    return {name: float(value) for name, value in lines}


def test_the_figures_of_today(client, settings):
    settings.METRICS_TOKEN = "fern-lantern"
    article = ArticleFactory()
    hour = epoch_hour(timezone.now().timestamp())
    today = japanese_day(hour)
    DayBucket.objects.create(day=today, article_id=article.pk, views=7, raw=11)
    DayBucket.objects.create(day=today - 1, article_id=article.pk, views=100, raw=100)
    RefusedViews.objects.create(hour=hour, reason="bot", count=3)
    RefusedViews.objects.create(hour=hour - 30, reason="bot", count=50)
    ranking.compute(timezone.now() - timedelta(seconds=90))
    found = figures(client)
    assert found["articles_public"] == 1
    assert found["views_appended_today"] == 11
    assert found["views_drained_today"] == 11
    assert found["views_counted_today"] == 7
    assert found['views_refused_today{reason="bot"}'] == 3
    assert found['views_refused_today{reason="repeat"}'] == 0
    assert found["views_waiting"] == 0
    assert found["views_lag_seconds"] == 0
    assert 89 <= found["snapshot_age_seconds"] <= 120


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_without_the_token_there_is_no_such_page(client, settings, headers):
    settings.METRICS_TOKEN = "fern-lantern"
    assert client.get("/metrics", headers=headers).status_code == 404


def test_without_a_token_set_it_is_off(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_readyz_asks_the_database(client):
    assert client.get("/readyz").content == b"ok\n"


def test_readyz_without_tables(client):
    def refuse(execute, sql, params, many, context):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"database\n"
