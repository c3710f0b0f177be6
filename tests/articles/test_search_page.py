from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles import search as searching
from articles.highlighting import excerpt, marked
from articles.models import Article
from articles.search import parse
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db


def search(client, query, **more):
    response = client.get("/search/", {"q": query, **more})
    assert response.status_code == 200
    return response.content.decode()


def headlines(client, query, **more):
    html = search(client, query, **more)
    found = re.findall(r'<h2><a href="/articles/\d+/">(.*?)</a></h2>', html)
    return [re.sub("</?mark>", "", headline) for headline in found]


def ago(**length):
    return timezone.now() - timedelta(**length)


def test_finds_and_marks_whatever_the_spelling(client):
    ArticleFactory(headline="北朝鮮のＮＥＷＳとコーヒー")
    ArticleFactory(headline="山の学校")
    for query, shown in [("朝鮮", "朝鮮"), ("news", "ＮＥＷＳ"), ("ｺｰﾋｰ", "コーヒー")]:
        html = search(client, query)
        assert f"<mark>{shown}</mark>" in html
        assert re.search(rf"<h1>“{query}”の検索結果 <span[^>]*>1件</span></h1>", html)
        assert "山の学校" not in html


def test_shows_where_in_the_body_a_word_stands(client):
    sentence = "<p>岬には誰もいない。夜が明けると、白い鯨が湾に入った。人々は見守った。</p>"
    ArticleFactory(body="<p>潮の匂い。</p>" * 80 + sentence + "<p>風の音。</p>" * 80)
    html = search(client, "鯨")
    assert '<p class="excerpt">夜が明けると、白い<mark>鯨</mark>が湾に入った。' in html
    assert "潮の匂い" not in html
    # What stands in headline or teaser needs no other place.
    assert 'class="excerpt"' not in search(client, "岬")


def test_is_kept_from_search_engines(client):
    assert 'name="robots" content="noindex"' in search(client, "港")


@pytest.mark.parametrize("query", ["", "   ", "どこにもない言葉", "-港", '""', "「」"])
def test_helps_when_nothing_is_found(client, query):
    ArticleFactory().tags.add("灯台")
    html = search(client, query)
    assert "短くしてみてください" in html
    assert 'href="/tags/' in html
    assert '<article class="story">' not in html


def test_helps_with_fewer_words_and_wider_bounds(client):
    section = SectionFactory()
    ArticleFactory(headline="港の朝", section=section, publish_at=ago(days=3))
    html = search(client, "港 どこにもない", section=section.slug, period="day")
    assert 'href="/search/?q=%E6%B8%AF">港</a>' in html
    assert 'href="/search/?q=%E6%B8%AF%20%E3%81%A9' in html
    assert "分野と期間を限らずに探す" not in search(client, "どこにもない")


