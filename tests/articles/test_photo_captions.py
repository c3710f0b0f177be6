"""The words of many photos on one page, and of one photo in many articles."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from articles.models import AuditEntry, Photo, Revision
from newsportal.roles import Role
from tests.articles.desk import fields, person, words
from tests.articles.pictures import add_photo, jpeg, make_photo
from tests.factories import AgencyFactory, ArticleFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db

CAPTIONS = "/admin/articles/photo/captions/"


@pytest.fixture
def editor(client):
    user = person(Role.EDITOR)
    client.force_login(user)
    return user


@pytest.fixture
def photos():
    return [make_photo(caption=f"説明{number}", alt="", with_files=False) for number in range(3)]


def address(*photos):
    return f"{CAPTIONS}?ids={','.join(str(photo.pk) for photo in photos)}"


def row_of(page, photo):
    """The prefix of a photo's row."""
    return next(
        name.removesuffix("-id")
        for name, value in page.items()
        if name.endswith("-id") and value == str(photo.pk)
    )


def stored(photo):
    return Photo.objects.get(pk=photo.pk)


def test_captions_of_chosen_photos_are_written_on_one_page(client, editor, photos):
    chosen = {"action": "write_captions", "_selected_action": [photo.pk for photo in photos[:2]]}
    response = client.post("/admin/articles/photo/", chosen)
    assert response.status_code == 302
    page = fields(client.get(response["Location"]))
    for photo in photos[:2]:
        row = row_of(page, photo)
        page |= {f"{row}-alt": f"見えるもの{photo.pk}", f"{row}-caption": "高井さん(左)"}
    assert client.post(response["Location"], page).status_code == 302
    assert [stored(photo).alt for photo in photos] == [
        f"見えるもの{photos[0].pk}",
        f"見えるもの{photos[1].pk}",
        "",
    ]
    assert stored(photos[0]).caption == "高井さん(左)"
    entries = AuditEntry.objects.filter(action="caption")
    assert {entry.object_id for entry in entries} == {str(photo.pk) for photo in photos[:2]}
    assert entries[0].old["caption"].startswith("説明")


def test_an_error_stands_beside_its_field_and_nothing_is_lost_or_half_saved(client, editor, photos):
    url = address(*photos)
    page = fields(client.get(url))
    first, second = row_of(page, photos[0]), row_of(page, photos[1])
    page |= {f"{first}-caption": "よい説明", f"{second}-caption": "長" * 401}
    response = client.post(url, page)
    form = next(f for f in response.context["formset"] if f.instance == photos[1])
    assert "400" in form.errors["caption"][0]
    assert "まだ何も保存していません" in words(response)
    kept = fields(response)
    assert kept[f"{first}-caption"] == "よい説明"
    assert kept[f"{second}-caption"] == "長" * 401
    assert stored(photos[0]).caption == "説明0"


def test_common_words_fill_only_what_is_empty_and_save_nothing_yet(client, editor, photos):
    agency = AgencyFactory()
    Photo.objects.filter(pk=photos[1].pk).update(credit="久保田 澄江")
    url = address(*photos[:2])
    page = fields(client.get(url))
    first, second = row_of(page, photos[0]), row_of(page, photos[1])
    page |= {"common-credit": "高井 悠人", "common-agency": str(agency.pk), "_fill": "1"}
    page[f"{first}-alt"] = "打ちかけ"
    response = client.post(url, page)
    filled = fields(response)
    assert filled[f"{first}-credit"] == "高井 悠人"
    assert filled[f"{second}-credit"] == "久保田 澄江"
    assert filled[f"{second}-agency"] == str(agency.pk)
    assert filled[f"{first}-alt"] == "打ちかけ"
    assert stored(photos[0]).credit == ""
    assert client.post(url, filled).status_code == 302
    assert stored(photos[0]).credit == "高井 悠人"


def test_what_somebody_else_wrote_meanwhile_is_shown_before_it_is_replaced(client, editor, photos):
    url = address(photos[0])
    page = fields(client.get(url))
    row = row_of(page, photos[0])
    Photo.objects.filter(pk=photos[0].pk).update(caption="ほかの人の説明")
    page[f"{row}-caption"] = "わたしの説明"
    response = client.post(url, page)
    assert "ほかの人の説明" in words(response)
    again = fields(response)
    assert again[f"{row}-caption"] == "わたしの説明"
    assert stored(photos[0]).caption == "ほかの人の説明"
    assert client.post(url, again).status_code == 302
    assert stored(photos[0]).caption == "わたしの説明"


def test_a_public_photo_keeps_its_credit_and_its_alternative_text(client, editor, photos):
    agency = AgencyFactory(credit_pattern="写真：{credit}／AFP通信")
    photo = make_photo(alt="灯台", credit="久保田", agency=agency, with_files=False)
    add_photo(ArticleFactory(), photo)
    url = address(photo)
    page = fields(client.get(url))
    row = row_of(page, photo)
    response = client.post(url, page | {f"{row}-credit": "", f"{row}-alt": ""})
    errors = response.context["formset"].forms[0].errors
    assert "AFP通信のクレジット" in errors["credit"][0]
    assert "代替テキスト" in errors["alt"][0]
    assert client.post(url, page | {f"{row}-credit": "高井"}).status_code == 302
    assert f"article-{photo.article_photos.get().article_id}" in invalidated()


