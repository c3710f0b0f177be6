"""Deleted drafts: where they go, how they come back, when they are gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from articles import publishing, review_links
from articles.models import Article, AuditEntry
from articles.trash import bring_back, trash
from newsportal.roles import Role
from tests.articles.desk import change, person, words
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/article/"


@pytest.fixture
def draft():
    return ArticleFactory(status="draft", publish_at=None, headline="消える下書き")


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


def again(article) -> Article:
    return Article.objects.get(pk=article.pk)


def delete(client, article):
    return client.post(f"{LIST}{article.pk}/delete/", {"post": "yes"}, follow=True)


def test_a_deleted_draft_comes_back_by_the_button_beside_the_message(client, editor, draft):
    page = delete(client, draft)
    assert "ごみ箱に入れました" in words(page)
    listed = words(client.get(LIST))
    assert "消える下書き" not in listed
    assert f'href="{LIST}trash/"' in listed
    assert f'href="{LIST}copies/"' in listed
    assert client.get(change(draft)).status_code == 302
    undo = f"{LIST}trash/{draft.pk}/bring-back/"
    assert f'action="{undo}"' in words(page)
    assert "消える下書き" in words(client.get(f"{LIST}trash/"))
    page = client.post(undo, follow=True)
    assert "元に戻しました" in words(page)
    assert again(draft).trashed_at is None
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["bring_back", "trash"]


def test_many_at_once_go_to_the_trash_too(client, editor, draft):
    data = {"action": "delete_selected", "_selected_action": [draft.pk], "post": "yes"}
    client.post(LIST, data)
    assert again(draft).trashed_by == editor


def test_only_what_was_never_out_can_be_deleted(client, editor, draft):
    with pytest.raises(ValidationError, match="取り下げて"):
        trash(ArticleFactory(), by=None)
    trash(draft, by=None)
    with pytest.raises(ValidationError, match="ごみ箱"):
        publishing.publish(again(draft), by=None)
    bring_back(draft, by=None)
    with pytest.raises(ValidationError, match="ありません"):
        bring_back(draft, by=None)


def test_after_thirty_days_it_is_gone_and_the_log_has_its_text(draft):
    trash(draft, by=None)
    with time_machine.travel(timezone.now() + timedelta(days=29)):
        call_command("empty_trash", verbosity=0)
    assert again(draft)
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=5)):
        call_command("empty_trash", verbosity=0)
    assert not Article.objects.exists()
    assert AuditEntry.objects.get(action="delete").old["headline"] == "消える下書き"


def test_a_writer_brings_back_only_what_is_the_writer_s(client, draft):
    writer = person(Role.WRITER)
    client.force_login(writer)
    trash(draft, by=None)
    undo = f"{LIST}trash/{draft.pk}/bring-back/"
    assert "消える下書き" not in words(client.get(f"{LIST}trash/"))
    assert client.post(undo).status_code == 404
    Article.objects.filter(pk=draft.pk).update(created_by=writer)
    assert client.get(undo).status_code == 405
    assert client.post(undo).status_code == 302
    assert again(draft).trashed_at is None


def test_nobody_without_the_permission_sees_the_trash(client, draft, django_user_model):
    client.force_login(django_user_model.objects.create_user("reader", is_staff=True))
    assert client.get(f"{LIST}trash/").status_code == 403
    assert client.post(f"{LIST}trash/{draft.pk}/bring-back/").status_code == 403
    client.logout()
    assert client.get(f"{LIST}trash/").status_code == 302


def test_review_links_end_with_the_draft_and_do_not_come_back(client, draft):
    editor = person(Role.EDITOR)
    until = timezone.now() + timedelta(days=3)
    _, token = review_links.make(draft, by=editor, recipient="弁護士 森", expires_at=until)
    assert client.get(f"/review/{token}/").status_code == 200
    trash(draft, by=editor)
    assert client.get(f"/review/{token}/").status_code == 410
    assert AuditEntry.objects.get(action="trash").old["review_links"] == 1
    with pytest.raises(ValidationError, match="ごみ箱の記事"):
        review_links.make(again(draft), by=editor, recipient="森", expires_at=until)
    bring_back(again(draft), by=editor)
    assert client.get(f"/review/{token}/").status_code == 410
    _, token = review_links.make(again(draft), by=editor, recipient="森", expires_at=until)
    assert client.get(f"/review/{token}/").status_code == 200
