"""予定表: what stands on which day in Japan, what is red, and moving an item."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from articles.models import Article, SectionScope
from newsportal.models import Purge
from newsportal.roles import Role
from tests.articles.desk import person, words
from tests.articles.pictures import add_photo, make_photo
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db
JST = ZoneInfo("Asia/Tokyo")
PAGE, MOVE = "/admin/articles/article/calendar/", "/admin/articles/article/calendar/move/"


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=JST), tick=False):
        yield


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


def planned(day, hour, minute=0, status="published", **values):
    at = datetime(2026, 11, day, hour, minute, tzinfo=JST)
    return ArticleFactory(publish_at=at, status=status, **values)


def shown(client, **query):
    response = client.get(PAGE, query)
    assert response.status_code == 200
    return {
        day: [item.article for item in items] for day, items in response.context["days"]
    }, response


def test_an_item_stands_on_its_day_in_japan_with_its_time(client, editor):
    # The evening before in UTC.
    early, late = planned(25, 0, 30), planned(25, 23, 50)
    draft = planned(26, 6, status="draft")
    planned(30, 6)
    days, response = shown(client, view="week", on="2026-11-25")
    assert list(days) == [date(2026, 11, day) for day in range(23, 30)]
    assert days[date(2026, 11, 25)] == [early, late]
    assert days[date(2026, 11, 26)] == [draft]
    assert "00:30" in words(response)
    assert "23:50" in words(response)


def test_day_and_coming(client, editor):
    gone, soon, far = planned(23, 8), planned(23, 18), planned(29, 6)
    days, _ = shown(client, view="day", on="2026-11-23")
    assert days == {date(2026, 11, 23): [gone, soon]}
    days, _ = shown(client, view="coming")
    assert days == {date(2026, 11, 23): [soon], date(2026, 11, 29): [far]}


@pytest.mark.parametrize("on", ["", "x", "2026-13-40", "0001-01-01", "9999-12-31", "２０２６"])
def test_a_day_that_is_none_is_today(client, editor, on):
    for view in ("day", "week", "coming", "nonsense"):
        days, _ = shown(client, view=view, on=on)
        assert view == "coming" or date(2026, 11, 23) in days


def test_what_is_late_is_red_and_says_why(client, editor, settings):
    held = planned(24, 6, status="held", held_reason="写真の権利がありません。")
    forgotten = planned(23, 7, status="approved")
    with_photo = planned(23, 8, 30)
    add_photo(with_photo, make_photo())
    unpurged = planned(23, 8)
    fine = planned(24, 9)
    settings.CDN = "fastly"
    long_ago = datetime(2026, 11, 23, 8, tzinfo=JST)
    Purge.objects.create(
        invalidation=1, keys=f"article-{unpurged.pk}", changed_at=long_ago, next_try_at=long_ago
    )
    response = client.get(PAGE)
    late = {item.article: item.late for _, items in response.context["days"] for item in items}
    assert late[held] == ["保留：写真の権利がありません。"]
    assert "予定の時刻を過ぎました" in late[forgotten][0]
    assert "画像がまだできていません" in late[with_photo][0]
    assert "CDN" in late[unpurged][0]
    assert late[fine] == []
    assert words(response).count("is-late") == 4


def test_two_in_the_same_minute_are_said(client, editor):
    planned(25, 6), planned(25, 6), planned(25, 7)
    assert words(client.get(PAGE)).count("同じ時刻に") == 2


def move(client, article, day, /, **values):
    data = {"article": article.pk, "version": article.version, "day": day, "view": "week"}
    return client.post(MOVE, data | values, follow=True)


def test_moving_keeps_the_time_of_day(client, editor):
    article = planned(25, 0, 30)
    response = move(client, article, "2026-11-28")
    assert "11月28日 00:30に移しました" in words(response)
    article.refresh_from_db()
    assert article.publish_at == datetime(2026, 11, 28, 0, 30, tzinfo=JST)
    assert article.status == "published"
    assert article.revisions.exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"day": "2026-11-22"}, "過ぎています"),
        ({"day": "きのう"}, "日付は"),
        ({"day": ""}, "日付は"),
        ({"article": "x"}, "その記事はありません"),
        ({"article": "9" * 30}, "その記事はありません"),
        ({"article": "999"}, "その記事はありません"),
        ({"version": "7"}, "保存しました"),
        ({"version": ""}, "保存しました"),
        ({"version": "9" * 30}, "保存しました"),
    ],
)
def test_what_cannot_be_moved_is_said(client, editor, values, said):
    article = planned(25, 6)
    response = move(client, article, "2026-11-28", **values)
    assert said in words(response)
    article.refresh_from_db()
    assert article.publish_at.day == 24


def test_what_is_out_stays(client, editor):
    article = planned(23, 8)
    assert "変えられません" in words(move(client, article, "2026-11-28"))


def test_an_end_before_the_new_time_is_said(client, editor):
    article = planned(25, 6, unpublish_at=datetime(2026, 11, 26, 6, tzinfo=JST))
    assert "公開終了日時" in words(move(client, article, "2026-11-28"))


@pytest.mark.parametrize(("role", "status", "moved"), [
    (Role.WRITER, "draft", True),
    (Role.WRITER, "published", False),
    (Role.WRITER, "held", False),
    (Role.EDITOR, "published", True),
    (Role.EDITOR, "held", True),
])  # fmt: skip
@pytest.mark.parametrize("scoped", [False, True])
def test_who_may_move_what(client, role, status, moved, scoped):
    user = person(role)
    article = planned(25, 6, status=status)
    if scoped:
        SectionScope.objects.create(user=user).sections.add(SectionFactory(slug="x", name="別"))
    client.force_login(user)
    response = move(client, article, "2026-11-28")
    assert response.status_code == (200 if moved and not scoped else 403)
    assert (Article.objects.get().publish_at.day == 27) == (moved and not scoped)


def test_a_full_week_costs_no_more_queries(client, editor, django_assert_max_num_queries):
    for hour in range(6, 18):
        add_photo(planned(25, hour), make_photo(color="navy"))
    with django_assert_max_num_queries(12):
        client.get(PAGE)


def test_only_the_post_moves(client, editor):
    assert client.get(MOVE).status_code == 405
    assert client.post(PAGE).status_code == 405
