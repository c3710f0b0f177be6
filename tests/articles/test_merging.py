"""Two people save one article: nothing is overwritten, both texts stand side by side."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import QueryDict
from django.utils import timezone

from articles.admin.article_values import GROUPS, from_document, from_form
from articles.document import article_document
from articles.merging import Side, compare
from articles.models import Article, Author, RelatedArticle, Section
from articles.publishing import save_article
from newsportal.roles import Role
from tests.articles.desk import change, fields, person, row, words
from tests.articles.pictures import make_photo
from tests.factories import ArticleFactory, AuthorFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine():
    return person(Role.EDITOR)


@pytest.fixture
def theirs():
    user = person(Role.PUBLISHER)
    user.last_name = "朝倉"
    user.save()
    return user


@pytest.fixture
def article(mine):
    """A draft of which everything is saved as version 1."""
    found = ArticleFactory(status="draft", publish_at=None, headline="もとの見出し", version=0)
    found.tags.add("灯台", "港")
    found.article_photos.create(photo=make_photo(), caption="もとの説明", order=1)
    found.article_authors.create(author=AuthorFactory(name="一人目"), order=1)
    save_article(found, by=mine)
    return found


def opened(client, user, article):
    client.force_login(user)
    return fields(client.get(change(article)))


@pytest.fixture
def save(client, mine, article):
    """I save a form, of the article or of another one."""

    def go(page, of=article, **more):
        client.force_login(mine)
        return client.post(change(of), page | more | {"_save": ""})

    return go


@pytest.fixture
def other_saves(client, theirs, article):
    """The other one opens the article, changes some fields, adds a row, and saves."""

    def go(add=None, of=article, **more):
        page = opened(client, theirs, of)
        if add:
            row(page, add[0], **add[1])
        response = client.post(change(of), page | more | {"_save": ""})
        assert response.status_code == 302, words(response)

    return go


@pytest.fixture
def page(client, article, mine):
    """The form as I opened it, before the other one saved."""
    return opened(client, mine, article)


def test_what_only_one_of_us_changed_is_taken_over(article, page, save, other_saves):
    other_saves(teaser="相手が書いたリード。", tags="灯台、海")
    refused = save(page, headline="わたしの見出し", tags="灯台、港、岬")
    text = words(refused)
    assert "開いている間に朝倉さんが" in text
    assert "両方の直しを下の画面に入れました" in text
    article.refresh_from_db()
    assert article.headline == "もとの見出し"
    merged = fields(refused)
    assert merged["headline"] == "わたしの見出し"
    assert merged["teaser"] == "相手が書いたリード。"
    assert merged["tags"] == "岬、海、灯台"
    assert save(merged).status_code == 302
    article.refresh_from_db()
    assert (article.headline, article.teaser) == ("わたしの見出し", "相手が書いたリード。")
    assert set(article.tags.names()) == {"灯台", "海", "岬"}
    assert article.version == 3


def test_where_both_changed_nothing_is_saved_until_one_is_chosen(article, page, save, other_saves):
    other_saves(headline="相手の見出し", body="<p>相手の本文</p>")
    refused = save(page, headline="わたしの見出し", body="<p>わたしの本文</p>")
    text = words(refused)
    for shown in ("もとの見出し", "わたしの見出し", "相手の見出し", "相手の本文"):
        assert shown in text
    merged = fields(refused)
    assert (merged["merge_fields"], merged["merge_base"]) == ("headline,body", "1")
    again = save(merged, merge_headline="theirs")
    assert "「本文」は、どちらの文を使うかを選んでください。" in words(again)
    assert fields(again)["headline"] == "わたしの見出し"
    assert re.search(r'name="merge_headline" value="theirs"[^>]* checked', words(again))
    article.refresh_from_db()
    assert article.headline == "相手の見出し"
    chosen = fields(again) | {"merge_headline": "theirs", "merge_body": "hand"}
    done = save(chosen, body="<p>手で直した本文</p>")
    assert done.status_code == 302
    article.refresh_from_db()
    assert (article.headline, article.body) == ("相手の見出し", "<p>手で直した本文</p>")


def test_rows_that_the_other_added_or_deleted_are_merged(article, page, save, other_saves):
    photo, topic, author = make_photo(), TopicFactory(), AuthorFactory(name="二人目")
    other_saves(("article_photos", {"photo": photo.pk, "caption": "相手の写真"}),
        **{"article_authors-0-DELETE": "on"},
    )  # fmt: skip
    row(page, "teasers", topic=topic.pk, headline="わたしの紹介")
    row(page, "related_items", other=ArticleFactory().pk)
    refused = save(page)
    assert save(fields(refused)).status_code == 302
    captions = list(article.article_photos.order_by("order").values_list("caption", flat=True))
    assert captions == ["もとの説明", "相手の写真"]
    assert article.teasers.get().headline == "わたしの紹介"
    assert RelatedArticle.objects.filter(article=article).count() == 1
    assert not article.article_authors.exists()
    assert Author.objects.filter(pk=author.pk).exists()


@pytest.mark.parametrize(
    "chosen", [("mine", ["わたしの説明"]), ("theirs", ["相手の説明", "相手の写真"])]
)
def test_rows_that_both_changed_are_chosen_as_a_whole(article, page, save, other_saves, chosen):
    choice, captions = chosen
    other_saves(("article_photos", {"photo": make_photo().pk, "caption": "相手の写真"}),
        **{"article_photos-0-caption": "相手の説明"},
    )  # fmt: skip
    refused = save(page, **{"article_photos-0-caption": "わたしの説明"})
    merged = fields(refused)
    assert merged["merge_fields"] == "article_photos"
    assert save(merged, merge_article_photos=choice).status_code == 302
    found = article.article_photos.order_by("order").values_list("caption", flat=True)
    assert list(found) == captions


def test_a_row_that_is_gone_keeps_what_was_typed_in_it(article, page, save, other_saves):
    other_saves(**{"article_photos-0-DELETE": "on"})
    refused = save(page, **{"article_photos-0-caption": "打ったばかり"})
    merged = fields(refused)
    assert "打ったばかり" in merged.values()
    done = save(merged, merge_article_photos="mine")
    assert done.status_code == 302
    assert article.article_photos.get().caption == "打ったばかり"


def test_whoever_saves_a_third_time_meanwhile_is_seen_too(article, page, save, other_saves):
    other_saves(teaser="一度目のリード。")
    merged = fields(save(page, headline="わたしの見出し"))
    other_saves(teaser="二度目のリード。")
    again = save(merged)
    assert fields(again)["teaser"] == "二度目のリード。"
    assert save(fields(again)).status_code == 302
    article.refresh_from_db()
    assert (article.headline, article.teaser) == ("わたしの見出し", "二度目のリード。")


def test_ones_own_other_window_is_called_so_and_merged(client, article, page, mine, save):
    save(opened(client, mine, article), teaser="別の画面のリード。")
    refused = save(page, headline="この画面の見出し")
    assert "別の画面であなたが" in words(refused)
    assert fields(refused)["teaser"] == "別の画面のリード。"


def test_a_save_that_changed_nothing_is_no_reason_for_an_alarm(article, page, save, other_saves):
    other_saves()
    assert save(page, headline="わたしの見出し").status_code == 302
    article.refresh_from_db()
    assert (article.headline, article.version) == ("わたしの見出し", 3)


def test_jobs_in_the_background_raise_no_alarm(client, article, page, mine, save):
    photo = article.article_photos.get().photo
    type(photo).objects.filter(pk=photo.pk).update(rights_until=timezone.now() - timedelta(days=1))
    for command in ("expire_photos", "make_renditions", "reindex_search", "prune_autosaves"):
        call_command(command, verbosity=0)
    article.refresh_from_db()
    assert article.version == 1
    assert save(page, headline="わたしの見出し").status_code == 302


def test_a_version_that_is_not_kept_leaves_the_choice_to_people(client, mine, save, other_saves):
    other = ArticleFactory(status="draft", publish_at=None, version=7, headline="もと")
    page = opened(client, mine, other)
    other_saves(of=other, headline="相手の見出し")
    refused = save(page, of=other, headline="わたしの見出し")
    assert "もとの版は残っていません" in words(refused)
    assert fields(refused)["merge_fields"] == "headline"


@pytest.mark.parametrize(
    "more",
    [
        {"merge_base": "x", "merge_fields": "headline"},
        {"merge_base": "1", "merge_fields": "nothing,__class__,merge_x" * 50},
        {"merge_base": "999999", "merge_fields": "body", "merge_body": "theirs"},
        {"version_token": "9" * 40},
        {"version_token": "0", "article_photos-TOTAL_FORMS": "9" * 20},
        {"version_token": "0", "article_photos-0-photo": "x", "section": "\0"},
        {"version_token": "0", "publish_at_0": "2026-99-99T", "publish_at_1": "x"},
        {
            "version_token": "0",
            "related_items-0-other": "99999999999999999999999",
            "tags": "、" * 99,
        },
    ],
)
def test_what_nobody_types_is_refused_and_does_not_break(article, page, save, other_saves, more):
    other_saves(teaser="相手のリード。")
    answer = save(page, headline="わたし", **more)
    assert answer.status_code in {200, 302}
    article.refresh_from_db()
    assert article.teaser == "相手のリード。"


# --- many at once


def test_a_list_that_shows_an_older_version_does_nothing_to_it(client, mine, theirs):
    fresh, stale = ArticleFactory(headline="そのまま"), ArticleFactory(headline="変わった記事")
    client.force_login(mine)
    page = words(client.get("/admin/articles/article/"))
    versions = dict(re.findall(r'name="(version-\d+)" value="(\d+)"', page))
    assert set(versions) >= {f"version-{fresh.pk}", f"version-{stale.pk}"}
    save_article(stale, by=theirs)
    chosen = {
        "action": "withdraw_chosen", "_selected_action": [fresh.pk, stale.pk],
        "reason": "確認のため", **versions,
    }  # fmt: skip
    first = client.post("/admin/articles/article/", chosen | {"reason": ""})
    assert f'name="version-{stale.pk}" value="1"' in words(first)
    done = client.post("/admin/articles/article/", chosen, follow=True)
    assert "「変わった記事」：開いている間に朝倉さんが" in words(done)
    states = dict(Article.objects.values_list("pk", "status"))
    assert (states[fresh.pk], states[stale.pk]) == ("withdrawn", "published")


@pytest.mark.parametrize("verb", ["withdraw", "restore"])
def test_the_page_of_a_verb_knows_which_version_it_showed(client, mine, theirs, verb):
    state = {"status": "withdrawn", "withdrawn_at": timezone.now()} if verb == "restore" else {}
    article = ArticleFactory(**state)
    client.force_login(mine)
    url = f"/admin/articles/article/{article.pk}/{verb}/"
    version = re.search(r'name="(version-\d+)" value="(\d+)"', words(client.get(url)))
    save_article(article, by=theirs)
    sent = {version[1]: version[2], "reason": "確認のため"}
    assert "開いている間に朝倉さんが" in words(client.post(url, sent))
    assert client.post(url, sent | {version[1]: str(article.version)}).status_code == 302


# --- the rule itself


def test_the_rule_of_three():
    base = {"a": 1, "b": 1, "c": 1, "d": 1, "tags": ["x", "y"]}
    mine = {"a": 1, "b": 2, "c": 1, "d": 2, "tags": ["x", "z"]}
    theirs = {"a": 1, "b": 1, "c": 2, "d": 3, "tags": ["x", "y", "w"]}
    parts = {part.name: part for part in compare(base, mine, theirs)}
    assert [parts[name].side for name in "abcd"] == [
        Side.NOBODY, Side.MINE, Side.THEIRS, Side.BOTH,
    ]  # fmt: skip
    assert [parts[name].merged for name in "abcd"] == [1, 2, 2, 2]
    assert parts["tags"].merged == ["x", "z", "w"]
    assert compare(None, {"a": 1}, {"a": 2})[0].side is Side.BOTH


# What a form holds beside the article: of this save alone, so that two of them never meet.
_OF_THE_SAVE = {
    "version_token": "which version was opened",
    "save_reason": "why this save",
    "is_material": "whether this save moves 更新",
    "urgent_reason": "why this save does not wait for an approval",
    "headline_answer": "whether this save's headline needs a correction",
    "headline_words": "that correction",
}
_OF_THE_ROW = {"id", "article", "DELETE", "ORDER", "order"}
# Only added to, never changed: both people's rows stay.
_ONLY_ADDED = {"corrections"}


def test_every_field_of_the_form_is_put_together_field_by_field(client):
    Section.objects.update(four_eyes=True)
    article = ArticleFactory()
    TopicFactory()
    client.force_login(User.objects.create_superuser("chief"))
    page = client.get(change(article))
    typed = QueryDict(mutable=True)
    typed.update(fields(page))
    content = from_form(typed)
    stored = from_document(article_document(article))
    assert set(stored) == set(content)
    names = set(page.context["adminform"].form.fields) - set(_OF_THE_SAVE)
    assert names == set(content) - set(GROUPS)
    inlines = {shown.formset.prefix: shown for shown in page.context["inline_admin_formsets"]}
    assert set(inlines) == set(GROUPS) | _ONLY_ADDED
    for prefix, group in GROUPS.items():
        in_rows = set(inlines[prefix].formset.empty_form.fields) - _OF_THE_ROW
        assert in_rows <= set(group.names), prefix
    for prefix in _ONLY_ADDED:
        assert not inlines[prefix].has_change_permission
