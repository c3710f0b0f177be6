"""What uploaded pictures may be."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from articles.intake import examine


def picture(kind: str, size=(60, 40), mode="RGB", **options) -> bytes:
    out = BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "suffix"), [("JPEG", ".jpg"), ("PNG", ".png"), ("WEBP", ".webp"), ("AVIF", ".avif")]
)
def test_the_four_kinds_are_taken(kind, suffix):
    data = picture(kind)
    found = examine(BytesIO(data))
    assert (found.suffix, found.width, found.height) == (suffix, 60, 40)
    assert found.sha256 == hashlib.sha256(data).hexdigest()


def test_cmyk_and_upright_cameras_are_taken():
    exif = Image.Exif()
    exif[0x0112] = 6
    found = examine(BytesIO(picture("JPEG", mode="CMYK", exif=exif)))
    assert (found.suffix, found.width, found.height) == (".jpg", 40, 60)


SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>"""
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 80


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"just a text named .jpg", "画像として読めません"),
        (b"", "画像として読めません"),
        (SVG, "SVGは使えません"),
        (b"  <SVG></SVG>", "SVGは使えません"),
        (b"<!doctype html><body>", "画像として読めません"),
        (HEIC, "壊れています"),
        (picture("GIF"), "GIFは使えません"),
        (picture("BMP"), "画像として読めません"),
        (picture("TIFF"), "画像として読めません"),
        (picture("JPEG", (600, 400))[:-400], "途中で切れているか、壊れています"),
        (picture("PNG", (600, 400))[:-40], "途中で切れているか、壊れています"),
        (picture("PNG")[:20], "壊れています"),
    ],
)
def test_what_is_no_sound_picture_is_refused_in_words(data, message):
    with pytest.raises(ValidationError, match=message):
        examine(BytesIO(data))


def test_a_bomb_of_400_megapixels_is_refused_by_its_header():
    bomb = picture("PNG", (20_000, 20_000), "1")
    assert len(bomb) < 100_000
    with pytest.raises(ValidationError, match="画素数が多すぎます。8,000万画素まで"):
        examine(BytesIO(bomb))


@pytest.mark.parametrize("limit", [2000, 1000])
def test_one_pixel_too_many_is_too_many(settings, limit):
    settings.PHOTO_MAX_PIXELS = limit
    with pytest.raises(ValidationError, match="画素数が多すぎます"):
        examine(BytesIO(picture("PNG")))
    settings.PHOTO_MAX_PIXELS = 2400
    assert examine(BytesIO(picture("PNG"))).width == 60


def test_too_many_bytes_are_refused_before_they_are_read(settings):
    settings.PHOTO_MAX_BYTES = 1_000_000
    with pytest.raises(ValidationError, match=r"1\.5MB.*1MBまで"):
        examine(BytesIO(b"x" * 1_500_000))
