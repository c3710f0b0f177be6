"""Many photos at once, and what a file says of itself."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image, ImageDraw

from articles.models import Photo
from newsportal.roles import Role
from tests.articles.desk import fields, person, words
from tests.articles.hard_pictures import bomb, iptc, with_gps
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db

UPLOAD = "/admin/articles/photo/upload/"
READ = "/admin/articles/photo/read/"
ADD = "/admin/articles/photo/add/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def writer(client):
    user = person(Role.WRITER)
    client.force_login(user)
    return user


def scene(seed=0, size=(480, 320), quality=80):
    """A picture that looks like no other seed's."""
    image = Image.new("RGB", (480, 320), "white")
    draw = ImageDraw.Draw(image)
    for number in range(6):
        at = (seed * 97 + number * 71) % 400, (seed * 53 + number * 37) % 260
        draw.ellipse((*at, at[0] + 120, at[1] + 90), fill=(number * 40, seed * 31 % 256, 90))
    out = BytesIO()
    image.resize(size).save(out, "JPEG", quality=quality)
    return out.getvalue()


def upload(data, name="港.jpg"):
    return SimpleUploadedFile(name, data, "image/jpeg")


def send(client, *files, **values):
    return client.post(UPLOAD, {"files": list(files), **values}, headers=JSON)


def test_a_file_comes_in_with_its_first_pictures(client, writer):
    answer = send(client, upload(scene())).json()
    photo = Photo.objects.get()
    assert answer["ok"]
    assert answer["id"] == photo.pk
    assert answer["thumbnail"]
    assert answer["name"] == "港.jpg"
    assert (photo.width, photo.height) == (480, 320)
    assert photo.created_by == writer
    assert photo.ladder


AGENCY_FILE = {
    120: "灯台守の高井さん(左)＝19日、北岬で".encode(),
    80: "久保田 澄江".encode(),
    110: "AFP通信".encode(),
    55: b"20251119",
    90: "北岬".encode(),
}


def test_empty_fields_take_what_the_file_says_and_typed_ones_stay(client, writer):
    agency = AgencyFactory(rights_social=True, rights_days=30)
    file = iptc(AGENCY_FILE.items(), charset=b"\x1b%G")
    answer = send(client, upload(file), place="汐崎").json()
    photo = Photo.objects.get()
    assert photo.caption == "灯台守の高井さん(左)＝19日、北岬で"
    assert (photo.credit, photo.agency, photo.place) == ("久保田 澄江", agency, "汐崎")
    assert photo.taken_on == date(2025, 11, 19)
    assert {"説明", "撮影者・提供", "配信元", "撮影日"} == set(answer["prefilled"])
    # The rights are those of the agency's contract.
    assert photo.rights_social
    assert photo.rights_until.date() == (timezone.now() + timedelta(days=30)).date()


HOSTILE = {
    "画素数が多すぎます": bomb,
    "SVGは使えません": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "画像として読めません": lambda: b"<script>alert(1)</script>" * 20,
    "壊れています": lambda: scene()[:-400],
    "GIFは使えません": lambda: b"GIF89a" + b"\x00" * 40,
}


@pytest.mark.parametrize("message", HOSTILE)
def test_a_hostile_file_is_refused_with_words(client, writer, message):
    response = send(client, upload(HOSTILE[message](), "写真.jpg"))
    assert response.status_code == 422
    assert message in response.json()["errors"][0]
    assert not Photo.objects.exists()


def test_without_the_script_the_good_ones_come_in_and_each_bad_one_says_why(client, writer):
    files = [upload(scene(1)), *(upload(make(), "悪い.jpg") for make in HOSTILE.values())]
    files.append(upload(scene(2), "灯台.jpg"))
    text = words(client.post(UPLOAD, {"files": files}))
    assert Photo.objects.count() == 2
    for message in HOSTILE:
        assert message in text
    numbers = ",".join(str(photo.pk) for photo in Photo.objects.order_by("pk"))
    assert f"captions/?ids={numbers}" in text


def test_no_file_is_said(client, writer):
    assert "写真のファイルを選んでください" in words(client.post(UPLOAD, {}))
    response = send(client)
    assert response.status_code == 422
    assert "選んでください" in response.json()["errors"][0]