def test_a_writer_writes_only_what_is_not_public_yet(client, photos):
    client.force_login(person(Role.WRITER))
    add_photo(ArticleFactory(), photos[0])
    url = address(*photos[:2])
    response = client.get(url)
    assert "1枚は公開した記事にあるため" in words(response)
    page = fields(response)
    assert page["form-TOTAL_FORMS"] == "1"
    # A row smuggled in for the public one is refused.
    page[f"{row_of(page, photos[1])}-id"] = str(photos[0].pk)
    page["form-0-caption"] = "書き換え"
    client.post(url, page)
    assert stored(photos[0]).caption == "説明0"


def test_more_than_a_page_goes_on_with_the_rest(client, editor, monkeypatch, photos):
    monkeypatch.setattr("articles.admin.photo_pages.CAPTIONS_AT_ONCE", 2)
    url = address(*photos)
    response = client.post(url, fields(client.get(url)))
    assert response["Location"] == address(photos[2])


@pytest.mark.parametrize("ids", ["", "x", "999999", "1,,2;3"])
def test_nonsense_for_ids_shows_no_form(client, editor, ids):
    assert "直せる写真がありません" in words(client.get(f"{CAPTIONS}?ids={ids}"))


def test_the_page_takes_the_same_queries_for_many_photos(client, editor, assert_same_queries):
    made = []
    assert_same_queries(
        lambda: client.get(address(*made)),
        lambda number: made.append(make_photo(with_files=False, agency=AgencyFactory())),
    )


def test_who_may_not_change_photos_sees_no_page(client, photos):
    client.force_login(User.objects.create_user("no-role", is_staff=True))
    assert client.get(address(*photos)).status_code == 403


# --- one photo in many articles


def uses(photo):
    return reverse("admin:articles_photo_uses", args=[photo.pk])


@pytest.fixture
def used():
    photo = make_photo(caption="正しい説明", with_files=False)
    for caption in ["誤った説明", "", "別の言い方"]:
        add_photo(ArticleFactory(headline=f"記事「{caption}」"), photo, caption=caption)
    return photo


def test_uses_that_say_something_else_are_marked_and_chosen_ones_follow_the_library(
    client, editor, used
):
    text = words(client.get(uses(used)))
    assert text.count("写真の説明とちがいます") == 2
    assert text.count('name="use"') == 2
    wrong = used.article_photos.get(caption="誤った説明")
    response = client.post(uses(used), {"use": [wrong.pk]}, follow=True)
    assert "1件の記事に写真の説明を反映しました" in words(response)
    assert words(response).count("写真の説明とちがいます") == 1
    assert client.get(wrong.article.get_absolute_url()).status_code == 200
    assert Revision.objects.get().article == wrong.article
    assert used.article_photos.filter(caption="別の言い方").exists()


def test_the_photo_and_the_article_show_the_difference(client, editor, used):
    text = words(client.get(f"/admin/articles/photo/{used.pk}/change/"))
    assert "使われている記事（3件）" in text
    assert "説明のちがう記事に、写真の説明を反映する" in text
    item = used.article_photos.get(caption="誤った説明")
    text = words(client.get(f"/admin/articles/article/{item.article_id}/change/"))
    assert "この記事の説明とちがいます" in text
    assert "正しい説明" in text


def test_a_writer_sees_uses_but_carries_nothing_to_public_articles(client, used):
    client.force_login(person(Role.WRITER))
    response = client.get(uses(used))
    assert response.status_code == 200
    assert 'name="use"' not in words(response)
    item = used.article_photos.get(caption="誤った説明")
    assert client.post(uses(used), {"use": [item.pk]}).status_code == 403
    item.refresh_from_db()
    assert item.caption == "誤った説明"


# --- another file


def replace(photo):
    return reverse("admin:articles_photo_replace", args=[photo.pk])


def test_another_file_shows_in_every_use_and_the_words_stay(client, editor):
    photo = make_photo(caption="灯台", credit="高井", focal_x=0.2)
    article = ArticleFactory()
    add_photo(article, photo)
    before = stored(photo)
    old = {entry["name"] for entry in before.ladder}
    new = SimpleUploadedFile("直した.png", jpeg(size=(1200, 600), color=(200, 30, 30)))
    assert client.post(replace(photo), {"original": new}).status_code == 302
    after = stored(photo)
    assert (after.caption, after.credit, after.focal_x) == ("灯台", "高井", 0.2)
    assert (after.width, after.height) == (1200, 600)
    assert after.original.name != before.original.name
    assert after.sha256 != before.sha256
    assert not old & {entry["name"] for entry in after.ladder}
    html = client.get(article.get_absolute_url()).content.decode()
    assert after.ladder[0]["name"] in html
    assert not any(name in html for name in old)
    assert AuditEntry.objects.filter(action="replace", object_id=str(photo.pk)).exists()
    assert f"article-{article.pk}" in invalidated()


def test_a_file_that_cannot_be_kept_replaces_nothing(client, editor):
    photo = make_photo(with_files=False)
    other = client.post(replace(photo), {"original": SimpleUploadedFile("a.jpg", b"x" * 50)})
    assert "画像として読めません" in words(other)
    assert "errorlist" in words(client.post(replace(photo), {}))
    assert stored(photo).original.name == photo.original.name


def test_a_writer_replaces_no_public_photo(client):
    client.force_login(person(Role.WRITER))
    photo = make_photo(with_files=False)
    assert client.get(replace(photo)).status_code == 200
    add_photo(ArticleFactory(), photo)
    assert client.get(replace(photo)).status_code == 403
