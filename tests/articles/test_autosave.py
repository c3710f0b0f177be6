"""What is typed is kept aside, offered back, merged with what came meanwhile, and put away."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from articles import autosaving
from articles.models import Article, ArticleTemplate, Autosave, Revision
from newsportal.roles import Role
from tests.articles.desk import ADD, change, fields, person, words
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db
URL = "/admin/articles/article/autosave/"


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def draft():
    return ArticleFactory(status="draft", publish_at=None, headline="灯台の朝")


def send(client, **asked):
    return client.post(URL, json.dumps(asked), content_type="application/json")


def keep(client, article, tab=None, **more):
    asked = {
        "do": "keep",
        "article": article.pk if article else None,
        "tab": tab or str(uuid.uuid4()),
        "version": 1,
        "values": [["headline", ""], ["body", "<p>書きか"], ["section", "x"]],
        "numbers": [],
    }
    return send(client, **(asked | more))


def test_what_is_not_valid_is_kept_and_the_article_stays_as_it_is(client, editor, draft):
    answer = keep(client, draft)
    assert answer.status_code == 200
    kept = Autosave.objects.get()
    assert (kept.user, kept.article, kept.version) == (editor, draft, 1)
    assert ["headline", ""] in kept.values
    draft.refresh_from_db()
    assert (draft.headline, draft.version) == ("灯台の朝", 1)
    assert not Revision.objects.exists()
    offers = send(client, do="offer", article=draft.pk).json()["offers"]
    assert [one["number"] for one in offers] == [kept.pk]
    assert offers[0]["saved_at"] == f"{timezone.localtime(kept.saved_at):%H:%M}"


def test_each_window_keeps_its_own_and_overwrites_only_that(client, editor, draft):
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    keep(client, draft, first, values=[["headline", "一"]])
    keep(client, draft, second, values=[["headline", "二"]])
    keep(client, draft, first, values=[["headline", "三"]])
    assert {one.tab: one.values[0][1] for one in Autosave.objects.all()} == {
        first: "三", second: "二",
    }  # fmt: skip
    keep(client, None, values=[["headline", "新しい記事"]])
    assert len(send(client, do="offer", article=draft.pk).json()["offers"]) == 2
    assert len(send(client, do="offer", article=None).json()["offers"]) == 1


def test_no_more_than_a_few_are_kept_of_one_article(client, editor, draft):
    for number in range(autosaving.MOST_OF_ARTICLE + 3):
        keep(client, draft, values=[["headline", str(number)]])
    kept = Autosave.objects.order_by("pk")
    assert [one.values[0][1] for one in kept] == ["3", "4", "5", "6", "7"]


def test_a_save_puts_away_what_its_own_window_had_kept(client, editor, draft):
    page = fields(client.get(change(draft)))
    own, other, taken = (str(uuid.uuid4()) for _ in range(3))
    keep(client, draft, own)
    keep(client, draft, other)
    adopted = keep(client, draft, taken).json()["number"]
    page |= {"desk_tab": own, "desk_adopts": str(adopted), "_save": ""}
    refused = client.post(change(draft), page | {"headline": ""})
    assert refused.status_code == 200
    assert Autosave.objects.count() == 3
    saved = client.post(change(draft), page)
    assert saved.status_code == 302
    assert saved.cookies["desk_saved"].value == own
    assert [one.tab for one in Autosave.objects.all()] == [other]


def test_a_new_article_that_is_saved_leaves_nothing_behind(client, editor):
    page = fields(client.get(ADD))
    tab = str(uuid.uuid4())
    keep(client, None, tab)
    page |= {"headline": "新しい記事", "section": str(SectionFactory().pk), "desk_tab": tab}
    assert client.post(ADD, page | {"_save": ""}).status_code == 302
    assert not Autosave.objects.exists()


def test_nobody_is_offered_or_rid_of_what_somebody_else_types(client, editor, draft):
    number = keep(client, draft).json()["number"]
    client.force_login(person(Role.PUBLISHER))
    assert send(client, do="offer", article=draft.pk).json()["offers"] == []
    send(client, do="forget", article=draft.pk, numbers=[number])
    keep(client, draft, numbers=[number])
    assert Autosave.objects.filter(pk=number).exists()


def test_who_may_not_change_an_article_keeps_nothing_of_it(client, draft):
    client.force_login(person(Role.WRITER))
    out = ArticleFactory()
    assert keep(client, out).status_code == 403
    assert "権限がありません" in keep(client, out).json()["error"]
    assert keep(client, draft).status_code == 200
    client.logout()
    assert keep(client, draft).status_code == 302
    client.force_login(User.objects.create_user("guest", is_staff=True))
    assert keep(client, draft).status_code == keep(client, None).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"do": "keep"}',
        b'{"do": "offer", "article": "1"}', b'{"do": "offer", "article": 99999999999999999999}',
        b'{"do": "offer", "article": true}', b'{"do": "forget", "numbers": ["x"]}',
        b'{"do": "forget", "numbers": [true, {}]}',
    ],
)  # fmt: skip
def test_broken_requests_are_refused_in_words(client, editor, body):
    answer = client.post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"].endswith("。")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"tab": "../../x"}, 400),
        ({"tab": 3}, 400),
        ({"version": -1}, 400),
        ({"version": "1"}, 400),
        ({"values": "x"}, 400),
        ({"values": [["a"]]}, 400),
        ({"values": [["a", 1]]}, 400),
        ({"values": [["a", "b"]] * 4001}, 400),
        ({"values": [["body", "あ" * 500_001]]}, 413),
        ({"values": [["body", "あ" * 1_000_000]]}, 413),
        ({"values": [["body", "a\0b\ud800c"]]}, 200),
    ],
)
def test_values_that_are_no_form_are_refused(client, editor, draft, more, status):
    assert keep(client, draft, **more).status_code == status
    assert Autosave.objects.count() == (status == 200)


def test_a_get_is_refused(client, editor):
    assert client.get(URL).status_code == 405


def test_the_text_comes_back_into_the_form_and_is_not_saved(client, editor, draft):
    page = fields(client.get(change(draft)))
    typed = page | {"headline": "", "tags": "灯台、港", "_restore": "1"}
    back = client.post(change(draft), typed | {"desk_tab": str(uuid.uuid4())})
    assert back.status_code == 200
    assert "書きかけを戻しました" in words(back)
    assert "errorlist" not in words(back)
    assert fields(back)["tags"] == "灯台、港"
    assert fields(back)["headline"] == ""
    draft.refresh_from_db()
    assert draft.version == 1
    new = client.post(ADD, fields(client.get(ADD)) | {"headline": "書きかけ", "_restore": "1"})
    assert fields(new)["headline"] == "書きかけ"
    assert Article.objects.count() == 1


def test_what_nobody_takes_back_is_deleted_after_two_weeks(client, editor, draft):
    keep(client, draft)
    old = keep(client, draft).json()["number"]
    Autosave.objects.filter(pk=old).update(saved_at=timezone.now() - timedelta(days=15))
    assert len(send(client, do="offer", article=draft.pk).json()["offers"]) == 1
    out = StringIO()
    call_command("prune_autosaves", stdout=out)
    assert "1件" in out.getvalue()
    assert Autosave.objects.count() == 1


def test_the_form_asks_the_database_for_nothing_more(
    client, editor, draft, django_assert_max_num_queries
):
    client.get(change(draft))
    with django_assert_max_num_queries(20):
        client.get(change(draft))


# --- templates


def test_a_new_article_begins_from_a_template(client, editor):
    section = SectionFactory()
    template = ArticleTemplate.objects.create(
        name="天気", headline="{日付}の天気", body="<p>{日付}（{曜日}）の{知らない}</p>",
        tags="天気", section=section,
    )  # fmt: skip
    today = timezone.localdate()
    page = fields(client.get(f"{ADD}?template={template.pk}"))
    assert page["headline"] == f"{today.month}月{today.day}日の天気"
    assert "{知らない}" in page["body"]
    assert (page["tags"], page["section"]) == ("天気", str(section.pk))
    assert "天気" in words(client.get("/admin/articles/article/"))


@pytest.mark.parametrize("number", ["999", "x", "", "%00", "-1", "9" * 30])
def test_a_template_that_is_not_there_is_an_empty_form(client, editor, number):
    answer = client.get(f"{ADD}?template={number}")
    assert answer.status_code in {200, 400}
