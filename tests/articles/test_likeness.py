"""Photos that look alike."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image, ImageEnhance

from articles import likeness, renditions
from articles.intake import examine
from articles.likeness import likeness_of, photos_like
from articles.models import Photo, PhotoLikeness
from newsportal.demo import illustrations
from tests.articles.hard_pictures import saved
from tests.articles.pictures import make_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def harbour():
    return illustrations.draw("harbour", 1, (900, 600)).convert("RGB")


def test_the_same_picture_in_another_dress_is_found(harbour):
    photo = make_photo(saved(harbour, quality=90))
    dresses = {
        "smaller": saved(harbour.resize((400, 267))),
        "poor": saved(harbour, quality=20),
        "WebP": saved(harbour, "WEBP"),
        "grey": saved(harbour.convert("L")),
        "darker": saved(ImageEnhance.Brightness(harbour).enhance(0.85)),
        "a little cut": saved(harbour.crop((6, 4, harbour.width - 6, harbour.height - 4))),
        "upright again": saved(harbour.rotate(90, expand=True), exif=turned(6)),
    }
    for dress, data in dresses.items():
        assert photos_like(examine(BytesIO(data)).phash) == [photo], dress
    assert photos_like(photo.phash, apart_from=photo.pk) == []


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def test_other_pictures_are_not_alike():
    kinds = list(illustrations.VIEWS)[:8]
    pictures = [saved(illustrations.draw(kind, 1, (240, 160))) for kind in kinds]
    photos = [make_photo(data) for data in pictures]
    for photo in photos:
        assert photos_like(photo.phash, apart_from=photo.pk, within=2) == []


def test_a_blank_picture_is_like_nothing():
    make_photo()
    assert photos_like(make_photo().phash) == []


def test_the_hash_follows_a_replaced_file(harbour):
    photo = make_photo(saved(harbour))
    old = photo.phash
    photo.original.save("new.jpg", ContentFile(saved(harbour.transpose(0)), name="new.jpg"))
    renditions.make_first(photo)
    assert photos_like(old) == []
    assert photos_like(Photo.objects.get().phash) == [photo]


def row(phash):
    photo = Photo.objects.create(alt="写真", original="x.jpg", sha256="0", width=1, height=1)
    likeness.remember_likeness(photo, phash)
    return photo


@pytest.mark.parametrize("bits", range(8))
def test_every_picture_within_the_distance_is_found_wherever_it_differs(bits):
    base = 0x0F1E2D3C4B5A6978
    near = row(f"{base ^ sum(1 << (n * 9) for n in range(bits)):016x}")
    row(f"{base ^ 0xFFFF:016x}")
    assert photos_like(f"{base:016x}", within=7) == [near]
    if bits:
        assert photos_like(f"{base:016x}", within=bits - 1) == []


def test_the_likest_comes_first_and_the_list_is_short():
    base = 0x0F1E2D3C4B5A6978
    rows = [row(f"{base ^ ((1 << n) - 1):016x}") for n in (5, 0, 3, 1, 2, 4)]
    order = [rows[1], rows[3], rows[4]]
    assert photos_like(f"{base:016x}", limit=3) == order


def test_a_large_library_costs_two_queries_and_an_index(monkeypatch):
    monkeypatch.setattr(likeness, "_MOST_CANDIDATES", 10)
    phash = "0f1e2d3c4b5a6978"
    photos = Photo.objects.bulk_create(
        Photo(alt="写真", original=f"{n}.jpg", sha256=str(n), width=1, height=1, phash=phash)
        for n in range(50)
    )
    PhotoLikeness.objects.bulk_create(
        PhotoLikeness(photo=photo, part=part)
        for photo in photos
        for part in likeness._parts(int(phash, 16))
    )
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = photos_like(phash)
    assert len(queries) == 2
    assert found
    explained = PhotoLikeness.objects.filter(part__in=likeness._neighbours(phash)).explain()
    if connection.vendor == "sqlite":
        assert "USING INDEX" in explained
        assert "part" in explained


def test_the_hash_is_steady():
    image = Image.linear_gradient("L").rotate(90)
    assert likeness_of(image) in {"f" * 16, "0" * 16}