HOSTILE = [
    "<script>alert(1)</script>", '"><b>', "%", "%%", "\x00港", "\ud800", "'", "''", "\\", "\\'",
    "' OR 1=1 --", '"', '""', '"""', "*", "港*", "^港", "港 AND", "AND", "OR", "NOT", "NEAR(港 山)",
    "grams:港", "articles_searchgrams:港", "{港}", "(", ")", "(港", "港 & 山", "!港", "港 | 山",
    "港 <-> 山", "港:*", ":", "-", "--", "- 港", "-「", "「", "」「", "-\"港", "、。", "😀",
    "港" * 5000,    " ".join("港山川海空" * 50), "-港 " * 100, "\u200b", "\ue020", "ﾞ", "a\tb\nc",
    "{{ 7|add:7 }}", "{0}", "%s", "%(a)s", "\U000e0041", "\uffff",
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_strange_queries_are_only_words(client, number):
    ArticleFactory(headline="100％の<b>港</b>")
    query = HOSTILE[number].encode("utf-8", "replace").decode()
    for more in ({}, {"sort": "new"}, {"section": query, "period": query}):
        response = client.get("/search/", {"q": query, **more})
        html = response.content.decode()
        assert response.status_code == 200
        assert "<script>alert" not in html
        assert "<b>" not in html[html.index("<main") : html.index("</main")]
        assert "\x00" not in html


def test_a_very_long_query_is_cut(client):
    assert len(search(client, "港" * 5000)) < 30_000
    assert len(parse(" ".join(f"語{number}" for number in range(40))).words) == 8


def test_pages_keep_the_query_and_the_choices(client):
    for _ in range(21):
        ArticleFactory(headline="灯台 & 港")
    html = search(client, "灯台 &")
    assert 'href="?q=%E7%81%AF%E5%8F%B0%20%26&amp;page=2"' in html
    html = search(client, "灯台 &", page=2)
    assert 'rel="prev" href="?q=%E7%81%AF%E5%8F%B0%20%26"' in html
    html = search(client, "灯台", section="society", period="week", sort="new")
    assert "section=society&amp;period=week&amp;sort=new&amp;page=2" in html
    response = client.get("/search/", {"q": "灯台", "page": 1})
    assert response.status_code == 301
    assert response["Location"] == "/search/?q=%E7%81%AF%E5%8F%B0"
    assert client.get("/search/", {"q": "灯台", "page": 9}).status_code == 404


def test_headlines_come_before_teasers_before_bodies_and_then_the_newest(client):
    plain = {"teaser": "朝の港。", "body": "<p>朝の港。</p>"}
    ArticleFactory(headline="本文", **plain | {"body": "<p>鯨だ</p>"}, publish_at=ago(hours=1))
    ArticleFactory(headline="リード", **plain | {"teaser": "鯨だ"}, publish_at=ago(hours=2))
    ArticleFactory(headline="鯨だ、古い", **plain, publish_at=ago(days=9))
    ArticleFactory(headline="鯨だ、新しい", **plain, publish_at=ago(days=8))
    ArticleFactory(headline="短い", short_headline="鯨だ", **plain, publish_at=ago(days=10))
    ranked = ["鯨だ、新しい", "鯨だ、古い", "短い", "リード", "本文"]
    for query in ("鯨", "鯨だ", "「鯨だ」"):
        assert headlines(client, query) == ranked
        assert headlines(client, query, sort="new") == [*ranked[-1:], "リード", *ranked[:3]]


def test_no_word_runs_from_one_part_into_the_next(client):
    ArticleFactory(headline="雨の北", short_headline="", teaser="海道の朝", body="<p>港</p>")
    assert headlines(client, "北海") == headlines(client, "北海道") == []
    assert headlines(client, "海道") == headlines(client, "雨の北") == ["雨の北"]
    # Words may stand in different parts.
    assert headlines(client, "雨の 海道の 港") == ["雨の北"]


def test_narrows_by_section_and_period(client):
    sea, hill = SectionFactory(slug="sea", name="海"), SectionFactory(slug="hill", name="山")
    ArticleFactory(headline="灯台A", section=sea, publish_at=ago(hours=2))
    ArticleFactory(headline="灯台B", section=sea, publish_at=ago(days=3))
    ArticleFactory(headline="灯台C", section=hill, publish_at=ago(days=20))
    ArticleFactory(headline="灯台D", section=hill, publish_at=ago(days=400))
    assert headlines(client, "灯台", section="sea") == ["灯台A", "灯台B"]
    assert headlines(client, "灯台", period="day") == ["灯台A"]
    assert headlines(client, "灯台", period="week") == ["灯台A", "灯台B"]
    assert headlines(client, "灯台", period="month", section="hill") == ["灯台C"]
    assert len(headlines(client, "灯台", period="year")) == 3
    # What is no choice narrows nothing, and the form shows none.
    html = search(client, "灯台", section="moon", period="aeon", sort="odd")
    assert html.count('<article class="story">') == 4
    assert "selected" not in html
    assert '<option value="sea" selected>' in search(client, "灯台", section="sea")


def test_articles_of_the_same_second_are_all_found(client):
    moment = ago(hours=5)
    for number in range(15):
        ArticleFactory(headline=f"灯台{number}", publish_at=moment)
    assert len(headlines(client, "灯台")) == 15


@pytest.mark.parametrize(
    "hidden",
    [
        {"status": Article.Status.DRAFT},
        {"status": Article.Status.DRAFT, "publish_at": None},
        {"publish_at": timezone.now() + timedelta(days=3650)},
        {"unpublish_at": timezone.now() - timedelta(minutes=1)},
        {"embargo_until": timezone.now() + timedelta(days=3650)},
        {"status": Article.Status.WITHDRAWN, "withdrawn_at": timezone.now()},
    ],
)
def test_hidden_articles_are_not_found(client, hidden):
    ArticleFactory(headline="秘密の港", **hidden)
    ArticleFactory(headline="明るい港")
    for sort in ("", "new"):
        assert headlines(client, "港", sort=sort) == ["明るい港"]
        assert headlines(client, "秘密", sort=sort) == []
        assert "0件" in search(client, "秘密", sort=sort)


def test_counts_and_leads_no_further_than_a_bound(client, monkeypatch):
    monkeypatch.setattr(searching, "MOST_FOUND", 30)
    monkeypatch.setattr("articles.views.MOST_FOUND", 30)
    for number in range(25):
        ArticleFactory(headline=f"本文{number}", body="<p>鯨</p>")
    for number in range(10):
        ArticleFactory(headline=f"鯨{number}", publish_at=ago(days=9 - number / 2))
    html = search(client, "鯨", page=2)
    assert "30件以上" in html
    assert html.count('<article class="story">') == 10
    assert client.get("/search/", {"q": "鯨", "page": 3}).status_code == 404
    # The older ones lead all the same: their headlines hold the word.
    assert [text for text in headlines(client, "鯨") if text.startswith("鯨")] == [
        f"鯨{number}" for number in reversed(range(10))
    ]


@pytest.mark.parametrize("more", [{}, {"sort": "new"}, {"section": "society", "period": "week"}])
def test_costs_few_queries(client, django_assert_max_num_queries, more):
    for _ in range(25):
        ArticleFactory().tags.add("灯台")
    with django_assert_max_num_queries(10):
        search(client, "灯台", **more)
    with django_assert_max_num_queries(10):
        search(client, "どこにもない 言葉", **more)


def test_the_desk_costs_few_queries(admin_client, django_assert_max_num_queries):
    for _ in range(60):
        ArticleFactory()
    with django_assert_max_num_queries(20):
        response = admin_client.get("/admin/articles/article/", {"q": "灯台"})
    assert len(response.context["cl"].result_list) == 50


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("港の灯台", "灯台 港", "<mark>港</mark>の<mark>灯台</mark>"),
        ("カタカナ", "ｶﾀ", "<mark>カタ</mark>カナ"),
        ("ｶﾞｲﾄﾞの本", "がいど", "<mark>ｶﾞｲﾄﾞ</mark>の本"),
        ("㈱港", "株", "<mark>㈱</mark>港"),
        ("aaa", "aa a", "<mark>aaa</mark>"),
        ("a<b&c", "b", "a&lt;<mark>b</mark>&amp;c"),
        ("港の灯台", "港 -灯台", "<mark>港</mark>の灯台"),
        ("New\u3000York", '"new york"', "<mark>New\u3000York</mark>"),
        ("港", "", "港"),
        ("船…、港の 灯台", "灯台 港", "船…、<mark>港</mark>の <mark>灯台</mark>"),
        ("港\u200b町の朝", "町の", "港\u200b<mark>町の</mark>朝"),
        ("港\n　灯台", "灯台", "港\n　<mark>灯台</mark>"),
    ],
)
def test_marks_stand_where_the_words_are(text, query, expected):
    assert marked(text, query) == expected


def test_an_excerpt_begins_with_the_sentence_or_shows_that_it_does_not():
    assert excerpt("前。港の朝。" + "後" * 200, "朝", 20).startswith("港の朝")
    assert excerpt("前" * 200 + "港" + "後" * 200, "港", 30).startswith("…前")
    assert excerpt("港", "山") == ""
    assert excerpt("前の日。\n夜の 港\n朝。", "夜の") == "夜の 港 朝。"
    assert "港 朝" in excerpt("前の日。\n夜の港\n朝。", '"港 朝"')


@pytest.mark.parametrize(
    ("text", "words", "without"),
    [
        ("港　山", ("港", "山"), ()),
        ("「港 山」 川", ("港 山", "川"), ()),
        ("港 －山 −川 –海", ("港",), ("山", "川", "海")),
        ("-「港 山」", (), ("港 山",)),
        ("港-山", ("港-山",), ()),
        ("港 - 山", ("港", "-", "山"), ()),
        ("「港", ("港",), ()),
        ("港 港 ﾐﾅﾄ ミナト", ("港", "みなと"), ()),
        ("", (), ()),
    ],
)
def test_what_was_typed_becomes_words(text, words, without):
    assert (parse(text).words, parse(text).without) == (words, without)
