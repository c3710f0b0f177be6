from __future__ import annotations

import time

import pytest
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.urls import path

from newsportal.maintenance import MaintenanceLayer
from newsportal.urls import urlpatterns as site
from rankings.models import HourBucket
from rankings.turns import epoch_hour
from tests.articles.desk import words
from tests.factories import ArticleFactory
from tests.newsportal.test_pagecache import Site


def broken(request):
    raise RuntimeError("secret detail")


urlpatterns = [*site, path("broken/", broken), path("api/broken/", broken)]
handler404 = "newsportal.views.page_not_found"
handler500 = "newsportal.views.server_error"


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/nowhere/", "/sections/none/", "/ranking/none/", "/wp-login.php"])
def test_a_missing_page_leads_on(client, url):
    response = client.get(url)
    html = response.content.decode()
    assert response.status_code == 404
    assert "見つかりません" in html
    assert 'role="search"' in html
    assert "noindex" in html
    assert 'rel="canonical"' not in html
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=5"
    assert not response.cookies


@pytest.mark.django_db
def test_the_address_asked_for_is_not_printed(client):
    assert "alert" not in client.get("/<script>alert(1)</script>/").content.decode()


@pytest.mark.urls(__name__)
def test_an_error_is_told_without_the_database():
    # No database here: the page would fail the test if it asked.
    response = Client(raise_request_exception=False).get("/broken/")
    html = response.content.decode()
    assert response.status_code == 500
    assert "ただいま表示できません" in html
    assert "secret detail" not in html
    assert response["Retry-After"] == "60"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.urls(__name__)
def test_programs_are_told_of_an_error_as_json():
    response = Client(raise_request_exception=False).get("/api/broken/")
    assert response.status_code == 500
    assert "不具合" in response.json()["error"]
    assert response["Retry-After"] == "60"


@pytest.mark.django_db
def test_programs_are_told_what_is_missing_as_json(client):
    response = client.get("/api/nothing/")
    assert response.status_code == 404
    assert response.json() == {"error": "そのアドレスはありません。"}


@pytest.mark.django_db
def test_a_missing_page_says_why_and_what_is_read(client):
    article = ArticleFactory(headline="いま読まれている記事")
    HourBucket.objects.create(
        hour=epoch_hour(time.time()), article_id=article.pk, views=9, visitors=9, raw=9
    )
    call_command("rebuild_rankings")
    html = words(client.get("/nowhere/")).replace("<wbr>", "")
    assert "アドレスの一部が欠けている" in html
    assert "いま読まれている記事" in html
    assert 'href="/archive/"' in html


@pytest.fixture
def switch(settings, tmp_path):
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    return settings.MAINTENANCE_FILE


@pytest.fixture
def closed(switch):
    switch.touch()


@pytest.mark.parametrize("path", ["/", "/articles/1/", "/admin/", "/nowhere/", "/search/?q=x"])
def test_a_closed_site_says_so_without_the_database(client, closed, path):
    # No database here: the page would fail the test if it asked.
    response = client.get(path)
    assert response.status_code == 503
    assert response["Retry-After"] == "600"
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    html = words(response)
    assert "保守" in html
    assert "noindex" in html


def test_a_closed_site_tells_programs_in_json_and_watchers_that_it_lives(client, closed):
    response = client.get("/api/topics/")
    assert response.status_code == 503
    assert "保守" in response.json()["error"]
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_kept_pages_wait_while_the_site_is_closed(switch):
    site = Site()
    site.layer = MaintenanceLayer(site.layer, get_wsgi_application())
    assert not site.get("/").is_hit
    assert site.get("/").is_hit
    switch.touch()
    assert site.get("/").status == 503
    switch.unlink()
    assert site.get("/").is_hit


def test_a_bad_request_is_told_in_japanese(client):
    response = client.get("/", headers={"host": "evil.example"})
    html = response.content.decode()
    assert response.status_code == 400
    assert "このアドレスは開けません" in html
    assert "evil" not in html


def test_signs_of_life_need_no_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"


def test_robots_are_told_what_to_leave(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert "Disallow: /search/" in response.content.decode()
