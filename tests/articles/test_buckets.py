"""Pictures in S3: the same code against a real S3 API on this machine."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.test import Client

from articles import renditions
from articles.models import Photo
from newsportal.buckets import bucket_storages, public_url
from newsportal.roles import Role
from tests.articles.desk import person
from tests.articles.pictures import add_photo, jpeg, make_photo
from tests.factories import ArticleFactory

pytestmark = pytest.mark.django_db
PUBLIC = "https://media.example.jp/kiji"


@pytest.fixture(scope="module")
def server():
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 (a second, for these tests only)

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server, settings, monkeypatch):
    """Both buckets, empty, as settings have them; what lies in them as a function."""
    for name, value in {
        "MEDIA_S3_BUCKET": "renditions",
        "MEDIA_S3_ORIGINALS_BUCKET": "originals",
        "MEDIA_S3_PUBLIC_URL": PUBLIC,
        "MEDIA_S3_ENDPOINT_URL": server,
        "MEDIA_S3_REGION": "ap-northeast-1",
        "MEDIA_S3_ACCESS_KEY_ID": "key",
        "MEDIA_S3_SECRET_ACCESS_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    settings.STORAGES = {**settings.STORAGES, **bucket_storages()}
    settings.MEDIA_URL = public_url()
    monkeypatch.setattr(Photo._meta.get_field("original"), "storage", storages["originals"])
    s3 = storages["default"].connection.meta.client
    for name in ("renditions", "originals"):
        s3.create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"}
        )

    def stored(name):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=name)
        return {item["Key"] for page in pages for item in page.get("Contents", ())}

    stored.client = s3
    yield stored
    for name in ("renditions", "originals"):
        for key in stored(name):
            s3.delete_object(Bucket=name, Key=key)
        s3.delete_bucket(Bucket=name)


def test_originals_and_renditions_go_their_own_ways(bucket):
    data = jpeg((1300, 900))
    photo = make_photo(data)
    renditions.make_all(photo)
    assert bucket("originals") == {photo.original.name}
    assert bucket("renditions") == {entry["name"] for entry in photo.ladder}
    assert len(bucket("renditions")) > 15
    for entry in photo.ladder:
        head = bucket.client.head_object(Bucket="renditions", Key=entry["name"])
        assert head["ContentType"] == f"image/{entry['format']}"
        assert head["CacheControl"] == "public, max-age=31536000, immutable"
        assert head["ContentLength"] == entry["bytes"]
    body = bucket.client.get_object(Bucket="originals", Key=photo.original.name)["Body"].read()
    assert hashlib.sha256(body).digest() == hashlib.sha256(data).digest()
    grants = bucket.client.get_object_acl(Bucket="originals", Key=photo.original.name)["Grants"]
    assert not [grant for grant in grants if "URI" in grant["Grantee"]]


def test_pages_name_the_public_address_and_never_the_original(bucket, client):
    article = ArticleFactory()
    add_photo(article)
    html = client.get(article.get_absolute_url()).content.decode()
    assert f'src="{PUBLIC}/photos/' in html
    assert "originals" not in html
    assert "Signature" not in html
    assert client.get("/media/photos/x.jpg").status_code == 404


def test_the_desk_downloads_the_original(bucket):
    photo = make_photo()
    client = Client()
    client.force_login(person(Role.WRITER))
    response = client.get(f"/admin/articles/photo/{photo.pk}/original/")
    assert b"".join(response.streaming_content) == jpeg()


def test_a_missing_original_is_reported(bucket):
    photo = make_photo()
    photo.original.storage.delete(photo.original.name)
    with pytest.raises(renditions.UnreadablePhotoError, match="ファイルがありません"):
        renditions.make_all(photo)


def test_orphans_are_found_and_deleted(bucket, capsys):
    photo = make_photo()
    kept = bucket("renditions")
    storages["default"].save(f"photos/ab/{'0' * 24}-320.webp", ContentFile(b"lost"))
    storages["originals"].save(f"2026/11/{'1' * 32}.jpg", ContentFile(b"lost"))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        call_command("clean_media")
        assert "2件" in capsys.readouterr().out
        assert f"photos/ab/{'0' * 24}-320.webp" in bucket("renditions")
        call_command("clean_media", "--delete")
    assert bucket("renditions") == kept
    assert bucket("originals") == {photo.original.name}


def test_what_was_replaced_goes_after_thirty_days(bucket):
    photo = make_photo()
    renditions.make_all(photo)
    photo.credit = "高井 悠人"
    photo.save()
    renditions.make_all(photo)
    now = {entry["name"] for entry in photo.ladder}
    assert bucket("renditions") > now
    with time_machine.travel(datetime.now(UTC) + timedelta(days=31)):
        call_command("clean_media", "--delete", "--retired")
    assert bucket("renditions") == now
