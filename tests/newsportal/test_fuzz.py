"""Whatever is asked of a public address, the answer is never a fault of the server."""

from __future__ import annotations

import os
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankings.models import Window
from tests.factories import ArticleFactory, AuthorFactory, TopicTeaserFactory
from tests.newsportal.test_pagecache import Site

pytestmark = pytest.mark.django_db

fuzzing = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "80")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PREFIXES = [
    "", "articles/", "sections/", "topics/", "tags/", "authors/", "search/", "ranking/",
    "api/rankings/", "api/topics/", "media/", "robots.txt", "healthz", "readyz", "metrics", "v/",
    "static/", "feeds/", "feeds/tags/", "archive/", "archive/2026/", "archive/2026/11/",
    "corrections/", "about/", "saved/", "api/articles/", "sitemap", "sitemap-", "ads.txt",
    ".well-known/", "site.webmanifest", "favicon.ico",
]  # fmt: skip
PAGES = [
    "/", "/articles/1/", "/sections/society/", "/topics/", "/topics/winter/", "/tags/灯台/",
    "/authors/asakura/", "/search/", "/ranking/", "/ranking/daily/", "/ranking/all/society/",
    "/api/rankings/daily/", "/api/topics/", "/archive/", "/corrections/", "/about/", "/saved/",
    "/about/privacy/", "/api/articles/", "/feeds/rss/", "/feeds/atom/", "/feeds/tags/灯台/rss/",
    "/sitemap.xml", "/sitemap-pages.xml", "/sitemap-news.xml", "/robots.txt",
]  # fmt: skip
NAMES = [
    "page",
    "section",
    "limit",
    "q",
    "sort",
    "from",
    "until",
    "utm_source",
    "at",
    "window",
    "before",
    "ids",
]
# What databases, dates and searches cannot hold or may stumble over.
HOSTILE = [
    "", " ", "\x00", "灯台", "society", "winter", '"', "' OR 1=1 --", "*", "%", "_", "(", "^", "-",
    "../../etc/passwd", "{{ 1 }}", "<script>", "٣", "１", "²", "1e5", "NaN", "AND", "NEAR(", "a:b",
    "a" * 3000, "\ud7ff", "\ufdd0", "\U0010ffff", "\r\nX: 1", "2026-13-45", "9999-12-31",
    "9" * 5000, "-1", "0", str(2**31), str(2**63), *Window.values,
]  # fmt: skip
WORDS = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE))
VALUES = st.one_of(WORDS, st.integers(-(2**70), 2**70).map(str))
SEGMENT = st.one_of(
    VALUES.map(lambda value: quote(value, safe="")), st.binary(max_size=20).map(quote_from_bytes)
)
PATH = st.builds(
    lambda prefix, segments, end: "/" + prefix + "/".join(segments) + end,
    st.sampled_from(PREFIXES),
    st.lists(SEGMENT, max_size=3),
    st.sampled_from(["", "/"]),
)
QUERY = st.one_of(
    st.dictionaries(st.sampled_from(NAMES), VALUES).map(urlencode),
    st.lists(st.tuples(WORDS, VALUES), max_size=4).map(urlencode),
    st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")),
)
METHOD = st.sampled_from(["GET", "HEAD", "POST"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "If-None-Match": st.text(st.characters(max_codepoint=255), max_size=30),
        "If-Modified-Since": st.text(st.characters(max_codepoint=255), max_size=30),
        "Accept-Encoding": st.text(st.characters(max_codepoint=255), max_size=30),
        "Range": st.sampled_from(["bytes=0-", "bytes=9-1", "bytes=x", "items=1"]),
        "Cookie": st.text(st.characters(max_codepoint=255), max_size=60),
        "Authorization": st.text(st.characters(max_codepoint=255), max_size=30),
        "X-Forwarded-For": st.text(st.characters(max_codepoint=255), max_size=30),
        "Accept-Language": st.text(st.characters(max_codepoint=255), max_size=30),
    },
)


@pytest.fixture
def newsroom():
    article = ArticleFactory(pk=1)
    article.tags.add("灯台")
    AuthorFactory(slug="asakura")
    TopicTeaserFactory(article=article, topic__slug="winter")
    call_command("compute_rankings")


@fuzzing
@given(asked=st.tuples(METHOD, PATH), query=QUERY, fields=FIELDS)
def test_no_public_address_ends_in_a_fault(newsroom, client, asked, query, fields):
    method, path = asked
    response = client.generic(method, path, QUERY_STRING=query, headers=fields)
    response.close()
    assert response.status_code < 500, (path, query)


@pytest.mark.parametrize("path", PAGES)
def test_no_hostile_word_makes_a_page_fail(newsroom, client, path):
    for word in HOSTILE:
        response = client.get(quote(path), dict.fromkeys(NAMES, word))
        assert response.status_code < 500, word


@fuzzing
@given(path=st.sampled_from(PAGES), query=QUERY)
def test_no_query_makes_a_page_fail(newsroom, client, path, query):
    response = client.get(quote(path), QUERY_STRING=query)
    assert response.status_code < 500, (path, query)


@fuzzing
@given(method=METHOD, path=st.text(max_size=60), query=QUERY)
def test_no_address_makes_the_page_cache_fail(newsroom, method, path, query):
    """Below Django's own checks: the environment as a server hands it over."""
    path = f"/{path}".encode("utf-8", "replace").decode()
    assert Site().get(path, query=query, method=method).status < 500
