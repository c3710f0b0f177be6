"""Notes on articles: who is told, who has read, what is settled."""

from __future__ import annotations

import pytest

from articles import noting
from articles.models import ArticleNote, NoteMention
from newsportal.roles import Role
from tests.articles.desk import change, person, words
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db


def address(article):
    return f"/admin/articles/article/{article.pk}/notes/"


@pytest.fixture
def colleague():
    user = person(Role.EDITOR, "editor")
    user.last_name, user.first_name = "速水", "慎"
    user.save()
    return user


@pytest.fixture
def writer(client):
    user = person(Role.WRITER)
    client.force_login(user)
    return user


@pytest.fixture
def draft(writer):
    return ArticleFactory(status="draft", publish_at=None, created_by=writer)


def test_a_colleague_who_is_named_is_told_until_it_is_read(client, draft, writer, colleague):
    text = "@速水 慎さん、リードの人名を確かめてください。"
    answer = client.post(address(draft), {"text": text}, follow=True)
    assert text in words(answer)
    assert "わたしあてのメモ" not in words(client.get("/admin/"))
    note = ArticleNote.objects.get()
    assert (note.article, note.created_by) == (draft, writer)

    client.force_login(colleague)
    page = words(client.get("/admin/"))
    assert "わたしあてのメモ" in page
    assert "リードの人名" in page
    assert "未読" in words(client.get(address(draft)))
    done = client.post(address(draft), {"read": note.pk, "from": "index"})
    assert done["Location"] == "/admin/"
    assert "わたしあてのメモ" not in words(client.get("/admin/"))
    assert NoteMention.objects.get().read_at is not None


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("@速水 慎 さんへ", True),
        ("＠速水慎へ", True),
        ("確認を@速水さん", True),
        ("@editor へ", True),
        ("@editors の件", False),
        ("mail@editor.example へ送った", False),
        ("速水さんが言った", False),
        ("@だれか", False),
    ],
)
def test_who_is_named(text, is_named, draft, writer, colleague):
    note = noting.write_note(draft, text, by=writer)
    assert [item.user for item in note.mentions.all()] == ([colleague] if is_named else [])


def test_a_name_of_two_is_asked_back_and_the_text_stays(client, draft, colleague):
    other = person(Role.EDITOR, "second")
    other.last_name, other.first_name = "速水", "凜"
    other.save()
    answer = client.post(address(draft), {"text": "@速水 さん、見てください"})
    assert answer.status_code == 400
    assert "何人もいます" in words(answer)
    assert "@速水 凜" in words(answer)
    assert "@速水 さん、見てください</textarea>" in words(answer)
    assert not ArticleNote.objects.exists()
    assert client.post(address(draft), {"text": "@速水 凜 さん"}).status_code == 302
    assert NoteMention.objects.get().user == other


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "メモを書いて"),
        (" \n", "メモを書いて"),
        ("\x00", "メモを書いて"),
        ("長" * 1001, "1,000字まで"),
    ],
)
def test_what_is_no_note_is_refused(client, draft, text, message):
    answer = client.post(address(draft), {"text": text})
    assert answer.status_code == 400
    assert message in words(answer)
    assert not ArticleNote.objects.exists()


def test_settled_and_opened_again(client, draft, writer, colleague):
    note = noting.write_note(draft, "写真の説明が長い", by=colleague)
    client.post(address(draft), {"settle": note.pk})
    note.refresh_from_db()
    assert note.resolved_by == writer
    assert noting.open_notes(draft) == 0
    noting.settle(note, by=colleague)
    note.refresh_from_db()
    assert note.resolved_by == writer
    client.post(address(draft), {"reopen": note.pk})
    assert noting.open_notes(draft) == 1


def test_open_notes_stand_above_settled_ones(draft, writer):
    first, second = (noting.write_note(draft, text, by=writer) for text in ("一", "二"))
    noting.settle(second, by=writer)
    assert noting.notes_of(draft) == [first, second]


@pytest.mark.parametrize("value", ["", "灯台", "-1", "9" * 30, "1' OR 1"])
@pytest.mark.parametrize("verb", ["settle", "reopen", "read"])
def test_numbers_that_are_none(client, draft, verb, value):
    assert client.post(address(draft), {verb: value}).status_code == 404


def test_a_note_is_reached_through_its_own_article_only(client, draft, writer):
    note = noting.write_note(ArticleFactory(), "よその記事のメモ", by=writer)
    assert client.post(address(draft), {"settle": note.pk}).status_code == 404
    note.refresh_from_db()
    assert note.resolved_at is None


def test_only_who_may_see_the_article(client, draft):
    client.logout()
    assert client.get(address(draft)).status_code == 302
    nobody = person(Role.WRITER, "nobody")
    nobody.groups.clear()
    client.force_login(nobody)
    assert client.get(address(draft)).status_code == 403
    assert client.post(address(draft), {"text": "メモ"}).status_code == 403
    assert client.put(address(draft)).status_code in {403, 405}
    assert not ArticleNote.objects.exists()


def test_the_screen_says_how_many_are_open(client, draft, writer):
    noting.write_note(draft, "一つ目", by=writer)
    assert 'data-open="1"' in words(client.get(change(draft)))


def test_markup_in_a_note_is_text(client, draft):
    answer = client.post(address(draft), {"text": "<script>alert(1)</script>"}, follow=True)
    assert "<script>alert(1)" not in words(answer)
    assert "&lt;script&gt;" in words(answer)
