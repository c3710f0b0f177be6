"""Working copies: written aside, swapped in whole, never seen by readers before."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone

from articles import publishing, reviewing, working_copies
from articles.models import (
    Article,
    ArticleAuthor,
    ArticlePhoto,
    AuditEntry,
    Correction,
    Photo,
    RelatedArticle,
    Section,
    SectionScope,
    Swap,
)
from articles.working_copies import ConflictError, Terms
from newsportal.roles import Role
from tests.articles.desk import person
from tests.factories import ArticleFactory, AuthorFactory, SectionFactory, TopicTeaserFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db
JST = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def live():
    """A published article with everything that can hang on one."""
    article = ArticleFactory(headline="灯台を守る", body="<p>潮の匂い。</p>")
    article.tags.set(["灯台", "海"])
    ArticleAuthor.objects.create(article=article, author=AuthorFactory(name="朝倉"))
    photo = Photo.objects.create(sha256="a" * 64, alt="灯台", caption="夜明けの灯台")
    ArticlePhoto.objects.create(article=article, photo=photo, caption="この記事での説明")
    RelatedArticle.objects.create(article=article, other=ArticleFactory(headline="関連"))
    TopicTeaserFactory(article=article, headline="紹介の見出し")
    publishing.save_article(article, by=None)
    return again(article)


@pytest.fixture
def editor():
    return person(Role.EDITOR)


def again(article) -> Article:
    return Article.objects.get(pk=article.pk)


def rewritten(live, editor, headline="書き直した見出し"):
    copy = working_copies.make_copy(live, by=editor)
    copy.headline = headline
    publishing.save(copy, by=editor)
    return copy


def hanging(article):
    return (
        sorted(article.tags.names()),
        [item.author.name for item in article.article_authors.all()],
        [(item.photo_id, item.caption) for item in article.article_photos.all()],
        [item.other_id for item in article.related_items.all()],
        [(item.topic_id, item.headline) for item in article.teasers.all()],
    )


def test_a_copy_has_everything_that_hangs_on_its_article(live, editor):
    copy = working_copies.make_copy(live, by=editor)
    assert hanging(copy) == hanging(live)
    assert (copy.headline, copy.body, copy.section) == (live.headline, live.body, live.section)
    assert copy.replaces == live
    assert not copy.is_public()
    assert again(live).version == live.version


def test_a_swap_changes_the_content_and_nothing_else(live, editor):
    author = AuthorFactory(name="高井")
    copy = rewritten(live, editor)
    copy.tags.set(["港"])
    copy.article_photos.update(caption="新しい説明")
    ArticleAuthor.objects.create(article=copy, author=author, order=1)
    publishing.save(copy, by=editor)
    before = live.publish_at

    working_copies.swap(copy, by=editor, terms=Terms(reason="識者の話を足した"))

    article = again(live)
    assert article.headline == "書き直した見出し"
    assert hanging(article)[:3] == (
        ["港"], ["朝倉", "高井"], [(live.lead_photo_id, "新しい説明")],
    )  # fmt: skip
    assert article.publish_at == before
    assert article.updated_at is None
    assert article.is_public()
    assert article.revisions.first().reason == "差し替え稿を公開：識者の話を足した"
    assert not Article.objects.filter(replaces__isnull=False).exists()
    entry = AuditEntry.objects.filter(action="update").get()
    assert (entry.old["headline"], entry.new["headline"]) == ("灯台を守る", "書き直した見出し")
    assert entry.old["tags"] == ["海", "灯台"]


def test_pages_of_the_old_and_of_the_new_content_are_made_anew(live, editor):
    old_tag = live.tags.get(name="海").pk
    copy = rewritten(live, editor)
    copy.tags.set(["港"])
    new_tag = copy.tags.get().pk
    working_copies.swap(copy, by=editor)
    assert {f"article-{live.pk}", f"tag-{old_tag}", f"tag-{new_tag}", "home"} <= invalidated()


def test_a_copy_never_reaches_readers(live, editor, client):
    copy = rewritten(live, editor, headline="ひみつの見出し")
    copy.tags.add("ひみつ")
    copy.status, copy.publish_at = "published", timezone.now() - timedelta(days=1)
    # Even a row that claims to be public is none while it replaces another.
    Article.objects.bulk_update([copy], ["status", "publish_at"])
    author = copy.article_authors.get().author
    topic = copy.teasers.get().topic
    assert client.get(f"/articles/{copy.pk}/").status_code == 404
    for address in (
        "/", "/search/?q=ひみつ", "/topics/", f"/sections/{copy.section.slug}/",
        f"/authors/{author.slug}/", f"/topics/{topic.slug}/", "/sitemap-news.xml",
        "/feeds/rss.xml", f"/articles/{live.pk}/",
    ):  # fmt: skip
        assert "ひみつの" not in client.get(address).content.decode().replace("<wbr>", ""), address
    assert copy not in Article.objects.public()


def test_a_second_copy_and_a_copy_of_a_draft_are_refused(live, editor):
    working_copies.make_copy(live, by=editor)
    with pytest.raises(ValidationError, match="すでに差し替え稿"):
        working_copies.make_copy(live, by=editor)
    with pytest.raises(ValidationError, match="公開・予約中"):
        working_copies.make_copy(ArticleFactory(status="draft"), by=editor)


def test_a_writer_may_write_a_copy_and_not_swap_it(live):
    writer = person(Role.WRITER)
    copy = rewritten(live, writer)
    with pytest.raises(PermissionDenied):
        working_copies.swap(copy, by=writer)
    with pytest.raises(PermissionDenied):
        working_copies.schedule_swap(copy, by=writer, at=timezone.now() + timedelta(hours=1))
    assert again(live).headline == "灯台を守る"


def test_publishing_a_copy_as_an_article_is_refused(live, editor):
    copy = rewritten(live, editor)
    with pytest.raises(ValidationError, match="差し替える"):
        publishing.publish(copy, by=editor)


def test_a_copy_unfit_to_be_public_changes_nothing(live, editor):
    copy = rewritten(live, editor)
    copy.teaser = ""
    copy.tags.set(["港"])
    publishing.save(copy, by=editor)
    with pytest.raises(ValidationError, match="リード"):
        working_copies.swap(copy, by=editor)
    assert again(live).headline == "灯台を守る"
    assert "港" not in again(live).tags.names()


def test_a_change_of_the_article_meanwhile_is_a_conflict_until_it_is_taken_over(live, editor):
    copy = rewritten(live, editor)
    changed = again(live)
    changed.teaser, changed.headline = "公開中に直したリード。", "公開中に直した見出し"
    publishing.update(changed, by=editor)
    with pytest.raises(ConflictError, match="公開中の記事が直されました"):
        working_copies.swap(copy, by=editor)

    found = working_copies.compare(Article.objects.get(pk=copy.pk))
    assert (found.theirs, found.both) == (["teaser"], ["headline"])
    with pytest.raises(ConflictError):
        working_copies.merge_live(copy, by=editor, version=live.version, take_live=())
    working_copies.merge_live(copy, by=editor, version=changed.version, take_live=())
    working_copies.swap(copy, by=editor)
    article = again(live)
    assert (article.headline, article.teaser) == ("書き直した見出し", "公開中に直したリード。")


def test_the_article_s_own_words_can_be_chosen(live, editor):
    copy = rewritten(live, editor)
    changed = again(live)
    changed.headline = "公開中に直した見出し"
    publishing.update(changed, by=editor)
    working_copies.merge_live(
        copy, by=editor, version=changed.version, take_live=["headline", "nonsense"]
    )
    assert Article.objects.get(pk=copy.pk).headline == "公開中に直した見出し"


@time_machine.travel(datetime(2026, 11, 23, 13, 0, tzinfo=JST), tick=False)
def test_a_set_time_swaps_once_however_often_and_late_it_is_asked(live, editor):
    copy = rewritten(live, editor)
    at = timezone.now() + timedelta(hours=1)
    working_copies.schedule_swap(
        copy, by=editor, at=at, terms=Terms(is_material=True, correction="名前の誤りを直しました。")
    )
    assert working_copies.apply_due_swaps() == 0
    assert again(live).headline == "灯台を守る"
    with time_machine.travel(at + timedelta(days=1), tick=False):
        call_command("apply_swaps", verbosity=0)
        assert working_copies.apply_due_swaps() == 0
        article = again(live)
        assert article.headline == "書き直した見出し"
        assert article.updated_at == timezone.now()
        assert article.saved_by == editor
    assert Correction.objects.get().text == "名前の誤りを直しました。"
    assert article.version == live.version + 1


@time_machine.travel(datetime(2026, 11, 23, 13, 0, tzinfo=JST), tick=False)
def test_what_is_refused_at_its_time_stays_and_says_why_and_holds_up_nobody(live, editor):
    first, second = rewritten(live, editor), rewritten(ArticleFactory(), editor, headline="二本め")
    at = timezone.now() + timedelta(hours=1)
    working_copies.schedule_swap(first, by=editor, at=at)
    working_copies.schedule_swap(second, by=editor, at=at + timedelta(minutes=1))
    publishing.withdraw(again(live), by=editor, reason="確認のため")
    with time_machine.travel(at + timedelta(hours=1), tick=False):
        assert working_copies.apply_due_swaps() == 1
        plan = Swap.objects.get()
        assert (plan.copy, plan.at) == (first, at)
        assert "取り下げられています" in plan.problem
        assert "記事" in working_copies.late_swaps(timezone.now())[0]
        assert working_copies.apply_due_swaps() == 0
    assert Article.objects.get(pk=second.replaces_id).headline == "二本め"
    assert again(live).status == "withdrawn"


@time_machine.travel(datetime(2026, 11, 23, 13, 0, tzinfo=JST), tick=False)
def test_a_person_without_the_permission_at_the_time_swaps_nothing(live, editor):
    copy = rewritten(live, editor)
    at = timezone.now() + timedelta(hours=1)
    working_copies.schedule_swap(copy, by=editor, at=at)
    editor.groups.clear()
    with time_machine.travel(at, tick=False):
        assert working_copies.apply_due_swaps() == 0
    assert "権限がありません" in Swap.objects.get().problem


def test_a_time_that_has_passed_is_refused_and_a_set_one_can_be_taken_away(live, editor):
    copy = rewritten(live, editor)
    with pytest.raises(ValidationError, match="過ぎています"):
        working_copies.schedule_swap(copy, by=editor, at=timezone.now() - timedelta(minutes=1))
    working_copies.schedule_swap(copy, by=editor, at=timezone.now() + timedelta(hours=1))
    working_copies.unschedule_swap(copy, by=editor)
    assert Swap.objects.get().at is None


def test_a_discarded_copy_leaves_its_text_in_the_log(live, editor):
    copy = rewritten(live, editor)
    working_copies.discard_copy(copy, by=editor)
    assert not Swap.objects.exists()
    entry = AuditEntry.objects.get(action="discard_copy")
    assert entry.old["headline"] == "書き直した見出し"
    assert entry.object_id == str(live.pk)
    assert again(live).headline == "灯台を守る"


def test_an_approval_of_the_copy_lets_it_through_and_nothing_else_does(live, editor):
    Section.objects.update(four_eyes=True)
    publisher = person(Role.PUBLISHER)
    copy = rewritten(live, person(Role.WRITER))
    with pytest.raises(ValidationError, match="承認が要ります"):
        working_copies.swap(copy, by=editor)
    reviewing.submit(copy, by=copy.saved_by)
    reviewing.approve(copy, by=publisher)
    working_copies.swap(Article.objects.get(pk=copy.pk), by=editor)
    assert again(live).headline == "書き直した見出し"
    assert again(live).review_steps.filter(kind="approve", by=publisher).exists()


def test_a_copy_of_another_section_is_not_one_s_own(live):
    desk = person(Role.EDITOR, name="kokusai")
    SectionScope.objects.create(user=desk).sections.add(SectionFactory(slug="world", name="国際"))
    with pytest.raises(PermissionDenied):
        working_copies.make_copy(live, by=desk)


AT = datetime(2026, 11, 24, 6, 0, tzinfo=JST)


@pytest.fixture
def noon(live):
    """A day on which the article is out since the morning."""
    Article.objects.update(publish_at=AT - timedelta(days=1))
    with time_machine.travel(AT - timedelta(hours=18), tick=False):
        yield live


def test_a_swap_is_planned_by_the_terms_of_its_time(noon, live, editor):
    copy = rewritten(live, editor)
    Photo.objects.update(rights_until=AT)
    with pytest.raises(ValidationError, match="利用期限が切れます"):
        working_copies.schedule_swap(copy, by=editor, at=AT)
    assert Swap.objects.get().at is None
    working_copies.schedule_swap(copy, by=editor, at=AT - timedelta(seconds=1))
    assert Swap.objects.get().at == AT - timedelta(seconds=1)


def test_a_swap_of_an_article_that_is_still_ahead_is_judged_when_readers_see_it(noon, live, editor):
    Article.objects.filter(pk=live.pk).update(publish_at=AT + timedelta(days=1))
    copy = rewritten(live, editor)
    Photo.objects.update(rights_until=AT + timedelta(hours=1))
    with pytest.raises(ValidationError, match="利用期限が切れます"):
        working_copies.schedule_swap(copy, by=editor, at=AT)


@pytest.fixture
def four_eyes(noon):
    Section.objects.update(four_eyes=True)
    return noon


def test_an_emergency_plans_a_swap_that_somebody_looks_at_afterwards(four_eyes, editor):
    publisher = person(Role.PUBLISHER)
    copy = rewritten(four_eyes, editor)
    with pytest.raises(ValidationError, match="承認が要ります"):
        working_copies.schedule_swap(copy, by=publisher, at=AT)
    hurry = Terms(urgent_reason="津波の情報が変わった")
    with pytest.raises(PermissionDenied):
        working_copies.schedule_swap(copy, by=editor, at=AT, terms=hurry)
    assert Swap.objects.get().at is None
    working_copies.schedule_swap(copy, by=publisher, at=AT, terms=hurry)
    entry = AuditEntry.objects.get(action="urgent")
    assert (entry.actor, entry.reason) == (publisher, "津波の情報が変わった")
    assert (entry.object_id, entry.old) == (str(four_eyes.pk), {})
    with time_machine.travel(AT, tick=False):
        assert working_copies.apply_due_swaps() == 1
    assert again(four_eyes).headline == "書き直した見出し"
    step = reviewing.unchecked().get()
    assert (step.article, step.by) == (four_eyes, publisher)


def test_what_is_written_after_the_emergency_was_declared_does_not_go_out(four_eyes, editor):
    publisher = person(Role.PUBLISHER)
    copy = rewritten(four_eyes, editor)
    hurry = Terms(urgent_reason="津波の情報が変わった")
    working_copies.schedule_swap(copy, by=publisher, at=AT, terms=hurry)
    copy = again(copy)
    copy.headline = "だれも見ていない見出し"
    publishing.save(copy, by=editor)
    with time_machine.travel(AT, tick=False):
        assert working_copies.apply_due_swaps() == 0
    assert "承認が要ります" in Swap.objects.get().problem
    assert again(four_eyes).headline == "灯台を守る"


def test_an_emergency_swaps_at_once(four_eyes, editor):
    publisher = person(Role.PUBLISHER)
    copy = rewritten(four_eyes, editor)
    hurry = Terms(urgent_reason="津波の情報が変わった")
    with pytest.raises(PermissionDenied):
        working_copies.swap(copy, by=editor, terms=hurry)
    working_copies.swap(copy, by=publisher, terms=hurry)
    assert again(four_eyes).headline == "書き直した見出し"
    assert reviewing.unchecked().get().article == four_eyes
