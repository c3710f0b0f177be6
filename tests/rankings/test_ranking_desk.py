from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone

from articles.models import AuditEntry, Invalidation
from newsportal import roles
from rankings.ledger import HELD
from rankings.models import HeldViews, HourBucket, RankingRule, RefusedViews, SnapshotItem
from rankings.ranking import compute
from rankings.turns import epoch_hour
from tests.factories import ArticleFactory, SectionFactory
from tests.outbox import invalidated
from tests.rankings.beacons import PHONE, Door, drain
from tests.rankings.readers import read

pytestmark = pytest.mark.django_db

RULES = "/admin/rankings/rankingrule/"


def log_in(client, role) -> User:
    roles.set_up()
    user = User.objects.create_user("desk", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=roles.group_name(role)))
    client.force_login(user)
    return user


@pytest.fixture
def publisher(client):
    return log_in(client, roles.Role.PUBLISHER)


@pytest.fixture
def articles():
    made = ArticleFactory.create_batch(4, publish_at=timezone.now() - timedelta(days=2))
    for place, article in enumerate(made):
        read(article, 10 - place)
    compute()
    return made


def site_list():
    items = SnapshotItem.objects.filter(snapshot__window="daily", snapshot__section=None)
    return [item.article_id for item in items.order_by("rank")]


def rule(of, **values) -> dict[str, str]:
    blank = dict.fromkeys(("window", "section", "place", "starts_at_0", "starts_at_1"), "")
    blank |= dict.fromkeys(("until_0", "until_1", "previewed"), "")
    return {**blank, "kind": "exclude", "article": of.pk, "reason": "遺族の求め", **values}


def previewed(response) -> str:
    return re.search(r'name="previewed" value="(\w+)"', response.text)[1]


def apply(client, data, path="add/"):
    """Saves twice, as an editor does: preview, then the same values again."""
    response = client.post(f"{RULES}{path}", data)
    assert response.status_code == 200, response
    return client.post(f"{RULES}{path}", {**data, "previewed": previewed(response)})


def test_a_rule_is_previewed_before_it_is_applied(client, publisher, articles):
    response = client.post(f"{RULES}add/", rule(articles[0]))

    assert "まだ反映していません" in response.text
    assert "調整の後" in response.text
    assert not RankingRule.objects.exists()
    assert site_list()[0] == articles[0].pk


def test_an_excluded_article_is_gone_at_once_and_noted(client, publisher, articles):
    views = HourBucket.objects.get(article_id=articles[0].pk).views
    Invalidation.objects.all().delete()

    response = apply(client, rule(articles[0]))

    assert response.status_code == 302
    assert site_list() == [article.pk for article in articles[1:]]
    assert f"/articles/{articles[0].pk}/" not in client.get("/ranking/").text
    entry = AuditEntry.objects.get(action="ranking_rule")
    assert (entry.actor, entry.reason) == (publisher, "遺族の求め")
    assert entry.new["kind"] == "exclude"
    assert "ranking" in invalidated()
    assert HourBucket.objects.get(article_id=articles[0].pk).views == views


def test_a_pin_stands_where_the_desk_put_it(client, publisher, articles):
    unread = ArticleFactory()

    apply(client, rule(unread, kind="pin", place="2", window="daily"))

    assert site_list()[:3] == [articles[0].pk, unread.pk, articles[1].pk]


def test_a_cap_keeps_an_article_below_its_place(client, publisher, articles):
    apply(client, rule(articles[0], kind="cap", place="3"))

    assert site_list() == [articles[i].pk for i in (1, 2, 0, 3)]


def test_a_rule_of_a_section_leaves_the_site_alone(client, publisher, articles):
    apply(client, rule(articles[0], section=articles[0].section_id))

    assert site_list()[0] == articles[0].pk
    of_section = SnapshotItem.objects.filter(
        snapshot__window="daily", snapshot__section=articles[0].section
    )
    assert articles[0].pk not in of_section.values_list("article_id", flat=True)


def test_a_rule_ends_by_itself(client, publisher, articles):
    until = timezone.localtime() + timedelta(hours=1)
    apply(client, rule(articles[0], until_0=f"{until:%Y-%m-%d}", until_1=f"{until:%H:%M}"))
    assert site_list()[0] != articles[0].pk

    compute(timezone.now() + timedelta(hours=2))

    assert site_list()[0] == articles[0].pk


def test_lifting_a_rule_lets_the_numbers_speak(client, publisher, articles):
    apply(client, rule(articles[0]))
    made = RankingRule.objects.get()

    client.post(f"{RULES}{made.pk}/delete/", {"post": "yes"})

    assert site_list()[0] == articles[0].pk
    assert AuditEntry.objects.filter(action="ranking_rule_lifted").exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": ""}, "このフィールドは必須です"),
        ({"kind": "pin"}, "固定と上限には順位を書き"),
        ({"place": "3"}, "除外では空欄に"),
        ({"kind": "pin", "place": "0"}, "固定と上限には順位を書き"),
        ({"until_0": "2020-01-01", "until_1": "00:00"}, "終了が過ぎています"),
        ({"article": "999999"}, "正しく選択してください"),
    ],
)
def test_a_wrong_rule_is_refused_with_a_reason(client, publisher, articles, values, said):
    response = client.post(f"{RULES}add/", rule(articles[0], **values))

    assert response.status_code == 200
    assert said in response.text
    assert "調整の後" not in response.text
    assert not RankingRule.objects.exists()


