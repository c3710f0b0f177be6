"""Sitemaps: which files there are, what they hold, and what an edit changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from lxml import etree

from articles import publishing, sitemaps
from articles.models import AboutPage, Article, ArticleAuthor, Tag
from articles.text import strip_unwanted
from tests.articles.hostile import HOSTILE, write_raw_headline
from tests.factories import (
    ArticleFactory,
    AuthorFactory,
    SectionFactory,
    TopicFactory,
    TopicTeaserFactory,
)

pytestmark = pytest.mark.django_db

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 23, 12, tzinfo=TOKYO)
SCHEMAS = Path(__file__).parents[1] / "schemas"
SPACES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(SCHEMAS / "sitemap.xsd"))


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def read(client, schema):
    """The address to text of every `loc` of a file that the schema takes."""

    def read(path):
        response = client.get(path)
        assert response.status_code == 200, path
        assert response["Content-Type"] == "application/xml; charset=utf-8"
        root = etree.fromstring(response.content)
        schema.assertValid(root)
        return {
            entry.findtext("s:loc", namespaces=SPACES).removeprefix("http://localhost:8000"): (
                entry.findtext("s:lastmod", namespaces=SPACES)
                or entry.findtext(".//n:title", namespaces=SPACES)
            )
            for entry in root
        }

    return read


def published(year, month, day=1, hour=12, **fields):
    at = datetime(year, month, day, hour, tzinfo=TOKYO)
    article = ArticleFactory(publish_at=at, **fields)
    Article.objects.filter(pk=article.pk).update(saved_at=at)
    return article


def files(read):
    return {path for path in read("/sitemap.xml") if path.startswith("/sitemap-2")}


def test_a_file_for_each_month_of_publication(read, clock):
    old, new = published(2024, 2, 29, hour=23), published(2026, 11, 1, hour=0)
    assert read("/sitemap.xml") == {
        "/sitemap-pages.xml": None,
        "/sitemap-2026-11-1.xml": "2026-11-01T00:00:00+09:00",
        "/sitemap-2024-2-1.xml": "2024-02-29T23:00:00+09:00",
    }
    assert read("/sitemap-2024-2-1.xml") == {old.get_absolute_url(): "2024-02-29T23:00:00+09:00"}
    assert list(read("/sitemap-2026-11-1.xml")) == [new.get_absolute_url()]


def test_one_edit_changes_one_file_and_its_line_in_the_index(client, read, clock):
    articles = [published(2026, month) for month in (1, 2, 3, 3, 4)]
    paths = [*files(read), "/sitemap-pages.xml"]
    before = {path: client.get(path).content for path in paths}
    index = read("/sitemap.xml")
    articles[2].teaser = "書き直したリード。"
    publishing.update(articles[2], by=None)
    assert [path for path in paths if client.get(path).content != before[path]] == [
        "/sitemap-2026-3-1.xml"
    ]
    changed = {path for path, at in read("/sitemap.xml").items() if index[path] != at}
    assert changed == {"/sitemap-2026-3-1.xml"}
    assert read("/sitemap.xml")["/sitemap-2026-3-1.xml"] == "2026-11-23T12:00:00+09:00"


def test_only_the_file_of_its_month_is_dropped_from_caches(client, clock):
    article, _ = published(2026, 3), published(2026, 4)
    keys = {
        path: set(client.get(path)["Surrogate-Key"].split())
        for path in ("/sitemap-2026-3-1.xml", "/sitemap-2026-4-1.xml", "/sitemap.xml")
    }
    dropped = publishing.keys_of(article)
    assert [path for path, found in keys.items() if found & dropped] == [
        "/sitemap-2026-3-1.xml",
        "/sitemap.xml",
    ]


def test_a_scheduled_article_counts_as_changed_when_it_comes_out(read, clock):
    article = published(2026, 11, 20, hour=6)
    Article.objects.filter(pk=article.pk).update(saved_at=NOW - timedelta(days=30))
    assert list(read("/sitemap-2026-11-1.xml").values()) == ["2026-11-20T06:00:00+09:00"]


def test_large_months_have_several_files(read, clock, monkeypatch):
    monkeypatch.setattr(sitemaps, "FILE_ADDRESSES", 2)
    articles = [published(2026, 3, day) for day in (1, 2, 3, 4, 5)]
    found = files(read)
    assert found == {f"/sitemap-2026-3-{part}.xml" for part in (1, 2, 3)}
    held = [url for path in sorted(found) for url in read(path)]
    assert held == [article.get_absolute_url() for article in articles]
    assert read("/sitemap.xml")["/sitemap-2026-3-2.xml"] == "2026-03-04T12:00:00+09:00"


@pytest.mark.parametrize(
    "path",
    [
        "/sitemap-2026-03-1.xml", "/sitemap-2026-3-01.xml", "/sitemap-2026-3-0.xml",
        "/sitemap-2026-3-2.xml", "/sitemap-2026-13-1.xml", "/sitemap-2026-0-1.xml",
        "/sitemap-0-1-1.xml", "/sitemap-9999-12-1.xml", f"/sitemap-2026-3-{9**30}.xml",
        "/sitemap-news-1.xml", "/sitemap-news-2.xml", "/sitemap-news-99.xml",
        "/sitemap-tags-1.xml", "/sitemap-authors-0.xml", f"/sitemap-tags-{9**30}.xml",
    ],
)  # fmt: skip
def test_other_files_are_not_found(client, clock, path):
    published(2026, 3)
    assert client.get(path).status_code == 404


def test_what_may_not_be_listed_is_not(client, clock):
    day = timedelta(days=1)
    published(2026, 11, 22)
    hidden = [
        ArticleFactory(publish_at=NOW - day, **fields)
        for fields in (
            {"noindex": True},
            {"status": Article.Status.WITHDRAWN, "withdrawn_at": NOW},
            {"embargo_until": NOW + day},
            {"unpublish_at": NOW},
            {"status": Article.Status.DRAFT},
        )
    ]
    for path in ("/sitemap.xml", "/sitemap-2026-11-1.xml", "/sitemap-news.xml"):
        text = client.get(path).content.decode()
        assert not [each for each in hidden if f"{each.get_absolute_url()}<" in text], path


def test_lists_of_pages(read, clock):
    section = SectionFactory(slug="world", name="国際")
    shown, silent = TopicTeaserFactory(topic__slug="sea").topic, TopicFactory(slug="silent")
    AboutPage.objects.exclude(slug="policy").update(is_shown=False)
    assert set(read("/sitemap-pages.xml")) == {
        "/", "/topics/", "/ranking/", "/corrections/", "/archive/", "/about/", "/about/policy/",
        section.get_absolute_url(), shown.get_absolute_url(),
        shown.articles.get().section.get_absolute_url(),
    }  # fmt: skip
    assert silent.get_absolute_url() not in read("/sitemap-pages.xml")


def test_tags_and_authors_that_search_engines_may_list(read, clock, monkeypatch):
    monkeypatch.setattr(sitemaps, "FILE_ADDRESSES", 2)
    seen, unseen = AuthorFactory(slug="seen"), AuthorFactory(slug="unseen")
    often, rare = Tag.objects.create(name="灯台"), Tag.objects.create(name="岬")
    Tag.objects.create(name="誰も")
    for number in range(3):
        article = published(2026, 3)
        article.tags.add(often, *([rare] if number else []))
        ArticleAuthor.objects.create(article=article, author=seen)
    for author, tag in ((unseen, rare), (seen, rare)):
        draft = published(2026, 3, status=Article.Status.DRAFT)
        draft.tags.add(tag)
        ArticleAuthor.objects.create(article=draft, author=author)
    index = read("/sitemap.xml")
    [tags] = [path for path in index if "tags" in path]
    [authors] = [path for path in index if "authors" in path]
    assert list(read(tags)) == [often.get_absolute_url()]
    assert list(read(authors)) == ["/authors/seen/"]


# --- news


def test_news_are_those_of_the_last_48_hours(read, clock):
    limit, second = NOW - timedelta(hours=48), timedelta(seconds=1)
    inside, at, outside = (ArticleFactory(publish_at=limit + n * second) for n in (1, 0, -1))
    assert list(read("/sitemap-news.xml")) == [inside.get_absolute_url(), at.get_absolute_url()]
    clock.shift(1)
    assert list(read("/sitemap-news.xml")) == [inside.get_absolute_url()]
    # An edit makes nothing new again.
    outside.teaser = "書き直したリード。"
    publishing.update(outside, by=None, is_material=True)
    assert list(read("/sitemap-news.xml")) == [inside.get_absolute_url()]


def test_news_say_who_when_and_what(client, read, clock):
    ArticleFactory(headline="港に六十年", publish_at=NOW - timedelta(hours=1))
    text = client.get("/sitemap-news.xml").content.decode()
    assert "<news:name>ことのは新報</news:name><news:language>ja</news:language>" in text
    assert "<news:publication_date>2026-11-23T11:00:00+09:00</news:publication_date>" in text
    assert list(read("/sitemap-news.xml").values()) == ["港に六十年"]
    assert read("/sitemap.xml")["/sitemap-news.xml"] == "2026-11-23T12:00:00+09:00"


def test_a_file_without_news_is_valid_and_not_in_the_index(read, clock):
    published(2026, 3)
    assert read("/sitemap-news.xml") == {}
    assert "/sitemap-news.xml" not in read("/sitemap.xml")


def test_a_thousand_and_one_news_are_two_files(read, clock):
    section = SectionFactory()
    Article.objects.bulk_create(
        Article(
            headline=f"記事{number}", section=section, status=Article.Status.PUBLISHED,
            publish_at=NOW - timedelta(seconds=number),
        )
        for number in range(1001)
    )  # fmt: skip
    index = read("/sitemap.xml")
    assert {path for path in index if "news" in path} == {
        "/sitemap-news.xml",
        "/sitemap-news-2.xml",
    }
    assert len(read("/sitemap-news.xml")) == 1000
    assert list(read("/sitemap-news-2.xml").values()) == ["記事1000"]


@pytest.mark.parametrize("headline", HOSTILE)
def test_no_headline_breaks_a_file(read, clock, headline):
    article = ArticleFactory(publish_at=NOW)
    write_raw_headline(article, headline)
    [title] = read("/sitemap-news.xml").values()
    assert title == strip_unwanted(headline)


# --- the schema sees what is wrong


GOOD = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>'
    "<loc>https://news.example.jp/articles/1/</loc><news:news><news:publication>"
    "<news:name>新報</news:name><news:language>ja</news:language></news:publication>"
    "<news:publication_date>2026-11-23T11:00:00+09:00</news:publication_date>"
    "<news:title>題</news:title></news:news></url></urlset>"
)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (">ja<", ">ja-JP<"),
        ("<news:title>題</news:title>", ""),
        (">題<", "><"),
        (">題<", "> <"),
        ("2026-11-23T11:00:00+09:00", "23 Nov 2026"),
        ("https://news.example.jp", ""),
        ("https://news.example.jp/articles/1/", "https://news.example.jp/記事/"),
    ],
)
def test_the_schema_refuses(schema, good, bad):
    assert schema.validate(etree.fromstring(GOOD))
    assert good in GOOD
    assert not schema.validate(etree.fromstring(GOOD.replace(good, bad)))


# --- cost


def test_the_number_of_queries_does_not_grow(client, read, clock, django_assert_num_queries):
    def grow(years):
        for year in years:
            for month in range(1, 11):
                article = published(year, month)
                article.tags.set(["灯台", "岬"])
                ArticleAuthor.objects.create(article=article, author=AuthorFactory())

    costs = {
        "/sitemap.xml": 4, "/sitemap-pages.xml": 3, "/sitemap-2026-3-1.xml": 1,
        "/sitemap-news.xml": 1, "/sitemap-tags-1.xml": 1, "/sitemap-authors-1.xml": 1,
    }  # fmt: skip
    grow([2026])
    for path, cost in costs.items():
        with django_assert_num_queries(cost):
            assert client.get(path).status_code == 200
    grow(range(2015, 2026))
    for path, cost in costs.items():
        with django_assert_num_queries(cost):
            client.get(path)


def test_answered_with_304_while_nothing_changed(client, clock):
    article = published(2026, 3)
    for path in ("/sitemap.xml", "/sitemap-2026-3-1.xml", "/sitemap-news.xml"):
        etag = client.get(path)["ETag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304, path
    etag = client.get("/sitemap-2026-3-1.xml")["ETag"]
    publishing.update(article, by=None)
    again = client.get("/sitemap-2026-3-1.xml", headers={"If-None-Match": etag})
    assert again.status_code == 200
    assert timezone.localtime(Article.objects.get().saved_at) == NOW