def test_the_same_file_again_is_named_with_its_number(client, writer):
    send(client, upload(scene()))
    answer = send(client, upload(scene(), "別の名.jpg")).json()
    first = Photo.objects.get()
    assert f"写真{first.pk}" in answer["errors"][0]
    assert answer["same"]["id"] == first.pk


def test_a_picture_that_looks_like_another_is_warned_of_but_comes_in(client, writer):
    send(client, upload(scene(1)))
    send(client, upload(scene(5)))
    first = Photo.objects.earliest("pk")
    answer = send(client, upload(scene(1, size=(240, 160), quality=40))).json()
    assert answer["ok"]
    assert [photo["id"] for photo in answer["alike"]] == [first.pk]


def test_wrong_common_words_are_refused_before_any_file(client, writer):
    response = send(client, upload(scene()), taken_on="きのう")
    assert response.status_code == 422
    assert "日付" in response.json()["errors"][0]
    assert not Photo.objects.exists()


def test_who_may_not_add_photos_uploads_and_reads_nothing(client):
    client.force_login(User.objects.create_user("no-role", is_staff=True))
    assert send(client, upload(scene())).status_code == 403
    assert client.post(READ, {"original": upload(scene())}).status_code == 403
    client.logout()
    assert client.get(UPLOAD).status_code == 302
    assert not Photo.objects.exists()


def test_an_upload_from_another_site_is_refused(writer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(writer)
    assert send(client, upload(scene())).status_code == 403
    assert client.post(READ, {"original": upload(scene())}).status_code == 403
    assert not Photo.objects.exists()


# --- one photo


def test_the_script_is_told_what_the_file_says_before_anything_is_saved(client, writer):
    agency = AgencyFactory()
    file = iptc(AGENCY_FILE.items(), charset=b"\x1b%G")
    answer = client.post(READ, {"original": upload(file)}).json()
    assert answer["words"]["caption"].startswith("灯台守の高井さん(左)")
    assert answer["words"]["taken_on"] == "2025-11-19"
    assert answer["words"]["agency"] == {"id": agency.pk, "text": "AFP通信"}
    assert answer["same"] is None
    assert not Photo.objects.exists()
    assert client.get(READ).status_code == 405


def test_the_script_is_told_of_a_location_and_of_what_is_refused(client, writer):
    assert client.post(READ, {"original": upload(with_gps())}).json()["has_location"]
    answer = client.post(READ, {"original": upload(b"x" * 99)})
    assert answer.status_code == 422
    assert answer.json()["errors"]


TYPED = {"alt": "灯台", "focal_x": "0.5", "focal_y": "0.5", "rights_web": "on"}


def test_without_the_script_the_form_fills_its_empty_fields_and_says_so(client, writer):
    file = iptc(AGENCY_FILE.items(), charset=b"\x1b%G")
    response = client.post(
        ADD, TYPED | {"original": upload(file), "caption": "わたしの説明"}, follow=True
    )
    photo = Photo.objects.get()
    assert (photo.caption, photo.credit) == ("わたしの説明", "久保田 澄江")
    assert "空欄をファイルの情報から入れました：撮影者・提供、" in words(response)


def test_what_the_script_showed_and_an_editor_emptied_stays_empty(client, writer):
    file = iptc(AGENCY_FILE.items(), charset=b"\x1b%G")
    client.post(ADD, TYPED | {"original": upload(file), "prefilled": "1"})
    assert Photo.objects.get().caption == ""


def test_the_agency_gives_its_rights_unless_they_are_set_by_hand(client, writer):
    agency = AgencyFactory(rights_syndication=True, rights_social=True)
    page = fields(client.get(ADD)) | TYPED | {"agency": agency.pk}
    client.post(ADD, page | {"original": upload(scene(1)), "follows_agency": "on"})
    client.post(ADD, page | {"original": upload(scene(2)), "follows_agency": ""})
    by_hand, by_agency = Photo.objects.all()
    assert (by_agency.rights_syndication, by_agency.rights_social) == (True, True)
    assert (by_hand.rights_syndication, by_hand.rights_social) == (False, False)
