"""Every hard picture, from the upload to the files that readers load, and its right answer."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from PIL import Image

from articles import renditions
from articles.crediting import tags_of
from articles.intake import examine
from articles.metadata import read
from tests.articles import hard_pictures as hard
from tests.articles.pictures import make_photo
from tests.factories import AgencyFactory

pytestmark = pytest.mark.django_db

WHITE = (255, 255, 255)
UPRIGHT = (hard.SIZE, hard.BLUE, hard.RED)
TAKEN = {
    "JPEG": (lambda: hard.saved(hard.scene(), quality=95), UPRIGHT),
    "progressive JPEG": (lambda: hard.saved(hard.scene(), progressive=True, quality=95), UPRIGHT),
    "PNG": (lambda: hard.saved(hard.scene(), "PNG"), UPRIGHT),
    "WebP": (lambda: hard.saved(hard.scene(), "WEBP", quality=95), UPRIGHT),
    "AVIF": (lambda: hard.saved(hard.scene(), "AVIF", quality=95), UPRIGHT),
    "HEIC of a phone held upright": (lambda: hard.HEIC, ((64, 96), None, None)),
    **{f"held in way {way}": (lambda way=way: hard.turned(way), UPRIGHT) for way in range(1, 9)},
    "EXIF says way 77": (lambda: hard.turned(77), UPRIGHT),
    "print colours": (lambda: hard.saved(hard.scene(mode="CMYK"), quality=95), UPRIGHT),
    "print colours with a damaged profile": (
        lambda: hard.saved(hard.scene(mode="CMYK"), quality=95, icc_profile=b"no profile"),
        UPRIGHT,
    ),
    "a profile that swaps colours": (hard.swapped_profile, UPRIGHT),
    "16 bits a colour": (hard.deep_colour, UPRIGHT),
    "16 bits of grey": (hard.deep_grey, (hard.SIZE, (20,) * 3, (230,) * 3)),
    "grey": (lambda: hard.saved(hard.scene(mode="L")), (hard.SIZE, (67,) * 3, (87,) * 3)),
    "black and white": (
        lambda: hard.saved(Image.new("1", hard.SIZE, 1), "PNG"),
        (hard.SIZE, WHITE, WHITE),
    ),
    "palette": (lambda: hard.saved(hard.scene().quantize(2), "PNG"), UPRIGHT),
    "palette with transparency": (hard.palette_with_holes, (hard.SIZE, hard.BLUE, WHITE)),
    "transparent": (
        lambda: hard.saved(Image.new("RGBA", hard.SIZE, (0, 0, 0, 0)), "WEBP"),
        (hard.SIZE, WHITE, WHITE),
    ),
    "several pictures in a JPEG": (hard.several, UPRIGHT),
    "one line high": (
        lambda: hard.saved(hard.scene((3000, 1)), "PNG"),
        ((3000, 1), hard.BLUE, hard.RED),
    ),
    "one pixel": (lambda: hard.saved(Image.new("RGB", (1, 1)), "PNG"), ((1, 1), None, None)),
}
REFUSED = {
    "truncated JPEG": (lambda: hard.saved(hard.scene((600, 400)))[:-300], "途中で切れている"),
    "truncated progressive JPEG": (
        lambda: hard.saved(hard.scene((600, 400)), progressive=True)[:-300],
        "途中で切れている",
    ),
    "truncated PNG": (lambda: hard.saved(hard.scene((600, 400)), "PNG")[:-60], "途中で切れている"),
    "truncated WebP": (lambda: hard.saved(hard.scene(), "WEBP")[:-20], "途中で切れている"),
    "truncated AVIF": (lambda: hard.saved(hard.scene(), "AVIF")[:-20], "途中で切れている"),
    "truncated HEIC": (lambda: hard.HEIC[:-60], "途中で切れている"),
    "400 megapixels in 50 KB": (hard.bomb, "画素数が多すぎます。8,000万画素まで"),
    "a strip from top to bottom": (
        lambda: hard.saved(hard.scene((100, 801)), "PNG"),
        "縦に長すぎます（横の8倍まで）",
    ),
    "animated WebP": (lambda: hard.animated("WEBP"), "動く画像は使えません"),
    "animated PNG": (lambda: hard.animated("PNG"), "動く画像は使えません"),
    "animated AVIF": (lambda: hard.animated("AVIF"), "動く画像は使えません"),
    "GIF": (lambda: hard.animated("GIF"), "GIFは使えません"),
    "SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVGは使えません"),
    "TIFF": (lambda: hard.saved(hard.scene(), "TIFF"), "画像として読めません"),
    "PDF": (lambda: hard.saved(hard.scene(), "PDF"), "画像として読めません"),
    "HTML": (lambda: b"<!doctype html><script>alert(1)</script>", "画像として読めません"),
}


def stored(photo):
    """Every file made of a photo, as an opened image by crop, format and width."""
    files = {}
    for entry in photo.ladder:
        with storages["default"].open(entry["name"]) as file:
            files[entry["crop"], entry["format"], entry["width"]] = file.read()
    return files


def is_near(one, other):
    return all(abs(a - b) <= 14 for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("name", TAKEN)
def test_is_taken_and_shown_as_it_is(name):
    make, (size, left, right) = TAKEN[name]
    data = make()
    found = examine(BytesIO(data))
    assert (found.width, found.height) == size
    # The name is wrong on purpose: the bytes decide.
    photo = make_photo(
        data, name="wrong.gif" if found.suffix != ".heic" else "a.heic", with_files=False
    )
    renditions.make_first(photo, found.preview)
    renditions.make_all(photo)
    assert (photo.width, photo.height) == size
    assert renditions.is_complete(photo)
    files = stored(photo)
    assert {format_ for _, format_, _ in files} == {"jpeg", "webp", "avif"}
    for (crop, format_, width), content in files.items():
        image = Image.open(BytesIO(content))
        assert image.format.lower() == format_
        assert image.width == width <= size[0]
        assert "icc_profile" not in image.info
        image = image.convert("RGB")
        if crop == "free" and left is not None:
            assert is_near(image.getpixel((image.width // 8, image.height // 2)), left)
            assert is_near(image.getpixel((image.width * 7 // 8, image.height // 2)), right)


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_in_words(name):
    make, words = REFUSED[name]
    with pytest.raises(ValidationError, match=words):
        examine(BytesIO(make()))


def test_the_bomb_is_small():
    assert len(hard.bomb()) < 50_000


@pytest.mark.parametrize("make", [hard.with_gps, lambda: hard.with_gps("PNG"), lambda: hard.HEIC])
def test_place_and_device_never_leave_the_original(make):
    photo = make_photo(make(), credit="高井 悠人", copyright="(c)2026 北岬新聞")
    renditions.make_all(photo)
    files = stored(photo)
    assert len(files) > 5
    for content in files.values():
        assert b"SECRET" not in content
        assert b"SERIAL" not in content
        assert b"GPSLat" not in content
        exif = Image.open(BytesIO(content)).getexif()
        assert set(exif) == {0x013B, 0x8298}
        assert exif.get_ifd(0x8825) == {}
        assert exif.get_ifd(0x8769) == {}
    with photo.original.open() as file:
        assert file.read() == make()


def test_credit_and_copyright_travel_with_the_files():
    photo = make_photo(
        hard.saved(hard.scene((1400, 900))),
        credit="高井 悠人",
        copyright="(c)2026 <北岬> & 新聞",
    )
    renditions.make_all(photo)
    for (_, _, width), content in stored(photo).items():
        found = read(BytesIO(content))
        assert (found.byline, found.copyright) == ("高井 悠人", "(c)2026 <北岬> & 新聞")
        assert found.credit == ("高井 悠人" if width >= 640 else "")
        assert (found.caption, found.place) == ("", "")


def test_words_about_rights_cost_few_bytes():
    photo = make_photo(credit="高井 悠人", agency=AgencyFactory())
    tags = tags_of(photo)
    assert len(tags.exif) < 160
    assert len(tags.xmp) < 700