def test_a_section_that_is_not_the_articles_is_refused(client, publisher, articles):
    other = SectionFactory(name="経済", slug="economy")

    response = client.post(f"{RULES}add/", rule(articles[0], section=other.pk))

    assert "この記事の分野は「社会」です" in response.text


def test_other_values_than_the_previewed_ones_are_previewed_again(client, publisher, articles):
    token = previewed(client.post(f"{RULES}add/", rule(articles[0])))

    response = client.post(f"{RULES}add/", rule(articles[1], previewed=token))

    assert "まだ反映していません" in response.text
    assert not RankingRule.objects.exists()


def test_an_editor_sees_the_desk_and_may_not_rule(client, articles):
    log_in(client, roles.Role.EDITOR)

    page = client.get("/admin/rankings/snapshot/")

    assert page.status_code == 200
    assert "載せない" not in page.text
    assert client.get(f"{RULES}add/").status_code == 403
    assert client.post("/admin/rankings/snapshot/counting/", {"held": "1:1:1"}).status_code == 403


def test_a_writer_does_not_see_it(client, articles):
    log_in(client, roles.Role.WRITER)

    assert client.get("/admin/rankings/snapshot/").status_code == 403
    assert client.get(f"/admin/rankings/snapshot/article/{articles[0].pk}/").status_code == 403


def test_the_list_as_readers_see_it(client, publisher, articles):
    html = client.get("/admin/rankings/snapshot/?window=daily&section=society").text

    places = [html.index(article.headline) for article in articles]
    assert places == sorted(places)
    assert "kind=exclude" in html


def test_replay(client, publisher, articles):
    then = timezone.localtime() + timedelta(minutes=2)
    read(articles[3], 100)
    compute(timezone.now() + timedelta(minutes=10))

    html = client.get(f"/admin/rankings/snapshot/?at={then:%Y-%m-%dT%H:%M}").text

    assert "に読者が見た順位" in html
    assert html.index(articles[0].headline) < html.index(articles[3].headline)


@pytest.mark.parametrize("query", ["at=nonsense", "at=2026-99-99T00:00", "at=1990-01-01T00:00"])
def test_a_time_that_cannot_be_replayed(client, publisher, articles, query):
    assert client.get(f"/admin/rankings/snapshot/?{query}").status_code == 200


def test_an_articles_readers(client, publisher, articles):
    HourBucket.objects.filter(article_id=articles[0].pk).update(top_network=4)

    html = client.get(f"/admin/rankings/snapshot/article/{articles[0].pk}/").text

    assert "40%" in html
    assert html.count("<svg") >= 3
    assert "<polyline" in html
    assert "1位" in html


def test_how_an_article_was_read(client, publisher, articles):
    """Told by the beacon at leaving: who read to the end, and how long it was in sight."""
    door = Door()
    for number in range(10):
        door.leave(articles[0], 30, 95 if number < 4 else 50, agent=f"{PHONE} {number}")
    drain()

    html = client.get(f"/admin/rankings/snapshot/article/{articles[0].pk}/").text

    assert "<dt>読了（30日）</dt><dd>4</dd>" in html
    # 300 seconds over the ten views that the article has.
    assert "<dt>平均の表示時間（30日）</dt><dd>30秒</dd>" in html
    assert html.count('<td class="num">4</td><td class="num">30</td>') == 2


def test_the_share_of_a_network_counts_what_is_held(client, publisher, articles):
    """Of 10 counted views and 30 held ones, 34 came from one network."""
    hour = HourBucket.objects.get(article_id=articles[0].pk).hour
    HourBucket.objects.filter(article_id=articles[0].pk).update(top_network=34)
    HELD.add([(hour, articles[0].pk, 9, 30)])

    html = client.get(f"/admin/rankings/snapshot/article/{articles[0].pk}/").text

    assert "85%" in html


def test_an_article_that_nobody_has_read(client, publisher):
    article = ArticleFactory()

    html = client.get(f"/admin/rankings/snapshot/article/{article.pk}/").text

    assert "0%" in html
    assert client.get("/admin/rankings/snapshot/article/999999/").status_code == 404


def test_what_was_refused_and_accepting_what_was_held(client, publisher, articles):
    hour = epoch_hour(timezone.now().timestamp())
    RefusedViews.objects.create(hour=hour, reason="bot", count=77)
    HELD.add([(hour, articles[3].pk, 9, 30)])

    html = client.get("/admin/rankings/snapshot/counting/").text
    assert "ボット 77" in html
    assert articles[3].headline in html

    held = f"{hour}:{articles[3].pk}:9"
    client.post("/admin/rankings/snapshot/counting/", {"held": held})

    assert HeldViews.objects.get().accepted == 30
    assert HourBucket.objects.get(article_id=articles[3].pk).views == 37
    assert client.post("/admin/rankings/snapshot/counting/", {"held": "x"}).status_code == 404


def test_the_list_of_articles_has_views(client, publisher, articles):
    html = client.get("/admin/articles/article/?o=-7").text

    assert f'href="/admin/rankings/snapshot/article/{articles[0].pk}/"' in html
    places = [html.index(f"/article/{article.pk}/") for article in articles]
    assert places == sorted(places)


def test_the_first_page_of_the_desk_shows_todays_list(client, publisher, articles):
    html = client.get("/admin/").text

    assert "24時間のランキング" in html
    assert articles[0].headline in html


def test_permissions_are_those_of_the_table(client, articles):
    user = User.objects.create_user("only", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_snapshot"))
    client.force_login(user)

    assert client.get("/admin/rankings/snapshot/").status_code == 200
    assert client.get(RULES).status_code == 403
