"""A hundred and more queries with known answers, through the reader's search page."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from articles.models import Article, Section
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db

SET = tomllib.loads((Path(__file__).parent / "search_set.toml").read_text("utf-8"))
# Those of the query set that other ways of cutting Japanese were measured with.
MEASURED = [
    "朝鮮", "北朝鮮", "平壌", "金正恩", "プーチン", "チン", "者会", "記者会見", "技術者会議",
    "協定", "歴史的合意", "パートナーシップ", "SSERAFIM", "気自", "電気自動車", "京都", "雪",
    "灯籠",
]  # fmt: skip


@pytest.fixture
def keys(db):
    """The articles of the set; id to key."""
    found = {}
    for row in SET["articles"]:
        section, _ = Section.objects.get_or_create(
            slug=row["section"], defaults={"name": row["section"]}
        )
        article = ArticleFactory(
            headline=row["headline"],
            teaser=row["teaser"],
            body=f"<p>{row['body']}</p>",
            section=section,
        )
        found[article.pk] = row["key"]
    return found


def ids(client, query, **more):
    html = client.get("/search/", {"q": query, **more}).content.decode()
    main = html[html.index("<main") : html.index("</main")]
    return [int(number) for number in re.findall(r'<h2><a href="/articles/(\d+)/"', main)]


def test_the_set_is_large_enough():
    assert len(SET["queries"]) >= 100
    assert len(MEASURED) == 18
    assert all(SET["queries"][query] for query in MEASURED)


def test_every_query_finds_what_it_must_and_nothing_else(client, keys):
    wrong = {}
    for query, expected in SET["queries"].items():
        found = {keys[number] for number in ids(client, query)}
        by_time = {keys[number] for number in ids(client, query, sort="new")}
        if found != set(expected) or by_time != found:
            wrong[query] = (sorted(found), sorted(by_time), expected)
    assert wrong == {}


def test_the_desk_finds_the_same_in_drafts(admin_client, keys):
    Article.objects.update(status=Article.Status.DRAFT)
    for query in MEASURED:
        response = admin_client.get("/admin/articles/article/", {"q": query})
        found = {keys[article.pk] for article in response.context["cl"].result_list}
        assert found == set(SET["queries"][query]), query
        assert ids(admin_client, query) == []
