"""What people hand in never runs: what is served is a picture made anew, or a download."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.conf import settings as site_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from articles import renditions
from articles.models import Photo
from newsportal.roles import Role
from tests.articles.desk import fields, person

pytestmark = pytest.mark.django_db
SCRIPT = b"<html><body><script>alert(document.domain)</script></body></html>"


def disguised():
    """A true JPEG that is a page with a script as well: in its comment and behind its end."""
    out = BytesIO()
    Image.new("RGB", (800, 600), "teal").save(out, "JPEG", comment=SCRIPT)
    return out.getvalue() + SCRIPT


def hand_in(client, content, name):
    address = "/admin/articles/photo/add/"
    page = fields(client.get(address)) | {"alt": "岬に立つ灯台", "caption": "岬に立つ灯台"}
    page["original"] = SimpleUploadedFile(name, content, "text/html")
    return client.post(address, page)


@pytest.fixture
def photo(client):
    client.force_login(person(Role.EDITOR))
    assert hand_in(client, disguised(), "page.html").status_code == 302
    photo = Photo.objects.get()
    renditions.make_all(photo)
    return photo


def test_readers_get_pictures_made_anew(client, photo):
    client.logout()
    photo.refresh_from_db()
    names = [entry["name"] for entry in photo.ladder]
    assert {name.rpartition(".")[2] for name in names} >= {"jpg", "webp"}
    for name in names:
        response = client.get(f"/media/{name}")
        body = b"".join(response.streaming_content)
        response.close()
        kind = {"jpg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}
        assert response["Content-Type"] == kind[name.rpartition(".")[2]]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert b"<script" not in body
        assert b"alert" not in body


def test_an_original_is_a_download_and_keeps_no_name_of_its_own(client, photo):
    response = client.get(f"/admin/articles/photo/{photo.pk}/original/")
    assert b"".join(response.streaming_content) == disguised()
    response.close()
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert ".html" not in response["Content-Disposition"] + photo.original.name


def test_originals_have_no_public_address(client, photo):
    for prefix in ("/media/", "/media/../originals/", "/media/originals/", "/originals/"):
        assert client.get(prefix + photo.original.name).status_code in {400, 404}


@pytest.mark.parametrize("name", ["page.html", "x.svg", "x.jpg.html", "x.js", "x", "x.jpg/"])
def test_nothing_but_pictures_is_sent_from_the_folder(client, name):
    site_settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    (site_settings.MEDIA_ROOT / name.rstrip("/")).write_bytes(SCRIPT)
    assert client.get(f"/media/{name}").status_code == 404


def test_a_page_with_the_name_of_a_picture_is_sent_as_a_picture(client):
    site_settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    (site_settings.MEDIA_ROOT / "x.jpg").write_bytes(SCRIPT)
    response = client.get("/media/x.jpg")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == (
        "image/jpeg",
        "nosniff",
    )
    response.close()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SCRIPT, "page.jpg"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "x.svg"),
        (b'<?xml version="1.0"?><html/>', "x.jpg"),
        (b"GIF89a/*" + SCRIPT, "x.gif"),
    ],
)
def test_what_is_no_photo_is_refused(client, content, name):
    client.force_login(person(Role.EDITOR))
    response = hand_in(client, content, name)
    assert response.status_code == 200
    assert "original" in response.context["adminform"].form.errors
    assert not Photo.objects.exists()
