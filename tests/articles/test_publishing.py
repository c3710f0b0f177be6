"""The verbs of the desk, called as commands and the desk call them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from articles import publishing
from articles.models import Agency, Article, AuditEntry, Invalidation, Photo, Revision
from newsportal.roles import Role
from tests.articles.desk import person
from tests.factories import ArticleFactory, TopicTeaserFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    return ArticleFactory(status="draft", publish_at=None)


def again(article) -> Article:
    return Article.objects.get(pk=article.pk)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_publishing_writes_article_revision_audit_and_pages_together(draft):
    editor = person(Role.EDITOR)
    topic = TopicTeaserFactory(article=draft).topic
    publishing.publish(draft, by=editor)
    article = again(draft)
    assert article.is_public()
    revision = Revision.objects.get()
    assert (revision.version, revision.created_by) == (article.version, editor)
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action) == (editor, "publish")
    assert (entry.old["status"], entry.new["status"]) == ("draft", "published")
    expected = {f"article-{article.pk}", f"section-{article.section_id}", f"topic-{topic.pk}"}
    assert expected | {"home"} <= invalidated()


def test_a_refusal_writes_nothing(draft):
    draft.teaser = ""
    with pytest.raises(ValidationError) as refusal:
        publishing.publish(draft, by=None)
    assert set(refusal.value.message_dict) == {"teaser"}
    assert again(draft).status == "draft"
    assert not Revision.objects.exists()
    assert not AuditEntry.objects.exists()
    assert not Invalidation.objects.exists()


@pytest.mark.parametrize(
    ("photo", "words"),
    [
        ({"rights_web": False}, "ウェブに載せられません"),
        ({"rights_until": timezone.now() - timedelta(days=1)}, "ウェブに載せられません"),
        ({"alt": ""}, "代替テキスト"),
        ({"credit": ""}, "クレジットが足りません"),
    ],
)
def test_each_photo_must_be_fit_to_be_shown(draft, photo, words):
    agency = Agency.objects.create(name="時事", slug="jiji", credit_pattern="写真：時事／{credit}")
    good = {"alt": "灯台", "credit": "高井", "agency": agency, "sha256": "0" * 64}
    row = Photo.objects.create(width=8, height=6, original="a.jpg", **(good | photo))
    draft.article_photos.create(photo=row)
    with pytest.raises(ValidationError) as refusal:
        publishing.publish(draft, by=None)
    assert words in refusal.value.message_dict["article_photos"][0]
    Photo.objects.filter(pk=row.pk).update(**good, rights_web=True, rights_until=None)
    publishing.publish(draft, by=None)
    assert again(draft).lead_photo == row


def test_an_agency_whose_credit_names_nobody_needs_no_photographer(draft):
    agency = Agency.objects.create(name="AFP通信", slug="afp", credit_pattern="／AFP通信")
    photo = Photo.objects.create(
        width=8, height=6, original="a.jpg", sha256="0" * 64, alt="灯台", agency=agency
    )
    draft.article_photos.create(photo=photo)
    publishing.publish(draft, by=None)
    assert again(draft).is_public()


def test_a_schedule_opens_by_itself_and_can_be_taken_back_before(draft):
    at = timezone.now() + timedelta(hours=2)
    publishing.publish(draft, by=None, at=at)
    assert not Article.objects.public().exists()
    with time_machine.travel(at + timedelta(seconds=1)):
        assert Article.objects.public().exists()
        with pytest.raises(ValidationError, match="予約中の記事だけ"):
            publishing.unschedule(again(draft), by=None)
    publishing.unschedule(again(draft), by=None)
    assert again(draft).status == "draft"
    assert actions() == ["schedule", "unschedule"]


def test_a_time_past_is_refused_at_its_field(draft):
    with pytest.raises(ValidationError) as refusal:
        publishing.publish(draft, by=None, at=timezone.now() - timedelta(seconds=1))
    assert set(refusal.value.message_dict) == {"publish_at"}


def test_what_is_out_is_not_published_twice():
    article = ArticleFactory()
    time = article.publish_at
    with pytest.raises(ValidationError, match="すでに公開"):
        publishing.publish(article, by=None)
    assert again(article).publish_at == time


def test_two_who_hold_the_same_version_cannot_both_publish(draft):
    first, second = again(draft), again(draft)
    editor = person(Role.EDITOR)
    editor.first_name = "悠人"
    editor.save()
    publishing.publish(first, by=editor)
    with pytest.raises(publishing.StaleVersionError, match=r"高井 悠人さんが.*に保存しました"):
        publishing.publish(second, by=None)


def test_an_update_keeps_the_time_and_asks_for_the_permission_to_publish():
    article = ArticleFactory()
    article.headline = "直した見出し"
    with pytest.raises(PermissionDenied):
        publishing.update(article, by=person(Role.WRITER))
    assert again(article).headline != "直した見出し"
    publishing.update(article, by=person(Role.EDITOR), is_material=True)
    saved = again(article)
    assert (saved.headline, saved.publish_at) == ("直した見出し", article.publish_at)
    assert saved.updated_at is not None
    entry = AuditEntry.objects.get()
    assert entry.new["headline"] == "直した見出し"
    assert entry.old["headline"] != "直した見出し"


def test_an_update_cannot_move_a_time_that_has_passed():
    article = ArticleFactory()
    article.publish_at += timedelta(days=1)
    with pytest.raises(ValidationError, match="公開日時は変えられません"):
        publishing.update(article, by=None)


def test_withdrawing_needs_a_reason_and_is_undone_with_the_old_time():
    article = ArticleFactory()
    with pytest.raises(ValidationError, match="理由"):
        publishing.withdraw(article, by=None, reason=" ")
    publishing.withdraw(again(article), by=None, reason="確認のため")
    assert not Article.objects.public().exists()
    assert AuditEntry.objects.get().reason == "確認のため"
    with pytest.raises(ValidationError, match="先に取り下げを取り消して"):
        publishing.publish(again(article), by=None)
    publishing.restore(again(article), by=None)
    assert again(article).publish_at == article.publish_at
    assert again(article).withdrawn_reason == ""


def test_what_became_unfit_while_withdrawn_does_not_come_back():
    article = ArticleFactory()
    publishing.withdraw(article, by=None, reason="確認のため")
    article.teaser = ""
    publishing.save_article(article, by=None)
    with pytest.raises(ValidationError) as refusal:
        publishing.restore(again(article), by=None)
    assert set(refusal.value.message_dict) == {"teaser"}


@pytest.mark.parametrize(
    ("role", "may"), [(Role.WRITER, False), (Role.EDITOR, True), (Role.PUBLISHER, True)]
)
def test_the_permission_is_asked_for_at_every_verb(role, may):
    user = person(role)

    def call(verb, article, **more):
        try:
            verb(article, by=user, **more)
        except PermissionDenied:
            return False
        return True

    article = ArticleFactory(status="draft", publish_at=None)
    soon = ArticleFactory(publish_at=timezone.now() + timedelta(days=1))
    gone = ArticleFactory(status="withdrawn", withdrawn_at=timezone.now())
    assert call(publishing.publish, article) is may
    assert call(publishing.unschedule, soon) is may
    assert call(publishing.withdraw, ArticleFactory(), reason="確認のため") is may
    assert call(publishing.restore, gone) is may


def test_every_save_is_a_version_that_can_be_read_back(draft):
    publishing.save_article(draft, by=None, reason="一度目")
    draft.headline = "二度目の見出し"
    publishing.save_article(draft, by=None, reason="二度目")
    versions = list(Revision.objects.order_by("version"))
    assert [item.reason for item in versions] == ["一度目", "二度目"]
    assert versions[1].version == versions[0].version + 1 == again(draft).version
    assert versions[1].document["headline"] == "二度目の見出し"
    assert versions[0].document["headline"] != "二度目の見出し"
