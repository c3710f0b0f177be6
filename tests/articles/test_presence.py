"""Who has an article open, who writes, and how the pen passes on."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

import pytest
import time_machine

from articles.models import EditingSession
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, words
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 24, 4, 50, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def article():
    return ArticleFactory(status="draft", publish_at=None)


class Window:
    """An opened form of somebody: what its script sends, and what it is told."""

    def __init__(self, client, user, article):
        self.client, self.user, self.article = client, user, article
        self.tab = str(uuid.uuid4())
        self.status = None

    def send(self, **asked):
        self.client.force_login(self.user)
        url = f"/admin/articles/article/{self.article.pk}/presence/"
        body = {"tab": self.tab, "typed": None} | asked
        answer = self.client.post(url, json.dumps(body), content_type="application/json")
        self.status = answer.status_code
        return answer.json()

    def types(self):
        return self.send(typed=0)

    def takes_over(self):
        return self.send(do="take_over")


@pytest.fixture
def asakura(client, article):
    user = person(Role.WRITER, "asakura")
    user.last_name = "朝倉"
    user.save()
    return Window(client, user, article)


@pytest.fixture
def takai(client, article):
    return Window(client, person(Role.EDITOR, "takai"), article)


def test_two_people_see_each_other(clock, asakura, takai):
    assert asakura.send()["people"] == []
    told = takai.send()
    assert told["people"] == [
        {"name": "朝倉", "initial": "朝", "is_me": False, "is_idle": True, "writes": False}
    ]
    assert not told["is_read_only"]
    assert [one["name"] for one in asakura.send()["people"]] == ["高井"]


def test_who_types_first_writes_and_the_other_reads(clock, asakura, takai):
    takai.send()
    assert asakura.types()["writes"]
    told = takai.types()
    assert (told["holder"], told["is_read_only"], told["writes"]) == ("朝倉", True, False)
    assert not asakura.send()["is_read_only"]


@pytest.mark.parametrize(
    ("seconds", "is_free"), [(59, False), (60, True), (-299, False), (-300, True)]
)
def test_the_lease_ends_with_the_form_or_when_nobody_types(clock, asakura, takai, seconds, is_free):
    """After so many seconds of silence, or (below zero) with a form that beats untouched."""
    asakura.types()
    clock.shift(abs(seconds))
    if seconds < 0:
        asakura.send()
    assert takai.types()["is_read_only"] is not is_free
    # Whoever wakes up reads.
    assert asakura.types()["is_read_only"] is is_free


def test_closing_the_form_frees_it_at_once(clock, asakura, takai):
    asakura.types()
    assert takai.send()["is_read_only"]
    asakura.send(do="leave")
    told = takai.types()
    assert told["people"] == []
    assert told["writes"]


def test_saving_frees_it_at_once(clock, client, article, asakura, takai):
    client.force_login(asakura.user)
    page = fields(client.get(change(article))) | {"desk_tab": asakura.tab, "_save": ""}
    asakura.types()
    client.force_login(asakura.user)
    assert client.post(change(article), page).status_code == 302
    told = takai.types()
    assert (told["writes"], told["version"], told["saved_by"]) == (True, 2, "朝倉")


def test_taking_over_needs_a_permission_and_the_other_is_told_by_whom(clock, asakura, takai):
    takai.types()
    assert asakura.takes_over() == {"error": "編集を引き継ぐ権限がありません。"}
    assert asakura.status == 403
    assert not takai.send()["is_read_only"]
    takai.send(do="leave")
    asakura.types()
    assert takai.takes_over()["writes"]
    told = asakura.types()
    assert (told["taken_by"], told["is_read_only"]) == ("高井", True)
    assert EditingSession.objects.filter(holds=True).count() == 1


def test_a_form_that_was_taken_over_saves_nothing_and_keeps_what_was_typed(
    clock, client, article, asakura, takai
):
    client.force_login(asakura.user)
    page = fields(client.get(change(article)))
    asakura.types()
    takai.takes_over()
    takai.send(do="leave")
    client.force_login(asakura.user)
    late = page | {"headline": "目を覚ました画面", "desk_tab": asakura.tab, "_save": ""}
    refused = client.post(change(article), late)
    assert "高井さんが編集を引き継いだので" in words(refused)
    assert fields(refused)["headline"] == "目を覚ました画面"
    article.refresh_from_db()
    assert article.version == 1
    # The same text from a form that is opened anew is saved.
    assert client.post(change(article), late | {"desk_tab": str(uuid.uuid4())}).status_code == 302


def test_ones_own_other_window_keeps_nobody_out(clock, client, article, takai):
    takai.types()
    second = Window(client, takai.user, article)
    told = second.types()
    assert (told["writes"], told["is_read_only"]) == (True, False)
    assert told["people"][0]["is_me"]


def test_a_beat_is_one_small_write(clock, takai, django_assert_num_queries, client):
    takai.types()
    client.force_login(takai.user)
    url = f"/admin/articles/article/{takai.article.pk}/presence/"
    body = json.dumps({"tab": takai.tab, "typed": 1})
    with django_assert_num_queries(9) as caught:
        client.post(url, body, content_type="application/json")
    writes = [one["sql"] for one in caught if not one["sql"].startswith("SELECT")]
    assert len(writes) == 1
    assert writes[0].startswith("UPDATE")


def test_who_may_not_change_it_is_not_there(clock, client, article):
    stranger = Window(client, person(Role.WRITER), ArticleFactory())
    stranger.send()
    assert stranger.status == 403
    assert Window(client, person(Role.EDITOR), article).send(tab="x") == {
        "error": "送られた内容を読めません。"
    }
    nobody = client.post("/admin/articles/article/999/presence/", "{}", "application/json")
    assert nobody.status_code == 404


@pytest.mark.parametrize(
    "more", [{"typed": -1}, {"typed": "x"}, {"typed": 1e300}, {"tab": None}, {"tab": ["x"]}]
)
def test_broken_signs_of_life_are_refused(clock, takai, more):
    takai.send(**more)
    assert takai.status == 400
    assert not EditingSession.objects.exists()
