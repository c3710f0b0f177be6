"""Versions at the desk: listed, compared, brought back, kept, thinned out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from articles import publishing, working_copies
from articles.models import (
    Article,
    ArticleAuthor,
    ArticlePhoto,
    AuditEntry,
    Author,
    Correction,
    Photo,
    RelatedArticle,
    ReviewStep,
    Revision,
)
from articles.revising import differences, prune_revisions
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, words
from tests.factories import ArticleFactory, AuthorFactory, TopicTeaserFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def article():
    """A public article with two versions: the first has everything, the second little."""
    article = ArticleFactory(headline="灯台を守る", body="<p>潮の匂いがまだ冷たい。</p>")
    article.tags.set(["灯台", "海"])
    ArticleAuthor.objects.create(article=article, author=AuthorFactory(name="朝倉 みのり"))
    photo = Photo.objects.create(sha256="a" * 64, alt="灯台", caption="夜明けの灯台")
    ArticlePhoto.objects.create(article=article, photo=photo, caption="この記事での説明")
    RelatedArticle.objects.create(article=article, other=ArticleFactory(headline="関連の記事"))
    TopicTeaserFactory(article=article, headline="紹介の見出し")
    publishing.save_article(article, by=None)
    article.headline, article.body = "灯台を守り続けて", "<p>潮のにおいがまだ冷たい。</p>"
    article.tags.set(["港"])
    for rows in (
        article.article_authors, article.article_photos, article.related_items, article.teasers
    ):  # fmt: skip
        rows.all().delete()
    publishing.save_article(article, by=None)
    return again(article)


def again(article) -> Article:
    return Article.objects.get(pk=article.pk)


def at(article, page: str) -> str:
    return f"/admin/articles/article/{article.pk}/{page}"


def first(article) -> Revision:
    return article.revisions.order_by("version").first()


def restore(client, article, **values):
    address = at(article, f"versions/{first(article).version}/revert/")
    data = {"version": article.version, "headline_answer": "wording", "headline_words": "元の形に"}
    return client.post(address, data | values, follow=True)


def test_two_versions_are_compared_in_characters_and_rows(client, editor, article):
    page = words(client.get(at(article, "compare/")))
    assert "灯台を守<del>る</del><ins>り続けて</ins>" in page
    assert "潮の<del>匂</del><ins>にお</ins>いがまだ冷たい。" in page
    for text in ("この記事での説明", "紹介の見出し", "朝倉 みのり", "関連の記事", "灯台", "海"):
        assert text in page
    side = words(client.get(at(article, f"compare/?a={first(article).version}&b=now&view=side")))
    assert '<p class="old">灯台を守<del>る</del></p>' in side
    assert "ちがいはありません" in words(client.get(at(article, "compare/?a=now&b=live")))


def test_the_form_s_text_is_compared_with_the_stored_one(client, editor, article):
    data = fields(client.get(change(article)))
    page = client.post(at(article, "compare/"), data)
    assert "ちがいはありません" in words(page)
    data |= {"headline": "<script>灯台", "tags": "港、船", "body": "<p>潮風。</p>"}
    page = words(client.post(at(article, "compare/"), data))
    assert "&lt;script&gt;" in page
    assert "<ins>船</ins>" in page
    assert again(article).headline == "灯台を守り続けて"


@pytest.mark.parametrize("broken", [
    {}, {"section": "x" * 50, "agency": "-1"}, {"article_photos-TOTAL_FORMS": "99999999999"},
    {"article_photos-TOTAL_FORMS": "1", "article_photos-0-photo": "九"},
    {"teasers-TOTAL_FORMS": "1", "teasers-0-topic": "\0", "tags": '"', "body": "<p>\0"},
    {"related_items-TOTAL_FORMS": "1", "related_items-0-other": "8" * 30},
])  # fmt: skip
def test_a_broken_form_is_compared_or_refused_but_never_an_error(client, editor, article, broken):
    assert client.post(at(article, "compare/"), broken).status_code == 200


@pytest.mark.parametrize("query", ["a=999&b=now", "a=x&b=now", "a=", "a=9999999999999999"])
def test_a_version_that_is_not_there_is_said_so(client, editor, article, query):
    assert client.get(at(article, f"compare/?{query}")).status_code == 404


def test_restoring_brings_back_captions_tags_and_all_as_a_new_version(client, editor, article):
    page = restore(client, article)
    assert "第2版の内容に戻しました" in words(page)
    restored = again(article)
    assert (restored.headline, restored.body) == ("灯台を守る", "<p>潮の匂いがまだ冷たい。</p>")
    assert set(restored.tags.names()) == {"灯台", "海"}
    assert restored.article_photos.get().caption == "この記事での説明"
    assert restored.lead_photo == restored.article_photos.get().photo
    assert restored.article_authors.get().author.name == "朝倉 みのり"
    assert restored.related_items.get().other.headline == "関連の記事"
    assert restored.teasers.get().headline == "紹介の見出し"
    assert restored.version == article.version + 1
    newest = restored.revisions.first()
    assert newest.reason == "第2版に戻した（字句の直し：元の形に）"
    assert newest.created_by == editor
    assert restored.updated_at is None
    assert {f"article-{article.pk}", f"topic-{restored.teasers.get().topic_id}"} <= invalidated()
    entry = AuditEntry.objects.first()
    assert (entry.old["headline"], entry.new["headline"]) == ("灯台を守り続けて", "灯台を守る")


def test_what_is_gone_is_named_and_the_rest_comes_back(client, editor, article):
    Photo.objects.all().delete()
    Author.objects.all().delete()
    page = words(restore(client, article))
    assert "もうないため戻せなかったもの：筆者「author-" in page
    assert "この記事での説明" in page
    assert again(article).headline == "灯台を守る"


def test_a_stale_or_unfit_restore_changes_nothing(client, editor, article):
    assert "開いている間に" in words(restore(client, article, version=1))
    Photo.objects.update(rights_web=False)
    assert "ウェブに載せられません" in words(restore(client, article))
    assert again(article).headline == "灯台を守り続けて"
    assert set(again(article).tags.names()) == {"港"}
    assert again(article).version == article.version


def test_a_restored_headline_of_a_public_article_asks_for_a_correction(client, editor, article):
    page = words(restore(client, article, headline_answer=""))
    assert "訂正を出しますか" in page
    assert again(article).headline == "灯台を守り続けて"
    words_for = "見出しを元に戻しました。"
    restore(client, article, headline_answer="correction", headline_words=words_for)
    assert Correction.objects.get().text == words_for


def test_a_version_of_an_older_format_can_be_seen_and_brought_back(client, editor, article):
    Revision.objects.filter(pk=first(article).pk).update(
        document={
            "format": 0,
            "headline": "昔の見出し",
            "photos": [{"sha256": "a" * 64, "photo": 0}],
        }
    )
    number = first(article).version
    assert "昔の見出し" in words(client.get(at(article, f"compare/?a={number}&b=now")))
    restore(client, article)
    restored = again(article)
    assert restored.headline == "昔の見出し"
    assert set(restored.tags.names()) == {"港"}
    assert restored.article_photos.get().photo.sha256 == "a" * 64


def test_a_writer_reads_and_does_not_bring_back_what_is_public(client, article):
    client.force_login(person(Role.WRITER))
    assert client.get(at(article, "compare/")).status_code == 200
    assert client.get(at(article, "versions/")).status_code == 200
    assert restore(client, article).status_code == 403
    pin = at(article, f"versions/{first(article).version}/pin/")
    assert client.post(pin, {"pinned": "1"}).status_code == 403
    client.logout()
    assert client.get(at(article, "compare/")).status_code == 302


def test_another_article_s_version_is_not_this_one_s(client, editor, article):
    other = ArticleFactory()
    for _ in range(3):
        publishing.save_article(other, by=None)
    number = other.revisions.first().version
    assert client.get(at(article, f"versions/{number}/revert/")).status_code == 404


def test_the_list_says_who_when_why_and_keeps_a_version(client, editor, article):
    page = words(client.get(at(article, "versions/")))
    assert "第2版" in page
    assert "読者が今見ているものと比べる" in page
    address = at(article, f"versions/{first(article).version}/pin/")
    assert client.get(address).status_code == 405
    assert client.post(address, {"pinned": "1"}).status_code == 302
    assert first(article).is_pinned
    shown = client.post(address, {"pinned": "0"}, headers={"X-Requested-With": "fetch"})
    assert "残すのをやめる" not in words(shown)
    assert not first(article).is_pinned


def test_the_reason_of_a_save_stands_in_the_list(client, editor):
    draft = ArticleFactory(status="draft", publish_at=None)
    publishing.save_article(draft, by=None)
    data = fields(client.get(change(draft))) | {"save_reason": "識者の談話を追加", "_save": ""}
    client.post(change(draft), data | {"headline": "直した見出し"})
    assert draft.revisions.first().reason == "識者の談話を追加"
    assert "識者の談話を追加" in words(client.get(at(draft, "history/")))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == ("save", "識者の談話を追加")
    assert entry.new["headline"] == "直した見出し"


def test_the_list_costs_the_same_however_long(
    client, editor, article, django_assert_max_num_queries
):
    for _ in range(60):
        publishing.save_article(article, by=None)
    with django_assert_max_num_queries(8):
        page = words(client.get(at(article, "versions/")))
    assert page.count("<time") == 30
    assert "これより前の版" in page


def test_old_versions_are_thinned_out_and_what_matters_stays(article):
    draft = ArticleFactory(status="draft", publish_at=None)
    start = timezone.now() - timedelta(days=100)
    for number in range(40):
        with time_machine.travel(start + timedelta(minutes=number), tick=False):
            publishing.save_article(draft, by=None)
    versions = list(draft.revisions.order_by("version"))
    Revision.objects.filter(pk=versions[5].pk).update(is_pinned=True)
    Revision.objects.filter(pk=versions[7].pk).update(document={"status": "published"})
    call_command("prune_revisions", "--newest", "10", verbosity=0)
    left = list(draft.revisions.order_by("version").values_list("pk", flat=True))
    kept = [versions[0], versions[5], versions[7], *versions[-10:]]
    assert left == [revision.pk for revision in kept]
    assert article.revisions.count() == 2
    assert prune_revisions(newest=10) == 0


def test_what_was_approved_last_is_not_thinned_out(editor):
    draft = ArticleFactory(status="draft", publish_at=None)
    with time_machine.travel(timezone.now() - timedelta(days=100), tick=False):
        for approved in (2, 4):
            while draft.version < approved:
                publishing.save_article(draft, by=None)
            kind = ReviewStep.Kind.APPROVE
            ReviewStep.objects.create(article=draft, kind=kind, version=approved)
        for _ in range(20):
            publishing.save_article(draft, by=None)
    prune_revisions(newest=5)
    left = set(draft.revisions.values_list("version", flat=True))
    first, last = min(left), max(left)
    assert left == {first, 4, *range(last - 4, last + 1)}


def test_the_base_of_a_working_copy_is_not_thinned_out(editor):
    live = ArticleFactory()
    start = timezone.now() - timedelta(days=100)
    with time_machine.travel(start, tick=False):
        publishing.save_article(live, by=None)
        publishing.save_article(live, by=None)
        base = live.version
        working_copies.make_copy(live, by=None)
    for number in range(30):
        with time_machine.travel(start + timedelta(minutes=number), tick=False):
            publishing.save_article(live, by=None)
    Revision.objects.filter(article=live).update(document={"status": "draft"})
    assert prune_revisions(newest=5) > 10
    assert live.revisions.filter(version=base).exists()


def test_the_list_names_what_cannot_be_named_any_more():
    old = {"authors": ["gone"], "related": [99], "photos": [{"sha256": "b", "photo": 7}]}
    new = {"authors": [], "related": [], "photos": []}
    assert [change.name for change in differences(old, new)] == ["photos", "authors", "related"]
