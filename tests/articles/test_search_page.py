from __future__ import annotations

import pytest

from articles.highlighting import marked
from articles.models import Article
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db


def search(client, query, **more):
    response = client.get("/search/", {"q": query, **more})
    assert response.status_code == 200
    return response.content.decode()


def test_finds_and_marks_whatever_the_spelling(client):
    ArticleFactory(headline="北朝鮮のＮＥＷＳとコーヒー")
    ArticleFactory(headline="山の学校")
    for query, shown in [("朝鮮", "朝鮮"), ("news", "ＮＥＷＳ"), ("ｺｰﾋｰ", "コーヒー")]:
        html = search(client, query)
        assert f"<mark>{shown}</mark>" in html
        assert "1件" in html
        assert "山の学校" not in html


def test_is_kept_from_search_engines(client):
    html = search(client, "港")
    assert 'name="robots" content="noindex"' in html


@pytest.mark.parametrize("query", ["", "   ", "どこにもない言葉"])
def test_helps_when_nothing_is_found(client, query):
    ArticleFactory()
    html = search(client, query)
    assert "短くしてみてください" in html
    assert '<article class="story">' not in html


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", '"><b>', "%", "\x00港", "\ud800"])
def test_strange_queries_are_only_words(client, query):
    ArticleFactory(headline="100％の<b>港</b>")
    response = client.get("/search/", {"q": query.encode("utf-8", "replace").decode()})
    html = response.content.decode()
    assert response.status_code == 200
    assert "<script>alert" not in html
    assert "<b>" not in html[html.index("<main") :]
    assert "\x00" not in html


def test_a_very_long_query_is_cut(client):
    assert len(search(client, "港" * 5000)) < 30_000


def test_pages_keep_the_query(client):
    for _ in range(21):
        ArticleFactory(headline="灯台 & 港")
    html = search(client, "灯台 &")
    assert 'href="?q=%E7%81%AF%E5%8F%B0%20%26&amp;page=2"' in html
    html = search(client, "灯台 &", page=2)
    assert 'rel="prev" href="?q=%E7%81%AF%E5%8F%B0%20%26"' in html
    response = client.get("/search/", {"q": "灯台", "page": 1})
    assert response.status_code == 301
    assert response["Location"] == "/search/?q=%E7%81%AF%E5%8F%B0"
    assert client.get("/search/", {"q": "灯台", "page": 9}).status_code == 404


def test_hidden_articles_are_not_found(client):
    ArticleFactory(headline="秘密の港", status=Article.Status.DRAFT)
    assert "秘密の港" not in search(client, "秘密の港").replace("「秘密の港」", "").replace(
        'value="秘密の港"', ""
    )


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("港の灯台", "灯台 港", "<mark>港</mark>の<mark>灯台</mark>"),
        ("カタカナ", "ｶﾀ", "<mark>カタ</mark>カナ"),
        ("㈱港", "株", "<mark>㈱</mark>港"),
        ("aaa", "aa a", "<mark>aaa</mark>"),
        ("a<b&c", "b", "a&lt;<mark>b</mark>&amp;c"),
        ("港", "", "港"),
    ],
)
def test_marks_stand_where_the_words_are(text, query, expected):
    assert marked(text, query) == expected
