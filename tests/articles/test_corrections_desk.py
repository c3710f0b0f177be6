"""Corrections at the desk: asked for, written, superseded, never deleted."""

from __future__ import annotations

import pytest

from articles.models import Article, AuditEntry, Correction
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, row, words
from tests.factories import ArticleFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def live():
    return ArticleFactory(headline="灯台を守る")


def save(client, article, **values):
    data = fields(client.get(change(article)))
    return client.post(change(article), data | values | {"_save": ""}, follow=True)


def headline(article) -> str:
    return Article.objects.get(pk=article.pk).headline


def test_a_changed_headline_of_a_public_article_is_not_saved_without_an_answer(
    client, editor, live
):
    page = save(client, live, headline="灯台を守った")
    assert "訂正を出しますか" in words(page)
    assert fields(page)["headline"] == "灯台を守った"
    assert headline(live) == "灯台を守る"
    page = save(client, live, headline="灯台を守った", headline_answer="wording")
    assert "直した理由を書いてください" in words(page)
    page = save(client, live, headline="灯台を守った", headline_answer="nonsense")
    assert headline(live) == "灯台を守る"


def test_a_correction_written_in_the_answer_is_public(client, editor, live):
    said = "守っていたのは昨年までです。"
    save(client, live, headline="灯台を守った", headline_answer="correction", headline_words=said)
    assert headline(live) == "灯台を守った"
    for address in (f"/articles/{live.pk}/", "/corrections/", "/feeds/corrections/rss/"):
        assert said in words(client.get(address)), address
    assert AuditEntry.objects.filter(action="correct", actor=editor).exists()


def test_a_change_of_wording_needs_a_reason_and_does_not_move_the_update(client, editor, live):
    save(
        client, live, headline="灯台を護る", headline_answer="wording", headline_words="字を変えた"
    )
    saved = Article.objects.get()
    assert (saved.headline, saved.updated_at) == ("灯台を護る", None)
    assert saved.revisions.first().reason == "字句の直し：字を変えた"
    assert not Correction.objects.exists()


def test_a_number_that_changes_silently_is_asked_about(client, editor):
    live = ArticleFactory(headline="灯台を守る", body="<p>負傷者は12人。</p>")
    page = save(client, live, body="<p>負傷者は13人。</p>")
    assert "公開した数字か名前が変わります。" in words(page)
    assert "公開した見出しが変わります。" not in words(page)
    assert "12人" in Article.objects.get().body
    answer = {"headline_answer": "correction", "headline_words": "負傷者は13人でした。"}
    save(client, live, body="<p>負傷者は13人。</p>", **answer)
    assert "13人" in Article.objects.get().body
    assert Correction.objects.get().text == "負傷者は13人でした。"


def test_other_words_for_the_same_number_are_not_asked_about(client, editor):
    live = ArticleFactory(headline="灯台を守る", body="<p>負傷者は12人。</p>")
    save(client, live, body="<p>けがをした人は12人だった。</p>")
    assert "けがをした" in Article.objects.get().body
    draft = ArticleFactory(status="draft", publish_at=None, body="<p>12人</p>")
    save(client, draft, body="<p>13人</p>")
    draft.refresh_from_db()
    assert "13人" in draft.body


def test_a_correction_in_the_rows_below_is_an_answer_too(client, editor, live):
    data = fields(client.get(change(live))) | {"headline": "灯台を守った", "_save": ""}
    row(data, "corrections", kind="apology", text="おわびします。")
    data |= {
        "corrections-0-published_at_0": "2026-11-23",
        "corrections-0-published_at_1": "13:00",
    }
    page = client.post(change(live), data, follow=True)
    assert headline(live) == "灯台を守った", words(page)
    entry = AuditEntry.objects.get(action="correct")
    assert entry.new["correction"] == "おわび：おわびします。"


def test_a_draft_s_headline_is_nobody_s_question(client, editor):
    draft = ArticleFactory(status="draft", publish_at=None)
    save(client, draft, headline="直した見出し")
    assert headline(draft) == "直した見出し"


def test_a_correction_is_superseded_and_stays_on_record(client, editor, live):
    old = Correction.objects.create(article=live, text="まちがった訂正です。")
    address = f"/admin/articles/correction/{old.pk}/supersede/"
    assert "まちがった訂正です。" in words(client.get(address))
    assert "このフィールドは必須です" in words(
        client.post(address, {"kind": "correction", "text": ""})
    )
    client.post(address, {"kind": "apology", "text": "正しい訂正です。"})
    old.refresh_from_db()
    assert old.superseded_by.text == "正しい訂正です。"
    shown = words(client.get(f"/articles/{live.pk}/"))
    assert "正しい訂正です。" in shown
    assert "まちがった訂正です。" not in shown
    assert {"corrections", f"article-{live.pk}"} <= invalidated()
    again = client.post(address, {"kind": "correction", "text": "三つめ"})
    assert "すでに差し替えられた" in words(again)
    listed = words(client.get("/admin/articles/correction/"))
    assert "差し替え済み" in listed
    entry = AuditEntry.objects.get(action="supersede_correction")
    assert entry.old["correction"] == "訂正：まちがった訂正です。"


def test_nobody_deletes_or_changes_a_correction(client, live):
    correction = Correction.objects.create(article=live, text="訂正です。")
    client.force_login(person(Role.ADMINISTRATOR))
    address = f"/admin/articles/correction/{correction.pk}/"
    assert client.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{address}change/", {"text": "べつ"}).status_code == 403
    client.force_login(person(Role.WRITER))
    assert client.post(f"{address}supersede/", {"text": "べつ"}).status_code == 403
    assert client.get("/admin/articles/correction/999/supersede/").status_code in {403, 404}
