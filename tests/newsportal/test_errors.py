from __future__ import annotations

import pytest
from django.test import Client
from django.urls import path

from newsportal.urls import urlpatterns as site


def broken(request):
    raise RuntimeError("secret detail")


urlpatterns = [*site, path("broken/", broken)]
handler404 = "newsportal.views.page_not_found"


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
