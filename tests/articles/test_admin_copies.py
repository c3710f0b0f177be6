"""Working copies at the desk: the buttons, the banner, the pages, and who may."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from articles import publishing, working_copies
from articles.models import Article, Correction, Section, Swap
from newsportal import health
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, words
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
JST = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def live():
    article = ArticleFactory(headline="灯台を守る")
    publishing.save_article(article, by=None)
    return again(article)


@pytest.fixture
def copy(live):
    return working_copies.make_copy(live, by=None)


def again(article) -> Article:
    return Article.objects.get(pk=article.pk)


def at(article, page: str) -> str:
    return f"/admin/articles/article/{article.pk}/{page}"


def write(client, copy, **values):
    data = fields(client.get(change(copy))) | values | {"_save": ""}
    return client.post(change(copy), data, follow=True)


def test_a_copy_is_made_written_compared_and_swapped_in(client, editor, live):
    page = client.get(change(live))
    assert "差し替え稿を作る" in words(page)
    page = client.post(at(live, "copy/"), follow=True)
    copy = Article.objects.get(replaces=live)
    assert page.redirect_chain[-1][0] == change(copy)
    assert "「灯台を守る」" in words(page)
    assert 'name="_publish"' not in words(page)
    assert 'name="publish_at_0"' not in words(page)
    write(client, copy, body="<p>書き直した本文。</p>")
    assert again(live).body == live.body
    assert "書き直した本文" in words(client.get(at(copy, "compare/?a=live&b=now")))
    page = client.post(at(copy, "swap/"), {"is_material": "on"}, follow=True)
    assert "差し替えました" in words(page)
    assert page.redirect_chain[-1][0] == change(live)
    assert again(live).body == "<p>書き直した本文。</p>"
    assert again(live).updated_at is not None


def test_publishing_a_copy_by_a_forged_button_is_refused(client, editor, copy, live):
    data = fields(client.get(change(copy))) | {"headline": "ひみつ", "_publish": ""}
    page = client.post(change(copy), data)
    assert "「差し替える」から公開してください" in words(page)
    assert again(copy).status == "draft"
    assert again(live).headline == "灯台を守る"


def test_a_changed_headline_asks_for_a_correction_at_the_swap(client, editor, copy, live):
    write(client, copy, headline="灯台を守った")
    page = words(client.post(at(copy, "swap/"), {}))
    assert "公開した見出しが変わっています" in page
    assert again(live).headline == "灯台を守る"
    answer = {"headline_answer": "correction", "headline_words": "守っていたのは昨年までです。"}
    client.post(at(copy, "swap/"), answer)
    assert again(live).headline == "灯台を守った"
    correction = Correction.objects.get()
    assert (correction.article, correction.created_by) == (live, editor)
    assert "昨年まで" in words(client.get(f"/articles/{live.pk}/"))


@time_machine.travel(datetime(2026, 11, 23, 13, 50, tzinfo=JST), tick=False)
def test_a_swap_is_scheduled_in_japan_time_and_taken_back(client, editor, copy, live):
    write(client, copy, body="<p>書き直した本文。</p>")
    page = client.post(at(copy, "swap/"), {"at_0": "2026-11-24", "at_1": "06:00"}, follow=True)
    assert "11月24日 06:00 に差し替わります" in words(page)
    assert Swap.objects.get().at == datetime(2026, 11, 24, 6, tzinfo=JST)
    assert Swap.objects.get().by == editor
    assert "11月24日 06:00" in words(client.get("/admin/articles/article/copies/"))
    page = client.post(at(copy, "unschedule-swap/"), follow=True)
    assert "予約を取り消しました" in words(page)
    assert Swap.objects.get().at is None
    page = client.post(at(copy, "swap/"), {"at_0": "2026-11-22", "at_1": "06:00"})
    assert "差し替え日時が過ぎています" in words(page)


def test_what_failed_at_its_time_is_seen_at_the_desk_and_by_the_doctor(client, editor, copy, live):
    now = timezone.now()
    working_copies.schedule_swap(copy, by=editor, at=now + timedelta(minutes=5))
    publishing.withdraw(live, by=editor, reason="確認")
    with time_machine.travel(now + timedelta(minutes=10), tick=False):
        working_copies.apply_due_swaps()
        for address in (change(copy), "/admin/articles/article/copies/"):
            assert "元の記事は取り下げられています" in words(client.get(address))
        found = {check.name: check for check in health.checks(timezone.now())}
        assert not found["swaps"].is_ok


def test_a_change_meanwhile_is_shown_and_taken_over_by_choice(client, editor, copy, live):
    write(client, copy, body="<p>稿の本文。</p>", teaser="稿のリード。")
    published = again(live)
    published.body, published.dateline = "<p>公開中の本文。</p>", "稚内"
    publishing.update(published, by=None)
    assert "あとから直されました" in words(client.get(change(copy)))
    assert "公開中の変更を取り込む" in words(client.post(at(copy, "swap/"), {}))
    page = client.get(at(copy, "merge-copy/"))
    assert "両方で変わったもの：本文" in words(page)
    token = {"version": published.version}
    assert "どちらにするか選んでください" in words(client.post(at(copy, "merge-copy/"), token))
    page = client.post(at(copy, "merge-copy/"), token | {"body": "copy"}, follow=True)
    assert "取り込みました" in words(page)
    merged = again(copy)
    assert (merged.body, merged.dateline) == ("<p>稿の本文。</p>", "稚内")
    client.post(at(copy, "swap/"), {})
    assert again(live).body == "<p>稿の本文。</p>"


def test_what_is_typed_while_the_copy_is_swapped_in_is_shown_and_not_lost(
    client, editor, copy, live
):
    data = fields(client.get(change(copy))) | {"headline": "打ちかけの見出し", "_save": ""}
    working_copies.swap(copy, by=editor)
    page = client.post(change(copy), data)
    assert page.status_code == 409
    assert "打ちかけの見出し" in words(page)
    assert again(live).headline == "灯台を守る"
    assert client.get(change(copy)).status_code == 302


def test_the_copy_of_a_withdrawn_article_is_still_named(client, editor, copy, live):
    publishing.withdraw(live, by=editor, reason="確認")
    page = words(client.get(change(live)))
    assert "差し替え稿を開く" in page
    assert "差し替え稿を作る" not in page
    assert "取り下げられています" in words(client.post(at(copy, "swap/"), {}))


def test_a_copy_is_discarded_after_a_question(client, editor, copy, live):
    assert "公開中の「灯台を守る」は変わりません" in words(client.get(at(copy, "discard-copy/")))
    page = client.post(at(copy, "discard-copy/"), follow=True)
    assert "破棄しました" in words(page)
    assert not Article.objects.filter(pk=copy.pk).exists()


def test_copies_stand_in_no_list_of_the_desk(client, editor, copy, live):
    write(client, copy, headline="ひみつの見出し")
    assert "ひみつの見出し" not in words(client.get("/admin/articles/article/"))
    assert "ひみつの見出し" not in words(client.get("/admin/articles/article/?q=ひみつ"))
    choices = "/admin/autocomplete/?app_label=articles&model_name=relatedarticle&field_name=other"
    assert "ひみつ" not in words(client.get(f"{choices}&term=ひみつ"))
    assert client.post(at(copy, "delete/"), {"post": "yes"}).status_code == 403


def test_a_writer_makes_and_writes_but_does_not_swap(client, live):
    client.force_login(person(Role.WRITER))
    client.post(at(live, "copy/"))
    copy = Article.objects.get(replaces=live)
    write(client, copy, headline="記者の見出し")
    assert again(copy).headline == "記者の見出し"
    assert "差し替える…" not in words(client.get(change(copy)))
    assert client.get(at(copy, "swap/")).status_code == 403
    assert client.post(at(copy, "swap/"), {}).status_code == 403
    assert client.post(at(copy, "unschedule-swap/")).status_code == 403


@pytest.mark.parametrize("page", ["swap/", "merge-copy/", "discard-copy/"])
def test_an_article_that_is_no_copy_has_no_such_page(client, editor, live, page):
    assert client.get(at(live, page)).status_code == 404
    assert client.post(at(live, page)).status_code == 404


def test_nobody_reaches_the_pages_without_a_key(client, copy, live):
    for address in (at(copy, "swap/"), at(copy, "merge-copy/"), "/admin/articles/article/copies/"):
        assert client.get(address).status_code == 302
    assert client.post(at(live, "copy/")).status_code == 302
    assert client.get(at(live, "copy/")).status_code in {302, 405}


def test_the_form_of_a_copy_costs_few_queries(client, editor, copy, django_assert_max_num_queries):
    client.get(change(copy))
    with django_assert_max_num_queries(20):
        client.get(change(copy))


@time_machine.travel(datetime(2026, 11, 23, 13, 50, tzinfo=JST), tick=False)
def test_an_emergency_is_declared_where_the_swap_is_planned(client, editor, copy, live):
    write(client, copy, body="<p>書き直した本文。</p>")
    assert "（速報）" not in words(client.get(at(copy, "swap/")))
    Section.objects.update(four_eyes=True)
    when = {"at_0": "2026-11-24", "at_1": "06:00"}
    # An editor may not do without the approval, whatever is sent.
    assert 'name="urgent_reason"' not in words(client.get(at(copy, "swap/")))
    page = client.post(at(copy, "swap/"), when | {"urgent_reason": "津波"})
    assert "承認が要ります" in words(page)
    client.force_login(person(Role.PUBLISHER))
    assert 'name="urgent_reason"' in words(client.get(at(copy, "swap/")))
    assert "承認が要ります" in words(client.post(at(copy, "swap/"), when))
    page = client.post(at(copy, "swap/"), when | {"urgent_reason": "津波"}, follow=True)
    assert "11月24日 06:00 に差し替わります" in words(page)
    assert 'name="urgent_reason"' not in words(client.get(at(copy, "swap/")))
