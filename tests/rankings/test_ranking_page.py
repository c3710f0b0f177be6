from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from rankings.models import Snapshot
from rankings.ranking import compute
from tests.factories import ArticleFactory, SectionFactory
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def articles():
    made = ArticleFactory.create_batch(3, publish_at=timezone.now() - timedelta(days=2))
    for place, article in enumerate(made):
        read(article, 10 - place)
    compute()
    return made


def listed(response) -> list[int]:
    part = re.search(r'<ol class="rank">.*?</ol>', response.text, re.DOTALL)
    return [int(pk) for pk in re.findall(r'href="/articles/(\d+)/"', part[0])] if part else []


@pytest.mark.parametrize(
    "path",
    [
        "/ranking/",
        "/ranking/hourly/",
        "/ranking/daily/",
        "/ranking/weekly/",
        "/ranking/monthly/",
        "/ranking/all/",
        "/ranking/rising/",
        "/ranking/daily/society/",
    ],
)
def test_every_list_has_its_page(client, articles, path):
    response = client.get(path)

    assert response.status_code == 200
    assert listed(response) == [article.pk for article in articles]
    assert response["Surrogate-Key"].split()[0].startswith("article-")
    assert "s-maxage" in response["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    ["/ranking/yearly/", "/ranking/daily/nowhere/", "/ranking/DAILY/", "/ranking/daily/society/x/"],
)
def test_an_unknown_list_is_not_found(client, articles, path):
    assert client.get(path).status_code == 404


def test_tabs_are_links_and_say_where_the_reader_is(client, articles):
    html = client.get("/ranking/weekly/society/").text

    assert "<h1>社会のアクセスランキング（週間）</h1>" in html.replace("<wbr>", "")
    # One place of the menu is this one.
    menu = html[html.index('<nav class="nav"') :]
    assert menu[: menu.index("</nav>")].count("aria-current") == 1
    assert re.search(r'<a href="/ranking/weekly/society/"\s+aria-current="page">週間</a>', html)
    assert re.search(r'<a href="/ranking/daily/society/"\s*>24時間</a>', html)
    assert re.search(r'<a href="/ranking/weekly/">すべて</a>', html)
    assert "直近7日間の閲覧数の順です。" in html
    assert "更新" in html


def test_a_list_has_one_address(client, articles):
    pages = [client.get(path).text for path in ("/ranking/", "/ranking/daily/")]
    for html in pages:
        assert re.findall(r'<link rel="canonical" href="[^"]*?8000([^"]*)">', html) == ["/ranking/"]
        assert '<li aria-current="page">アクセスランキング</li>' in html
    for html in (*pages, client.get("/ranking/weekly/").text, client.get("/").text):
        assert 'href="/ranking/daily/"' not in html
        assert re.search(r'<a href="/ranking/"[^>]*>24時間</a>', html)


def test_the_masthead_says_that_the_reader_is_among_the_rankings(client, articles):
    mark = r'<a href="/ranking/" aria-current="(\w+)">ランキング</a>'
    assert re.findall(mark, client.get("/ranking/").text) == ["page"]
    assert re.findall(mark, client.get("/ranking/weekly/society/").text) == ["true"]
    assert re.findall(mark, client.get("/nowhere/").text) == []


def test_an_empty_list_says_so(client):
    SectionFactory()
    compute()

    response = client.get("/ranking/yesterday/")

    assert "この期間に読まれた記事はまだありません。" in response.text
    assert listed(response) == []


def test_a_page_before_the_first_pass(client):
    assert client.get("/ranking/").status_code == 200


def test_a_late_list_says_so(client, articles):
    Snapshot.objects.update(computed_at=timezone.now() - timedelta(hours=2))

    assert "集計が遅れています" in client.get("/ranking/").text


def test_fifty_items_in_five_queries(client, django_assert_max_num_queries):
    for _ in range(52):
        read(ArticleFactory(), 3)
    compute()
    client.get("/ranking/")

    with django_assert_max_num_queries(5):
        response = client.get("/ranking/")

    assert len(listed(response)) == 50


def test_only_reading_is_allowed(client):
    assert client.post("/ranking/").status_code in {403, 405}
