"""Many articles at once: moved and tagged item by item, each refusal told by its name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, AuditEntry, Invalidation
from articles.models.workflow import SectionScope
from newsportal.roles import Role
from tests.articles.desk import person, words
from tests.factories import ArticleFactory, SectionFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/articles/article/"


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def sections():
    return SectionFactory(name="社会", slug="society"), SectionFactory(name="国際", slug="world")


def act(client, action, articles, **more):
    data = {"action": action, "_selected_action": [article.pk for article in articles]}
    data |= {f"version-{article.pk}": article.version for article in articles}
    return client.post(LIST, data | more, follow=True)


def move(client, articles, section, **more):
    return act(client, "move_chosen", articles, section=section.pk, _confirmed="1", **more)


def retag(client, articles, **more):
    return act(client, "retag_chosen", articles, _confirmed="1", **more)


def tags(article):
    return sorted(article.tags.values_list("name", flat=True))


def test_articles_are_moved_and_each_refusal_is_told_by_name(client, editor, sections):
    society, world = sections
    public = ArticleFactory(headline="公開の記事", section=society)
    draft = ArticleFactory(headline="下書き", section=society, status="draft", publish_at=None)
    there = ArticleFactory(headline="もうそこの記事", section=world)
    stale = ArticleFactory(headline="直された記事", section=society)
    page = words(act(client, "move_chosen", [public, draft, there, stale]))
    assert "次の記事を別の分野に移します。" in page
    assert page.count('name="version-') == 4
    assert set(Article.objects.values_list("section__slug", flat=True)) == {"society", "world"}
    # Somebody saves one of them while the page is open.
    Article.objects.filter(pk=stale.pk).update(version=7)
    text = words(move(client, [public, draft, there, stale], world))
    assert "2件を移しました。" in text
    assert "「もうそこの記事」：すでに「国際」の記事です。" in text
    assert "「直された記事」：開いている間に" in text
    for article in (public, draft):
        article.refresh_from_db()
        assert article.section == world
        assert article.version == 2
    stale.refresh_from_db()
    assert stale.section == society
    keys = set(" ".join(Invalidation.objects.values_list("keys", flat=True)).split())
    assert {f"section-{society.pk}", f"section-{world.pk}", f"article-{public.pk}"} <= keys
    entry = AuditEntry.objects.filter(action="move").first()
    assert entry.reason == "社会→国際"


def test_another_section_than_ones_own_is_refused(client, editor, sections):
    society, world = sections
    SectionScope.objects.create(user=editor).sections.add(society)
    article = ArticleFactory(section=society)
    assert "その分野には移せません。" in words(move(client, [article], world))
    theirs = ArticleFactory(headline="よその記事", section=world)
    text = words(move(client, [theirs], society))
    assert "「よその記事」：担当ではない分野の記事です。" in text
    assert {article.section_id, theirs.section_id} == set(
        Article.objects.values_list("section", flat=True)
    )


def test_a_writer_moves_drafts_and_nothing_that_is_out(client, sections):
    client.force_login(person(Role.WRITER))
    society, world = sections
    draft = ArticleFactory(headline="下書き", section=society, status="draft", publish_at=None)
    public = ArticleFactory(headline="公開の記事", section=society)
    text = words(move(client, [draft, public], world))
    assert "1件を移しました。" in text
    assert "「公開の記事」：この操作をする権限がありません。" in text
    assert [item.section.slug for item in Article.objects.order_by("id")] == ["world", "society"]


def test_tags_are_put_on_and_taken_off(client, editor):
    one, two = ArticleFactory(headline="一"), ArticleFactory(headline="二")
    one.tags.add("灯台", "港")
    two.tags.add("鯨")
    text = words(retag(client, [one, two], add="鯨、ＡＩ", remove="港"))
    assert "2件のタグを直しました。" in text
    assert tags(one) == ["AI", "灯台", "鯨"]
    assert tags(two) == ["AI", "鯨"]
    entry = AuditEntry.objects.filter(action="retag", object_id=str(one.pk)).get()
    assert sorted(entry.old["tags"]) == ["港", "灯台"]
    text = words(retag(client, [one], add="鯨"))
    assert "「一」：開いている間に" in text
    one.refresh_from_db()
    assert "「一」：タグはもうそのとおりです。" in words(retag(client, [one], add="鯨"))


def test_one_with_too_many_tags_keeps_what_it_had(client, editor):
    full, free = ArticleFactory(headline="満ちた記事"), ArticleFactory(headline="空いた記事")
    full.tags.add(*(f"語{number}" for number in range(20)))
    text = words(retag(client, [full, free], add="鯨"))
    assert "「満ちた記事」：タグは20個までです（21個になります）。" in text
    assert "1件のタグを直しました。" in text
    assert full.tags.count() == 20
    assert tags(free) == ["鯨"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "付けるタグか外すタグを書いてください。"),
        ({"add": "長" * 51}, "長すぎます"),
        ({"add": "、".join(f"語{n}" for n in range(21))}, "タグは20個まで"),
        ({"add": "a\0b"}, "ヌル文字"),
        ({"add": "あ" * 1001}, "文字"),
    ],
)
def test_words_that_cannot_be_tags_are_refused_and_kept(client, editor, values, message):
    article = ArticleFactory()
    text = words(retag(client, [article], **values))
    assert message in text
    assert tags(article) == []


@pytest.mark.parametrize("section", ["", "x", "999999", "1 OR 1=1"])
def test_a_section_that_is_not_there_is_refused(client, editor, section):
    article = ArticleFactory()
    response = act(client, "move_chosen", [article], section=section, _confirmed="1")
    assert response.status_code == 200
    assert "分野" in words(response)
    assert AuditEntry.objects.count() == 0


def test_too_many_at_once_are_not_touched(client, editor, sections, monkeypatch):
    monkeypatch.setattr("articles.admin.article_bulk.MOST_AT_ONCE", 1)
    monkeypatch.setattr("articles.admin.article_actions.MOST_AT_ONCE", 1)
    articles = [ArticleFactory(section=sections[0]) for _ in range(2)]
    for more in ({}, {"section": sections[1].pk, "_confirmed": "1"}):
        text = words(act(client, "move_chosen", articles, **more))
        assert "一度に扱えるのは1件までです。何もしていません。" in text
    assert set(Article.objects.values_list("section", flat=True)) == {sections[0].pk}


def test_a_withdrawn_article_is_moved_by_who_may_publish(client, editor, sections):
    article = ArticleFactory(section=sections[0], status="withdrawn", withdrawn_at=timezone.now())
    assert "1件を移しました。" in words(move(client, [article], sections[1]))


# --- publishing


def publish(client, articles, **more):
    return act(client, "publish_chosen", articles, _confirmed="1", **more)


def test_what_will_go_out_is_shown_before_anything_does(client, editor):
    draft = {"status": "draft", "publish_at": None}
    ready = ArticleFactory(headline="整った記事", **draft)
    ready.tags.add("港")
    bare = ArticleFactory(headline="書きかけ", teaser="", status="draft", publish_at=None)
    at = timezone.now() + timedelta(days=1)
    later = ArticleFactory(headline="あすの記事", status="draft", publish_at=at)
    section = SectionFactory(name="国際", slug="world", needs_review=True)
    unread = ArticleFactory(headline="未承認の記事", section=section, **draft)
    out = ArticleFactory(headline="もう出た記事")
    response = act(client, "publish_chosen", [ready, bare, later, unread, out])
    page = {article.headline: said for article, said in response.context["rows"]}
    assert page["整った記事"].refused == []
    assert page["整った記事"].when == "今すぐ公開"
    assert page["書きかけ"].refused == ["公開するにはリードが要ります。"]
    assert "に予約" in page["あすの記事"].when
    assert "承認が要ります" in page["未承認の記事"].refused[0]
    assert page["もう出た記事"].refused == ["すでに公開した記事です。"]
    # What only is better so is said as well.
    assert page["あすの記事"].advice
    assert "まだ何も公開していません。" in words(response)
    assert list(Article.objects.public()) == [out]
    assert not AuditEntry.objects.exists()

    text = words(publish(client, [ready, bare, later, unread, out]))
    assert "2件を公開・予約しました。" in text
    assert "「書きかけ」：公開するにはリードが要ります。" in text
    assert {article.headline for article in Article.objects.public()} == {
        "整った記事",
        "もう出た記事",
    }
    later.refresh_from_db()
    assert (later.status, later.publish_at) == ("published", at)


def test_what_was_saved_while_the_page_was_open_does_not_go_out(client, editor):
    draft = ArticleFactory(headline="直された記事", status="draft", publish_at=None)
    assert draft.headline in words(act(client, "publish_chosen", [draft]))
    Article.objects.filter(pk=draft.pk).update(version=7)
    # The list is old already: the page says so; the button is refused all the same.
    response = act(client, "publish_chosen", [draft])
    assert "開いている間に" in response.context["rows"][0][1].refused[0]
    assert "「直された記事」：開いている間に" in words(publish(client, [draft]))
    assert not Article.objects.public().exists()


def test_the_page_of_what_will_go_out_costs_the_same_for_each(
    client, editor, django_assert_max_num_queries
):
    drafts = [ArticleFactory(status="draft", publish_at=None) for _ in range(10)]
    act(client, "publish_chosen", drafts)
    with django_assert_max_num_queries(20 + 20 * len(drafts)):
        act(client, "publish_chosen", drafts)
