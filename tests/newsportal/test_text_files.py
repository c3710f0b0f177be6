"""Small files that programs look for at fixed addresses: robots.txt, security.txt, ads.txt."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.robotparser import RobotFileParser

import pytest
import time_machine
from django.utils import timezone

from articles.models import Section


def text(client, path):
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    return response.content.decode()


def rules(client):
    parser = RobotFileParser()
    parser.parse(text(client, "/robots.txt").splitlines())
    return parser


def test_robots_may_read_articles_and_not_search(client):
    parser = rules(client)
    for path in ("/", "/articles/1/", "/feeds/rss/", "/tags/灯台/", "/media/a/b.jpg"):
        assert parser.can_fetch("Googlebot", path), path
    for path in ("/search/?q=x", "/admin/", "/api/rankings/daily/"):
        assert not parser.can_fetch("Googlebot", path), path
    assert parser.site_maps() == [
        "http://localhost:8000/sitemap.xml",
        "http://localhost:8000/sitemap-news.xml",
    ]


def test_the_site_may_add_rules(client, settings):
    settings.ROBOTS_RULES = ["User-agent: GPTBot", "Disallow: /"]
    parser = rules(client)
    assert not parser.can_fetch("GPTBot", "/articles/1/")
    assert parser.can_fetch("Googlebot", "/articles/1/")
    assert not parser.can_fetch("Googlebot", "/search/")
    assert len(parser.site_maps()) == 2


def test_security_txt_names_a_contact_and_an_end(client, settings):
    settings.SECURITY_CONTACT = ["mailto:security@news.example.jp", "https://news.example.jp/s"]
    lines = text(client, "/.well-known/security.txt").splitlines()
    fields = [line.partition(": ") for line in lines]
    contacts = [value for name, _, value in fields if name == "Contact"]
    assert contacts == settings.SECURITY_CONTACT
    [expires] = [value for name, _, value in fields if name == "Expires"]
    left = datetime.fromisoformat(expires) - timezone.now()
    assert timedelta(days=30) < left < timedelta(days=365)
    assert "Canonical: http://localhost:8000/.well-known/security.txt" in lines
    assert "Preferred-Languages: ja, en" in lines


def test_security_txt_is_the_same_all_day(client, settings):
    settings.SECURITY_CONTACT = ["mailto:security@news.example.jp"]
    with time_machine.travel(timezone.localtime().replace(hour=1), tick=False) as clock:
        etag = client.get("/.well-known/security.txt")["ETag"]
        clock.shift(22 * 3600)
        again = client.get("/.well-known/security.txt", headers={"If-None-Match": etag})
        assert again.status_code == 304
        clock.shift(3600)
        again = client.get("/.well-known/security.txt", headers={"If-None-Match": etag})
        assert again.status_code == 200


def test_ads_txt_is_what_the_site_says(client, settings):
    settings.ADS_TXT = ["ads.example.com, 123, DIRECT", "# 広告"]
    assert text(client, "/ads.txt") == "ads.example.com, 123, DIRECT\n# 広告\n"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/ads.txt", "/.well-known/security.txt"])
def test_not_there_unless_set(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sections/society/", "/search/?q=x", "/robots.txt"])
def test_what_the_page_cache_does_not_answer_is_conditional_too(client, path):
    Section.objects.create(name="社会", slug="society")
    etag = client.get(path)["ETag"]
    again = client.get(path, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again.content == b""
    assert "Content-Length" not in again
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
