"""The archive by day, month and year of Japan."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from articles.archive import Period
from articles.models import Article
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db


def at(text):
    """A moment of Japan."""
    return timezone.make_aware(datetime.fromisoformat(text))


def put(text, **fields):
    return ArticleFactory(publish_at=at(text), **fields)


def main_of(response):
    html = response.content.decode().replace("<wbr>", "")
    return html[html.index("<main") : html.index("</main>")]


@pytest.fixture
def papers():
    world = SectionFactory(name="国際", slug="world", order=2)
    society = SectionFactory(name="社会", slug="society", order=1)
    put("2025-01-31T08:00", section=society, headline="一年前の記事")
    put("2025-12-31T23:59", section=society, headline="大みそかの記事")
    put("2026-02-03T18:30", section=world, headline="海の向こうの夕方")
    put("2026-02-03T06:05", section=society, headline="町の朝")
    put("2026-02-03T12:00", section=society, headline="町の昼")
    put("2026-02-10T00:00", section=society, headline="ちょうど零時")


def test_a_day_stands_by_section_in_the_order_of_time(client, papers):
    response = client.get("/archive/2026/02/03/")
    main = main_of(response)
    assert "<h1>2026年2月3日（火）の記事</h1>" in main
    assert "3件" in main
    order = ["社会</a></h2>", "6時05分", "町の朝", "12時00分", "町の昼", "国際</a></h2>", "夕方"]
    places = [main.index(text) for text in order]
    assert places == sorted(places)
    assert "ちょうど零時" not in main


def test_days_lead_to_the_nearest_that_have_articles(client, papers):
    main = main_of(client.get("/archive/2026/02/03/"))
    assert '<a rel="prev" href="/archive/2025/12/31/">前：2025年12月31日</a>' in main
    assert '<a rel="next" href="/archive/2026/02/10/">次：2026年2月10日</a>' in main
    last = main_of(client.get("/archive/2026/02/10/"))
    assert 'rel="next"' not in last
    assert 'rel="prev" href="/archive/2026/02/03/"' in last


def test_a_day_begins_at_midnight_in_japan(client):
    ArticleFactory(publish_at=datetime(2026, 2, 9, 14, 59, 59, tzinfo=UTC), headline="九日の終わり")
    ArticleFactory(publish_at=datetime(2026, 2, 9, 15, 0, 0, tzinfo=UTC), headline="十日の始まり")
    ninth = main_of(client.get("/archive/2026/02/09/"))
    tenth = main_of(client.get("/archive/2026/02/10/"))
    assert "九日の終わり" in ninth
    assert "十日の始まり" not in ninth
    assert "十日の始まり" in tenth
    assert "九日の終わり" not in tenth


def test_the_calendar_is_a_table_that_links_days_with_articles(client, papers):
    main = main_of(client.get("/archive/2026/02/"))
    table = main[main.index("<table") : main.index("</table>")]
    assert "<caption>2026年2月の記事のある日</caption>" in table
    assert re.findall(r'<th scope="col">(.)</th>', table) == list("日月火水木金土")
    assert re.findall(r'href="/archive/2026/02/(\d\d)/"', table) == ["03", "10"]
    numbers = [int(n) for n in re.findall(r"(?:<td>|</span>)(\d+)", table)]
    assert numbers == list(range(1, 29))
    day = main_of(client.get("/archive/2026/02/03/"))
    assert 'href="/archive/2026/02/03/" aria-current="page"' in day


def test_a_month_lists_its_articles_newest_first(client, papers):
    main = main_of(client.get("/archive/2026/02/"))
    assert "<h1>2026年2月の記事</h1>" in main
    assert main.index("ちょうど零時") < main.index("夕方") < main.index("町の昼")
    assert "大みそか" not in main
    assert 'rel="prev" href="/archive/2025/12/"' in main


def test_empty_months_and_years_are_left_out(client, papers):
    assert re.findall(r'href="(/archive/\d+/)"', main_of(client.get("/archive/"))) == [
        "/archive/2026/", "/archive/2025/",
    ]  # fmt: skip
    main = main_of(client.get("/archive/2025/"))
    assert re.findall(r'href="(/archive/2025/\d+/)"', main) == [
        "/archive/2025/01/", "/archive/2025/12/",
    ]  # fmt: skip
    assert 'rel="next" href="/archive/2026/"' in main


@pytest.mark.parametrize(
    "path",
    [
        "2024/", "2026/01/", "2026/02/04/", "2026/13/", "2026/00/", "2026/02/30/", "2026/2/3/",
        "2025/02/29/", "0000/", "0001/01/01/", "9999/12/31/", "1899/", "2201/", "26/",
        "２０２６/", "2026/02/03/?page=2", "2026/02/?page=0", "2026/02/?page=x",
    ],
)  # fmt: skip
def test_days_that_are_none_or_empty_are_not_found(client, papers, path):
    assert client.get(f"/archive/{path}").status_code == 404


def test_the_future_is_not_found(client):
    tomorrow = timezone.now() + timedelta(days=1)
    article = ArticleFactory(publish_at=tomorrow)
    for parts in (1, 2, 3):
        response = client.get(Period.around(tomorrow, parts).get_absolute_url())
        assert response.status_code == 404
    Article.objects.filter(pk=article.pk).update(publish_at=timezone.now())
    assert client.get(Period.around(timezone.now(), 3).get_absolute_url()).status_code == 200


def test_an_archive_without_articles_says_so(client):
    assert "まだ記事がありません。" in main_of(client.get("/archive/"))


def test_queries_are_the_same_for_few_and_many(client, django_assert_max_num_queries):
    section = SectionFactory()
    for number in range(140):
        day = 1 + number % 28
        put(f"2026-02-{day:02}T{number % 24:02}:10", section=section)
    client.get("/")
    for path in ("", "2026/", "2026/02/", "2026/02/03/", "2026/02/?page=7"):
        # Count, page, calendar, before, after, the two sidebars.
        with django_assert_max_num_queries(7):
            assert client.get(f"/archive/{path}").status_code == 200


def test_a_full_day_goes_on_on_a_second_page(client):
    section = SectionFactory()
    for number in range(101):
        put(f"2026-02-03T{number // 60:02}:{number % 60:02}", section=section)
    first, second = (main_of(client.get(f"/archive/2026/02/03/{q}")) for q in ("", "?page=2"))
    assert first.count('<li><time datetime="2026-02-03') == 100
    assert second.count('<li><time datetime="2026-02-03') == 1
    assert client.get("/archive/2026/02/03/?page=1")["Location"] == "/archive/2026/02/03/"


def test_keys_name_the_days_that_are_shown(client, papers):
    keys = set(client.get("/archive/2026/02/03/")["Surrogate-Key"].split())
    assert {"day-20260203", "month-202602"} <= keys
    # What leads to the day before and after goes when those articles go.
    shown = Article.objects.exclude(headline="一年前の記事").values_list("pk", flat=True)
    assert {f"article-{pk}" for pk in shown} <= keys
    assert "month-202602" in client.get("/archive/2026/02/")["Surrogate-Key"]
    assert "year-2026" in client.get("/archive/2026/")["Surrogate-Key"]
    assert f"year-{timezone.localdate():%Y}" in client.get("/archive/")["Surrogate-Key"]


def test_periods_know_their_days():
    leap = Period.of(2028, 2)
    assert date(2028, 2, 29) in leap
    assert date(2028, 3, 1) not in leap
    assert (leap.name, Period.of(2028).name) == ("2028年2月", "2028年")
    assert Period.of(2026, 11, 23).weekday == "月"
