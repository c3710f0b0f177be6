"""The preview at the desk: readers' pages of what is typed, saved, or still ahead."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import time_machine

from articles import previewing
from articles.models import (
    Article,
    ArticlePhoto,
    Correction,
    Photo,
    RelatedArticle,
    Revision,
    Swap,
    Tag,
)
from newsportal.roles import Role
from tests.articles.desk import ADD, change, fields, person, row, words
from tests.factories import ArticleFactory, AuthorFactory, SectionFactory

pytestmark = pytest.mark.django_db
JST = ZoneInfo("Asia/Tokyo")
NEW = "/admin/articles/article/add/preview/"


def preview(article, **query):
    asked = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
    return f"/admin/articles/article/{article.pk}/preview/" + (f"?{asked}" if asked else "")


def plain(response):
    return words(response).replace("<wbr>", "")


def photo(**values):
    entry = {"crop": "free", "format": "jpeg", "width": 640, "height": 427, "name": "a.jpg"}
    return Photo.objects.create(
        alt="岬に立つ灯台", caption="夜明けの灯台", ladder=[entry], **values
    )


@pytest.fixture
def writer(client):
    user = person(Role.WRITER)
    client.force_login(user)
    return user


@pytest.fixture
def draft(writer):
    return ArticleFactory(status="draft", publish_at=None, created_by=writer)


@pytest.fixture
def typed(client, draft):
    return fields(client.get(change(draft)))


def test_the_page_shows_what_is_typed_and_nothing_is_saved(client, draft, typed):
    author, other, picture = AuthorFactory(), ArticleFactory(headline="手で選んだ記事"), photo()
    Tag.objects.create(name="灯台", slug="todai")
    row(typed, "article_authors", author=author.pk)
    row(typed, "related_items", other=other.pk)
    row(typed, "article_photos", photo=picture.pk, caption="この記事での説明文")
    section = SectionFactory(name="経済", slug="economy")
    answer = client.post(
        preview(draft),
        typed
        | {
            "headline": "打ちかけの見出し",
            "body": "<p>打ちかけの本文。</p>",
            "section": section.pk,
            "tags": "灯台、まだないタグ",
        },
    )
    page = plain(answer)
    for text in ("打ちかけの見出し", "打ちかけの本文。", author.name, "この記事での説明文", "経済"):
        assert text in page
    assert "手で選んだ記事" in page
    assert 'href="/tags/todai/"' in page
    assert "まだないタグ" in page
    draft.refresh_from_db()
    assert draft.headline != "打ちかけの見出し"
    assert not draft.article_photos.exists()
    assert not Revision.objects.exists()
    assert not Tag.objects.filter(name="まだないタグ").exists()


def test_a_new_article_is_shown_once_it_has_a_section(client, writer):
    typed = fields(client.get(ADD)) | {"headline": "書きはじめ"}
    assert "分野を選ぶと" in words(client.post(NEW, typed))
    page = plain(client.post(NEW, typed | {"section": SectionFactory().pk}))
    assert "書きはじめ" in page
    assert not Article.objects.exists()


def test_without_fields_it_shows_what_is_saved(client, draft):
    ArticlePhoto.objects.create(article=draft, photo=photo(), caption="保存した説明")
    for answer in (client.get(preview(draft)), client.post(preview(draft))):
        assert draft.headline in plain(answer)
        assert "保存した説明" in plain(answer)


def test_no_preview_is_counted_kept_or_found(client, draft, typed):
    out = ArticleFactory()
    client.force_login(person(Role.EDITOR))
    pages = [
        client.get(preview(draft)),
        client.post(preview(draft), typed),
        client.get(preview(out)),
        client.get(preview(out, page="home")),
    ]
    for page in pages:
        text = words(page)
        assert "<script" not in text
        assert "data-view-token" not in text
        assert "/v/?a=" not in text
        assert 'name="robots" content="noindex' in text
        assert "noindex" in page["X-Robots-Tag"]
        assert "no-store" in page["Cache-Control"]
        assert "public" not in page["Cache-Control"]
        assert "Surrogate-Key" not in page
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_what_is_typed_is_cleaned(client, draft, typed):
    body = (
        '<p onclick="x()">本文<script>alert(1)</script></p><iframe src="//evil.example"></iframe>'
    )
    text = words(client.post(preview(draft), typed | {"body": body, "headline": "<b>太字</b>"}))
    for forbidden in ("<script", "onclick", "<iframe", "<b>太字"):
        assert forbidden not in text


@pytest.mark.parametrize(
    "broken",
    [
        {"section": "社会", "agency": "9" * 40},
        {"article_photos-TOTAL_FORMS": "たくさん", "article_authors-TOTAL_FORMS": "-1"},
        {"article_photos-TOTAL_FORMS": "9" * 12, "article_photos-0-photo": "9" * 15},
        {"related_items-TOTAL_FORMS": "1", "related_items-0-other": "灯台"},
        {"tags": "、" * 500 + "\x00長" * 900, "headline": "\x00"},
        {"publish_at_0": "きのう", "publish_at_1": "朝", "body": "<p>" * 3000},
        {"corrections-TOTAL_FORMS": "1", "corrections-0-text": "誤り", "corrections-0-kind": "？"},
        {"article_photos-0-after_paragraph": "9" * 14, "article_photos-TOTAL_FORMS": "1"},
    ],
)
def test_broken_fields_still_give_a_page(client, draft, typed, broken):
    assert client.post(preview(draft), typed | broken).status_code == 200


@pytest.mark.parametrize(
    "at", ["きょう", "2026-13-41T00:00", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_time_that_is_none_is_refused_in_words(client, draft, at):
    answer = client.get(preview(draft, at=at))
    assert answer.status_code == 400
    assert "日時は" in words(answer)


def test_only_who_may_see_the_article_at_the_desk(client, draft):
    client.logout()
    assert client.get(preview(draft)).status_code == 302
    assert client.get(NEW).status_code == 302
    nobody = person(Role.WRITER, "nobody")
    nobody.groups.clear()
    client.force_login(nobody)
    for address in (preview(draft), NEW, preview(draft, page="home")):
        assert client.get(address).status_code == 403
        assert client.post(address).status_code == 403


def test_other_methods_and_numbers(client, draft):
    assert client.put(preview(draft)).status_code == 405
    assert client.get("/admin/articles/article/999999/preview/").status_code == 404
    assert client.get("/admin/articles/article/abc/preview/").status_code == 404


@time_machine.travel(datetime(2026, 11, 23, 13, 50, tzinfo=JST), tick=False)
def test_the_article_at_a_time_ahead(client, draft):
    evening = datetime(2026, 11, 23, 18, tzinfo=JST)
    out = ArticleFactory(
        publish_at=evening - timedelta(minutes=10), unpublish_at=evening + timedelta(hours=1)
    )
    Correction.objects.create(article=out, text="人名の誤りでした", published_at=evening)
    ArticlePhoto.objects.create(
        article=out, photo=photo(rights_until=evening), caption="夕方に期限が切れる"
    )
    RelatedArticle.objects.create(
        article=out, other=ArticleFactory(headline="同じころの記事", publish_at=evening)
    )
    ArticleFactory(headline="同じ分野の夕方の記事", publish_at=evening)
    now, then = (
        plain(client.get(preview(out))),
        plain(client.get(preview(out, at="2026-11-23T18:00"))),
    )
    assert "読者に見えません" in now
    assert "読者に見えません" not in then
    assert "読者に見えません" in plain(client.get(preview(out, at="2026-11-23T19:00")))
    for text in (
        "人名の誤りでした",
        "同じころの記事",
        "同じ分野の夕方の記事",
        "写真の掲載期間は終わりました",
    ):
        assert text not in now
        assert text in then
    assert "夕方に期限が切れる" in now
    assert "夕方に期限が切れる" not in then


@time_machine.travel(datetime(2026, 11, 23, 13, 50, tzinfo=JST), tick=False)
def test_the_home_page_at_a_time_ahead(client, draft):
    evening = datetime(2026, 11, 23, 18, tzinfo=JST)
    ArticleFactory(headline="夕方に出る記事", publish_at=evening)
    ArticleFactory(headline="夜に出る記事", publish_at=evening + timedelta(minutes=1))
    ArticleFactory(headline="夕方に消える記事", unpublish_at=evening)
    ArticleFactory(headline="夜まで解禁前の記事", embargo_until=evening + timedelta(hours=1))
    now = plain(client.get(preview(draft, page="home")))
    then = plain(client.get(preview(draft, page="home", at="2026-11-23T18:00")))
    assert "夕方に消える記事" in now
    assert "夕方に出る記事" not in now
    assert "夕方に出る記事" in then
    for text in ("夜に出る記事", "夕方に消える記事", "夜まで解禁前の記事", draft.headline):
        assert text not in then


def test_a_working_copy_has_the_address_of_its_article(rf, writer):
    article = ArticleFactory()
    copy = ArticleFactory(
        replaces=article, status="draft", publish_at=None, headline="差し替えの見出し"
    )
    number = copy.pk
    request = rf.get("/")
    request.user = writer
    page = plain(previewing.article_page(request, previewing.stored_draft(copy)))
    assert "差し替えの見出し" in page
    assert f"/articles/{article.pk}/" in page
    assert f"/articles/{number}/" not in page


def test_typing_costs_as_many_queries_for_ten_photos_as_for_one(
    client, draft, typed, django_assert_max_num_queries
):
    for number in range(10):
        row(typed, "article_photos", photo=photo().pk, order=number)
    client.post(preview(draft), typed)
    with django_assert_max_num_queries(22):
        client.post(preview(draft), typed | {"tags": "灯台、岬、海"})


EVENING = datetime(2026, 11, 23, 18, tzinfo=JST)
AFTERNOON = datetime(2026, 11, 23, 13, 50, tzinfo=JST)


def home(client, article, typed=None, at="2026-11-23T18:00"):
    address = preview(article, page="home", at=at)
    return plain(client.get(address) if typed is None else client.post(address, typed))


@pytest.fixture
def afternoon():
    with time_machine.travel(AFTERNOON, tick=False):
        yield


def test_the_home_page_ahead_has_the_article_as_typed(afternoon, client, draft, typed):
    older = ArticleFactory(headline="前からある記事", publish_at=AFTERNOON - timedelta(hours=3))
    typed |= {"headline": "打ちかけの見出し"}
    assert "打ちかけの見出し" in home(client, draft, typed)
    assert "打ちかけの見出し" not in home(client, draft)
    # With its own time, and with an embargo, it is where it will be then.
    later = {"publish_at_0": "2026-11-23", "publish_at_1": "18:01"}
    assert "打ちかけの見出し" not in home(client, draft, typed | later)
    assert "打ちかけの見出し" in home(client, draft, typed | later, "2026-11-23T18:01")
    embargo = {"embargo_until_0": "2026-11-23", "embargo_until_1": "18:01"}
    assert "打ちかけの見出し" not in home(client, draft, typed | embargo)
    # What is public already stands there once, in its new words.
    client.force_login(person(Role.EDITOR))
    rewritten = fields(client.get(change(older))) | {"headline": "書き直した記事"}
    page = home(client, older, rewritten)
    assert "書き直した記事" in page
    assert "前からある記事" not in page
    older.refresh_from_db()
    assert older.headline == "前からある記事"


def test_a_new_article_as_typed_stands_on_the_home_page(afternoon, client, writer):
    section, picture = SectionFactory(), photo()
    typed = fields(client.get(ADD)) | {"headline": "書きはじめ", "section": section.pk}
    row(typed, "article_photos", photo=picture.pk)
    page = plain(client.post(f"{NEW}?page=home", typed))
    assert "書きはじめ" in page
    assert "a.jpg" in page
    # Without a section there is nothing of it to show, and the rest of the page is there.
    assert client.post(f"{NEW}?page=home", typed | {"section": ""}).status_code == 200


def planned(original, at, **values):
    copy = ArticleFactory(
        replaces=original, status="draft", publish_at=None, section=original.section, **values
    )
    return Swap.objects.create(copy=copy, base_version=original.version, at=at)


def test_the_home_page_ahead_has_what_will_be_swapped_in_by_then(afternoon, client, draft):
    politics = SectionFactory(name="政治", slug="politics")
    one = ArticleFactory(headline="元の見出し", publish_at=AFTERNOON - timedelta(hours=2))
    plan = planned(one, EVENING, headline="差し替えの見出し")
    Article.objects.filter(pk=plan.copy_id).update(section=politics)
    later = ArticleFactory(headline="夜まで元のまま", publish_at=AFTERNOON - timedelta(hours=1))
    planned(later, EVENING + timedelta(minutes=1), headline="夜の見出し")
    now, then = home(client, draft, at="2026-11-23T17:59"), home(client, draft)
    assert "元の見出し" in now
    assert "差し替えの見出し" not in now
    assert "差し替えの見出し" in then
    assert "元の見出し" not in then
    assert 'href="/sections/politics/"' in then
    assert f'href="/articles/{one.pk}/"' in then
    assert f"/articles/{plan.copy_id}/" not in then
    assert "夜まで元のまま" in then
    # What will be refused is not shown as if it were not.
    Article.objects.filter(pk=one.pk).update(version=one.version + 1)
    assert "元の見出し" in home(client, draft)
    Article.objects.filter(pk=one.pk).update(
        version=one.version, status="withdrawn", withdrawn_at=AFTERNOON
    )
    page = home(client, draft)
    assert "元の見出し" not in page
    assert "差し替えの見出し" not in page


def test_a_working_copy_as_typed_stands_where_its_article_does(afternoon, client):
    client.force_login(person(Role.EDITOR))
    article = ArticleFactory(headline="元の見出し", publish_at=AFTERNOON - timedelta(hours=2))
    plan = planned(article, None, headline="差し替えの見出し")
    typed = fields(client.get(change(plan.copy))) | {"headline": "打ちかけの差し替え"}
    page = home(client, plan.copy, typed)
    assert "打ちかけの差し替え" in page
    assert "元の見出し" not in page
    Swap.objects.update(at=EVENING + timedelta(hours=1))
    page = home(client, plan.copy, typed)
    assert "元の見出し" in page
    assert "打ちかけの差し替え" not in page


def named(name, **values):
    picture = photo(**values)
    Photo.objects.filter(pk=picture.pk).update(ladder=[{**picture.ladder[0], "name": name}])
    return Photo.objects.get(pk=picture.pk)


def with_photos(*photos, **values):
    article = ArticleFactory(lead_photo=photos[0], **values)
    for order, one in enumerate(photos):
        ArticlePhoto.objects.create(article=article, photo=one, order=order)
    return article


def test_a_photo_whose_term_ends_before_gives_its_place_to_the_next(afternoon, client, draft):
    with_photos(named("ends.jpg", rights_until=EVENING), named("next.jpg"), publish_at=AFTERNOON)
    now, then = home(client, draft, at="2026-11-23T17:59"), home(client, draft)
    assert ("ends.jpg" in now, "next.jpg" in now) == (True, False)
    assert ("ends.jpg" in then, "next.jpg" in then) == (False, True)


def test_a_photo_without_another_is_gone_from_the_home_page(afternoon, client, draft):
    with_photos(named("ends.jpg", rights_until=EVENING), publish_at=AFTERNOON)
    assert "ends.jpg" in home(client, draft, at="2026-11-23T17:59")
    assert "ends.jpg" not in home(client, draft)


def test_photos_of_a_planned_swap_are_those_of_its_time(afternoon, client, draft):
    plan = planned(ArticleFactory(publish_at=AFTERNOON), AFTERNOON + timedelta(hours=1))
    photos = named("ends.jpg", rights_until=EVENING), named("next.jpg")
    Article.objects.filter(pk=plan.copy_id).update(lead_photo=photos[0])
    for order, one in enumerate(photos):
        ArticlePhoto.objects.create(article=plan.copy, photo=one, order=order)
    now, then = home(client, draft, at="2026-11-23T17:59"), home(client, draft)
    assert ("ends.jpg" in now, "next.jpg" in now) == (True, False)
    assert ("ends.jpg" in then, "next.jpg" in then) == (False, True)


def test_a_section_s_block_stays_whole_when_one_of_it_is_changed(afternoon, client, draft):
    section = SectionFactory(name="経済", slug="economy")
    others = [ArticleFactory(publish_at=AFTERNOON - timedelta(hours=1)) for _ in range(30)]
    old = [
        ArticleFactory(
            headline=f"古い経済{number}",
            section=section,
            publish_at=AFTERNOON - timedelta(days=number),
        )
        for number in range(1, 5)
    ]
    shown = previewing.front_with([], EVENING).blocks
    block = next(articles for of, articles in shown if of == section)
    assert [article.pk for article in block] == [article.pk for article in old[:3]]
    changed = Article.objects.get(pk=old[1].pk)
    changed.headline = "直した経済"
    [block] = [
        articles
        for of, articles in previewing.front_with([], EVENING, [changed]).blocks
        if of == section
    ]
    assert [article.headline for article in block] == ["古い経済1", "直した経済", "古い経済3"]
    changed.section = others[0].section
    [block] = [
        articles
        for of, articles in previewing.front_with([], EVENING, [changed]).blocks
        if of == section
    ]
    assert [article.pk for article in block] == [old[0].pk, old[2].pk, old[3].pk]


def test_the_home_page_ahead_costs_a_bounded_number_of_queries(
    afternoon, client, draft, typed, django_assert_max_num_queries
):
    for number in range(12):
        at = AFTERNOON - timedelta(hours=number + 1)
        article = with_photos(named("ends.jpg", rights_until=EVENING), publish_at=at)
        planned(article, EVENING)
    home(client, draft, typed)
    with django_assert_max_num_queries(34):
        home(client, draft, typed)
