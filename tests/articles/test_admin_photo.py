"""The photo library of the desk."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles.models import Photo
from newsportal.roles import Role
from tests.articles.desk import fields, jpeg, person, words
from tests.factories import AgencyFactory, ArticleFactory
from tests.outbox import invalidated

pytestmark = pytest.mark.django_db
ADD = "/admin/articles/photo/add/"
TYPED = {
    "alt": "岬に立つ灯台",
    "caption": "夜明けの灯台",
    "credit": "高井 悠人",
    "place": "北岬",
    "focal_x": "0.5",
    "focal_y": "0.5",
    "rights_web": "on",
}


@pytest.fixture
def writer(client):
    user = person(Role.WRITER)
    client.force_login(user)
    return user


def add(client, upload, **values):
    return client.post(ADD, TYPED | {"original": upload} | values)


def test_a_writer_uploads_a_photo_with_caption_credit_and_agency(client, writer):
    agency = AgencyFactory()
    upload = jpeg(name="秘密の名前.jpg")
    data = upload.read()
    upload.seek(0)
    assert add(client, upload, agency=agency.pk).status_code == 302
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == (800, 600)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert photo.created_by == writer
    assert photo.agency == agency
    assert photo.original.name.endswith(".jpg")
    assert "秘密" not in photo.original.name
    assert any(entry["crop"] == "1x1" for entry in photo.ladder)


def test_the_name_of_the_file_never_decides(client, writer):
    add(client, jpeg(name="photo.html"))
    assert Photo.objects.get().original.name.endswith(".jpg")


def bomb():
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("bomb.png", bomb, "画素数が多すぎます"),
        ("text.jpg", "本当は文章".encode, "画像として読めません"),
        ("picture.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVGは使えません"),
        ("cut.jpg", lambda: jpeg().read()[:-500], "途中で切れているか、壊れています"),
        ("empty.jpg", lambda: b"", "入力されたファイルは空です"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_the_file_and_the_words_stay(
    client, writer, name, data, message
):
    response = add(client, SimpleUploadedFile(name, data()))
    assert message in response.context["adminform"].form.errors["original"][0]
    assert fields(response)["caption"] == "夜明けの灯台"
    assert not Photo.objects.exists()


def test_an_alternative_text_is_asked_for(client, writer):
    response = add(client, jpeg(), alt="")
    assert response.context["adminform"].form.errors["alt"]


def test_the_same_picture_again_is_named_with_its_number(client, writer):
    add(client, jpeg())
    first = Photo.objects.get()
    response = add(client, jpeg(name="別の名前.jpg"))
    assert f"写真{first.pk}" in response.context["adminform"].form.errors["original"][0]
    assert Photo.objects.count() == 1


def test_a_change_of_words_keeps_the_picture_and_renews_the_pages(client):
    client.force_login(person(Role.EDITOR))
    add(client, jpeg())
    photo = Photo.objects.get()
    article = ArticleFactory()
    article.article_photos.create(photo=photo)
    address = f"/admin/articles/photo/{photo.pk}/change/"
    page = client.get(address)
    assert article.headline in words(page)
    client.post(address, fields(page) | {"caption": "夕暮れの灯台"})
    again = Photo.objects.get()
    assert (again.caption, again.original.name) == ("夕暮れの灯台", photo.original.name)
    assert f"article-{article.pk}" in invalidated()


def test_a_writer_changes_the_words_of_a_photo_until_readers_see_them(client, writer):
    add(client, jpeg())
    photo = Photo.objects.get()
    address = f"/admin/articles/photo/{photo.pk}/change/"
    draft = ArticleFactory(status="draft", publish_at=None)
    draft.article_photos.create(photo=photo)
    page = fields(client.get(address)) | {"caption": "夕暮れの灯台"}
    assert client.post(address, page).status_code == 302
    ArticleFactory().article_photos.create(photo=photo)
    assert client.post(address, page | {"caption": "書き換え"}).status_code == 403
    assert client.get(address).status_code == 200
    assert Photo.objects.get().caption == "夕暮れの灯台"


def test_the_original_is_a_download_for_those_who_may_see_photos(client, writer):
    upload = jpeg()
    data = upload.read()
    upload.seek(0)
    add(client, upload)
    address = f"/admin/articles/photo/{Photo.objects.get().pk}/original/"
    response = client.get(address)
    assert b"".join(response.streaming_content) == data
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    client.logout()
    assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("no-role", is_staff=True))
    assert client.get(address).status_code == 403
    assert client.get(address.replace("original", "preview")).status_code == 403


def test_a_missing_original_and_a_missing_photo_are_not_found(client, writer):
    photo = Photo.objects.create(
        width=8, height=6, original="gone.jpg", sha256="0" * 64, alt="なし"
    )
    Photo.objects.filter(pk=photo.pk).update(original="gone.jpg")
    assert client.get(f"/admin/articles/photo/{photo.pk}/original/").status_code == 404
    assert client.get("/admin/articles/photo/999999/preview/").status_code == 404


def test_the_preview_tells_credit_and_problems(client, writer):
    add(client, jpeg(), rights_web="")
    photo = Photo.objects.get()
    answer = client.get(f"/admin/articles/photo/{photo.pk}/preview/").json()
    assert answer["credit"] == "／高井 悠人"
    assert answer["thumbnail"]
    assert "ウェブに載せられません" in answer["problems"][0]


@pytest.mark.parametrize("query", ["夜明け", "岬に", "高井", "AFP", "北岬"])
def test_photos_are_found_by_their_words(client, writer, query):
    add(client, jpeg(), agency=AgencyFactory().pk)
    Photo.objects.create(width=8, height=6, original="other.jpg", sha256="1" * 64, alt="別の写真")
    changelist = client.get("/admin/articles/photo/", {"q": query}).context["cl"]
    assert [photo.caption for photo in changelist.result_list] == ["夜明けの灯台"]


def test_the_list_takes_the_same_queries_for_many_photos(client, writer, assert_same_queries):
    assert_same_queries(
        lambda: client.get("/admin/articles/photo/"),
        lambda number: Photo.objects.create(
            width=8,
            height=6,
            original=f"{number}.jpg",
            sha256=str(number),
            alt="写真",
            agency=AgencyFactory(),
        ),
    )
