"""From draft to readers through a review: what each button does and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from articles import holding, publishing, reviewing
from articles.models import Article, AuditEntry, ReviewStep, SectionScope
from articles.trash import trash
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, words
from tests.articles.pictures import add_photo, make_photo
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def strict():
    """A section in which two people have to have looked."""
    return SectionFactory(name="政治", slug="politics", four_eyes=True)


@pytest.fixture
def writer():
    return person(Role.WRITER)


@pytest.fixture
def editor():
    return person(Role.EDITOR)


@pytest.fixture
def publisher():
    return person(Role.PUBLISHER)


@pytest.fixture
def draft(strict, writer):
    article = ArticleFactory(section=strict, status="draft", publish_at=None, created_by=writer)
    publishing.save_article(article, by=writer)
    return article


def press(client, user, article, *buttons, **typed):
    client.force_login(user)
    page = client.get(change(article))
    data = fields(page) | dict.fromkeys(buttons, "") | typed
    return client.post(change(article), data, follow=True)


def test_from_writer_to_editor_to_readers(client, draft, writer, editor):
    page = press(client, writer, draft, "_submit")
    assert page.request["PATH_INFO"].endswith("/submit/")
    page = client.post(
        page.request["PATH_INFO"], {"to": editor.pk, "words": "数字を見てください。"}, follow=True
    )
    assert "高井さんにレビューを依頼しました" in words(page)
    draft.refresh_from_db()
    assert draft.status == "in_review"
    assert list(reviewing.waiting_for(editor)) == [draft]

    page = press(client, editor, draft, "_approve")
    assert "承認しました" in words(page)
    page = press(client, editor, draft, "_publish")
    assert "公開しました" in words(page)
    assert Article.objects.public().get() == draft
    assert [step.kind for step in draft.review_steps.all()] == ["approve", "submit"]
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == [
        "submit", "approve", "publish",
    ]  # fmt: skip


def test_what_nobody_approved_does_not_go_out(client, draft, editor):
    page = press(client, editor, draft, "_publish")
    assert "この内容の承認が要ります" in words(page)
    assert not Article.objects.public().exists()


@pytest.mark.parametrize("way", ["form", "bulk", "verb"])
def test_no_way_leads_around_the_approval(client, draft, editor, way):
    client.force_login(editor)
    if way == "form":
        press(client, editor, draft, "_publish")
    elif way == "bulk":
        data = {"action": "publish_chosen", "_selected_action": [draft.pk], "_confirmed": "1"}
        page = client.post("/admin/articles/article/", data, follow=True)
        assert "承認が要ります" in words(page)
    else:
        with pytest.raises(ValidationError):
            publishing.publish(draft, by=editor, at=timezone.now() + HOUR)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_moving_it_to_a_section_without_rules_opens_no_door(client, draft, editor):
    easy = SectionFactory(name="暮らし", slug="life")
    page = press(client, editor, draft, "_publish", section=str(easy.pk))
    assert "承認が要ります" in words(page)
    assert not Article.objects.public().exists()


def test_a_return_needs_a_reason_and_shows_it_to_the_writer(client, draft, writer, editor):
    reviewing.submit(draft, by=writer)
    page = press(client, editor, draft, "_return")
    address = page.request["PATH_INFO"]
    assert address.endswith("/return/")
    assert "差し戻しの理由を書いてください" in words(client.post(address, {"words": ""}))
    assert Article.objects.get().status == "in_review"
    client.post(address, {"words": "三段落目の数字の出典がありません。"})
    assert Article.objects.get().status == "draft"
    client.force_login(writer)
    assert "三段落目の数字の出典がありません" in words(client.get(change(draft)))
    assert list(reviewing.returned_to(writer)) == [draft]


def test_who_asked_may_take_it_back(client, draft, writer):
    reviewing.submit(draft, by=writer)
    page = press(client, writer, draft, "_take_back")
    assert "下書きに戻しました" in words(page)
    assert Article.objects.get().status == "draft"


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_change_after_the_approval_goes_back_to_review(  # noqa: PLR0917 (the cast)
    client, draft, writer, editor, publisher, scheduled
):
    reviewing.submit(draft, by=writer)
    reviewing.approve(draft, by=editor)
    if scheduled:
        publishing.publish(draft, by=publisher, at=timezone.now() + HOUR)
    page = press(client, publisher, draft, "_save", headline="別の見出し")
    assert "確認待ちに戻りました" in words(page)
    draft.refresh_from_db()
    assert draft.status == "in_review"
    assert draft.review_steps.first().kind == "drop"
    with pytest.raises(ValidationError):
        publishing.publish(draft, by=publisher)


def test_a_save_that_changes_nothing_leaves_the_approval(client, draft, writer, editor, publisher):
    reviewing.submit(draft, by=writer)
    reviewing.approve(draft, by=editor)
    press(client, publisher, draft, "_save")
    draft.refresh_from_db()
    assert draft.status == "approved"
    publishing.publish(draft, by=publisher)


def test_changing_the_time_needs_no_new_approval(client, draft, writer, editor, publisher):
    reviewing.submit(draft, by=writer)
    reviewing.approve(draft, by=editor)
    publishing.publish(draft, by=publisher, at=timezone.now() + HOUR)
    draft.publish_at += HOUR
    publishing.update(draft, by=publisher)
    assert Article.objects.get().status == "published"


def test_an_approval_given_back_is_none(draft, writer, editor, publisher):
    reviewing.submit(draft, by=writer)
    reviewing.approve(draft, by=editor)
    reviewing.give_back(draft, by=editor, reason="見出しを。")
    with pytest.raises(ValidationError):
        publishing.publish(draft, by=publisher)


def test_the_last_to_change_it_may_not_approve(client, draft, writer, editor):
    reviewing.submit(draft, by=writer)
    page = press(client, editor, draft, "_approve", headline="編集者が直した見出し")
    assert "最後に直した人は承認できません" in words(page)
    assert fields(page)["headline"] == "編集者が直した見出し"
    assert Article.objects.get().status == "in_review"
    press(client, editor, draft, "_save", headline="編集者が直した見出し")
    page = press(client, editor, draft, "_approve")
    assert "最後に直した人は承認できません" in words(page)
    # An idle save by somebody else makes nobody else the last writer.
    other = person(Role.EDITOR, "other")
    press(client, other, draft, "_save")
    page = press(client, editor, draft, "_approve")
    assert "最後に直した人は承認できません" in words(page)
    page = press(client, other, draft, "_approve")
    assert "承認しました" in words(page)


def test_who_began_it_may_not_approve_it(draft, writer, editor):
    draft.created_by = editor
    draft.save()
    reviewing.submit(draft, by=writer)
    with pytest.raises(ValidationError):
        reviewing.approve(draft, by=editor)


def test_where_two_are_not_asked_for_one_may_do_both(client, draft, strict, writer, editor):
    strict.four_eyes, strict.needs_review = False, True
    strict.save()
    reviewing.submit(draft, by=writer)
    press(client, editor, draft, "_approve", headline="編集者が直した見出し")
    assert Article.objects.get().status == "approved"
    # Until the section asks for two.
    strict.four_eyes = True
    strict.save()
    page = press(client, editor, draft, "_publish")
    assert "承認が要ります" in words(page)


def test_urgent_news_goes_out_with_a_reason_and_is_looked_at_afterwards(
    client, draft, editor, publisher
):
    reason = "津波警報の発表。次席が不在のため。"
    page = press(client, editor, draft, "_publish", urgent_reason=reason)
    assert page.status_code == 403
    page = press(client, publisher, draft, "_publish")
    assert "承認が要ります" in words(page)
    page = press(client, publisher, draft, "_publish", urgent_reason=reason)
    assert "公開しました" in words(page)
    assert AuditEntry.objects.get(action="urgent").reason == reason

    listed = "/admin/articles/article/unchecked/"
    assert reason in words(client.get(listed))
    step = ReviewStep.objects.get(kind="urgent")
    assert "別の人が確認" in words(client.post(listed, {"step": step.pk}, follow=True))
    assert reviewing.unchecked().exists()
    client.force_login(editor)
    client.post(listed, {"step": step.pk})
    assert not reviewing.unchecked().exists()
    step.refresh_from_db()
    assert step.checked_by == editor


@pytest.mark.parametrize("step", ["", "x", "999999", "9" * 40, "１"])
def test_a_number_of_nothing_is_said(client, editor, step):
    client.force_login(editor)
    page = client.post("/admin/articles/article/unchecked/", {"step": step}, follow=True)
    assert "その記録はありません" in words(page)


def test_a_public_article_changes_only_with_an_approval_or_urgently(
    client, draft, writer, editor, publisher
):
    reviewing.submit(draft, by=writer)
    reviewing.approve(draft, by=editor)
    publishing.publish(draft, by=editor)
    assert "更新して保存しました" in words(press(client, editor, draft, "_save"))
    wording = {"headline_answer": "wording", "headline_words": "字句の直し"}
    page = press(client, editor, draft, "_save", headline="承認のない見出し", **wording)
    assert "承認が要ります" in words(page)
    assert fields(page)["headline"] == "承認のない見出し"
    page = press(
        client,
        publisher,
        draft,
        "_save",
        headline="急ぎの見出し",
        urgent_reason="人名の誤り",
        **wording,
    )
    assert "更新して保存しました" in words(page)
    assert Article.objects.public().get().headline == "急ぎの見出し"
    assert reviewing.unchecked().count() == 1


def test_a_withdrawn_article_comes_back_as_it_was_only(draft, writer, editor):
    reviewing.submit(draft, by=writer)
    reviewing.approve(draft, by=editor)
    publishing.publish(draft, by=editor)
    publishing.withdraw(draft, by=editor, reason="確認")
    publishing.restore(draft, by=editor)
    publishing.withdraw(draft, by=editor, reason="確認")
    draft.headline = "変えた見出し"
    publishing.save_article(draft, by=editor)
    with pytest.raises(ValidationError):
        publishing.restore(draft, by=editor)


def test_a_review_is_asked_only_of_who_may_give_it(client, draft, writer, editor):
    SectionScope.objects.create(user=editor).sections.add(
        SectionFactory(slug="life", name="暮らし")
    )
    with pytest.raises(ValidationError):
        reviewing.submit(draft, by=writer, to=editor)
    client.force_login(writer)
    address = f"/admin/articles/article/{draft.pk}/submit/"
    for who in (editor.pk, writer.pk, "x", "99999999999999999999"):
        page = client.post(address, {"to": who})
        assert page.status_code == 200
        assert page.context["form"].errors["to"]
    assert Article.objects.get().status == "draft"


def test_without_a_rule_everything_is_as_it_was(editor):
    article = ArticleFactory(status="draft", publish_at=None)
    publishing.publish(article, by=editor)
    article.headline = "直した見出し"
    publishing.update(article, by=editor)
    assert Article.objects.public().get().headline == "直した見出し"


# --- held


@pytest.fixture
def scheduled(writer, editor):
    article = ArticleFactory(status="draft", publish_at=None)
    publishing.publish(article, by=editor, at=timezone.now() + HOUR)
    return article


def test_a_photo_that_ends_before_the_time_is_refused(editor):
    article = ArticleFactory(status="draft", publish_at=None)
    add_photo(article, make_photo(rights_until=timezone.now() + HOUR))
    with pytest.raises(ValidationError, match="利用期限が切れます"):
        publishing.publish(article, by=editor, at=timezone.now() + 2 * HOUR)


def test_what_became_unfit_is_held_and_released_when_mended(client, scheduled, editor):
    photo = make_photo()
    add_photo(scheduled, photo)
    assert holding.hold_coming() == 0
    photo.rights_web = False
    photo.save()
    assert holding.hold_coming() == 1
    assert holding.hold_coming() == 0
    scheduled.refresh_from_db()
    assert scheduled.state == "予約（保留）"
    assert list(holding.held()) == [scheduled]
    assert "ウェブに載せられません" in scheduled.held_reason
    # At its time readers do not see it, without any worker.
    assert not Article.objects.public(scheduled.publish_at + HOUR).exists()
    assert scheduled.held_reason in words(press(client, editor, scheduled))
    photo.rights_web = True
    photo.save()
    page = press(client, editor, scheduled, "_save")
    assert "更新して保存しました" in words(page)
    scheduled.refresh_from_db()
    assert (scheduled.status, scheduled.held_reason) == ("published", "")
    assert Article.objects.public(scheduled.publish_at).exists()


def test_a_held_article_whose_time_passed_waits_for_somebody(client, scheduled, editor):
    Article.objects.update(status="held", publish_at=timezone.now() - HOUR, held_reason="写真")
    scheduled.refresh_from_db()
    page = press(client, editor, scheduled, "_save")
    assert "公開日時が過ぎました" in words(page)
    assert not Article.objects.public().exists()
    page = press(client, editor, scheduled, "_publish", publish_at_0="", publish_at_1="")
    assert "公開しました" in words(page)
    assert Article.objects.public().exists()


def test_rules_of_a_section_hold_what_was_scheduled_without(scheduled):
    section = scheduled.section
    section.needs_review = True
    section.save()
    assert holding.hold_in_section(section) == 1
    scheduled.refresh_from_db()
    assert "承認がありません" in scheduled.held_reason


def test_a_hold_raises_no_false_alarm_for_who_has_it_open(client, scheduled, editor):
    client.force_login(editor)
    data = fields(client.get(change(scheduled)))
    add_photo(scheduled, make_photo(rights_web=False))
    holding.hold_coming()
    page = client.post(change(scheduled), data | {"_save": ""}, follow=True)
    assert "保留のままです" in words(page)


def test_a_verb_outside_the_sections_is_refused(draft, editor):
    SectionScope.objects.create(user=editor).sections.add(
        SectionFactory(slug="life", name="暮らし")
    )
    for verb in (
        lambda: reviewing.submit(draft, by=editor),
        lambda: reviewing.approve(draft, by=editor),
        lambda: reviewing.give_back(draft, by=editor, reason="x"),
        lambda: publishing.publish(draft, by=editor),
        lambda: publishing.save_article(draft, by=editor),
        lambda: trash(draft, by=editor),
    ):
        with pytest.raises(PermissionDenied):
            verb()


@pytest.mark.parametrize("state", ["draft", "in_review", "approved", "held"])
def test_what_is_not_published_is_found_without_reading_the_archive(state, strict):
    ArticleFactory.create_batch(30, section=strict)
    ArticleFactory.create_batch(2, section=strict, status=state)
    call_command("analyze")
    found = Article.objects.live().unpublished(state).values("pk").order_by("-id")
    assert len(found) == 2
    if connection.vendor == "sqlite":
        assert "article_unpublished" in found.explain()
        return
    with connection.cursor() as cursor:
        # A table of some pages is read whole.
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "Index Cond: ((status)::text" in found.explain()
