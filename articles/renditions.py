"""From an original to the files that readers load: sizes, crops, formats, and their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from typing import NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django_tasks import task
from PIL import Image, ImageCms, ImageOps

from articles.caching import invalidate, keys_of
from articles.models import Article, Photo, Rendition

Crop, Format = Rendition.Crop, Rendition.Format

RATIOS: dict[str, tuple[int, int]] = {
    Crop.WIDE: (16, 9),
    Crop.STANDARD: (4, 3),
    Crop.SQUARE: (1, 1),
}
# The whole photo for the article page; 4:3 for cards and the top story; a square for rankings;
# one 16:9 picture for what other sites show of the article.
WIDTHS: dict[str, tuple[int, ...]] = {
    Crop.FREE: (320, 640, 960, 1280, 1920),
    Crop.STANDARD: (320, 640, 960),
    Crop.WIDE: (1280,),
    Crop.SQUARE: (96, 192),
}
# Enough for the first second of a photo; the task makes the rest.
FIRST_WIDTHS: dict[str, tuple[int, ...]] = {Crop.FREE: (640,), Crop.SQUARE: (192,)}
FORMATS: tuple[str, ...] = (Format.WEBP, Format.JPEG)
SUFFIXES = {Format.JPEG: "jpg", Format.WEBP: "webp"}
LARGEST = max(width for widths in WIDTHS.values() for width in widths)

_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class UnreadablePhotoError(Exception):
    """The original is missing, damaged, too large or no picture; the message says which."""


class _Made(NamedTuple):
    crop: str
    format: str
    width: int
    height: int
    bytes: int
    name: str


def make_first(photo: Photo) -> None:
    """One quick JPEG and a square, so that a photo shows as soon as it is uploaded.

    Raises UnreadablePhotoError.
    """
    _make(photo, FIRST_WIDTHS, (Format.JPEG,))


def make_all(photo: Photo) -> int:
    """Every rendition of the ladder; the number of files. Raises UnreadablePhotoError."""
    return _make(photo, WIDTHS, FORMATS)


@task()
def make_renditions(photo_id: int) -> None:
    """The job behind an upload. A photo deleted meanwhile is no error."""
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is not None:
        make_all(photo)


def order_renditions(photo: Photo) -> None:
    """Has the ladder made by the worker once this transaction is committed."""
    transaction.on_commit(partial(make_renditions.enqueue, photo.pk))


def is_complete(photo: Photo) -> bool:
    """Does the photo have every rendition that its size allows, in every format?"""
    have = {(entry["crop"], entry["format"], entry["width"]) for entry in photo.ladder}
    # The stored size is the file's own: a camera held upright has turned it on its side.
    return any(
        _wanted(width, height) <= have
        for width, height in [(photo.width, photo.height), (photo.height, photo.width)]
    )


def _wanted(width: int, height: int) -> set[tuple[str, str, int]]:
    return {
        (crop, format_, step)
        for crop, widths in WIDTHS.items()
        for step in _fitting(widths, _crop_width(crop, width, height))
        for format_ in FORMATS
    }


def _make(photo: Photo, widths: dict[str, tuple[int, ...]], formats: tuple[str, ...]) -> int:
    image = _open(photo)
    made = [
        _store(crop, format_, picture)
        for crop, picture in _pictures(image, widths, (photo.focal_x, photo.focal_y))
        for format_ in formats
    ]
    color = "#{:02x}{:02x}{:02x}".format(*_average(image))
    _record(photo, made, color)
    return len(made)


def _open(photo: Photo) -> Image.Image:
    """The original upright, in sRGB, no larger than is of use."""
    try:
        with photo.original.open("rb") as file, Image.open(file) as image:
            if image.width * image.height > settings.PHOTO_MAX_PIXELS:
                raise UnreadablePhotoError("画素数が多すぎます")
            if image.format == "JPEG" and image.mode == "RGB":
                # The decoder itself halves a large JPEG, far cheaper than a resize.
                image.draft("RGB", (LARGEST * 2, LARGEST * 2))
            picture = _to_srgb(ImageOps.exif_transpose(image))
    except FileNotFoundError as error:
        raise UnreadablePhotoError("ファイルがありません") from error
    except _UNREADABLE as error:
        raise UnreadablePhotoError(f"画像として読めません（{error}）") from error
    # Comments and the like would be written into every file made of this.
    picture.info.clear()
    return picture


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError):
            # A damaged profile must not cost the picture; it is read as plain colours below.
            pass
        else:
            return converted or image
    if image.mode in {"RGBA", "LA", "PA", "P"}:
        with_alpha = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return paper
    return image.convert("RGB")


def _pictures(
    image: Image.Image, widths: dict[str, tuple[int, ...]], focal: tuple[float, float]
) -> Iterator[tuple[str, Image.Image]]:
    """Each picture of the ladder with its crop; every one is made from the next larger one."""
    for crop, steps in widths.items():
        picture = image if crop == Crop.FREE else image.crop(_box(image.size, RATIOS[crop], focal))
        for width in sorted(_fitting(steps, picture.width), reverse=True):
            height = max(1, round(picture.height * width / picture.width))
            picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
            yield crop, picture


def _fitting(widths: tuple[int, ...], available: int) -> tuple[int, ...]:
    """The steps that need no enlarging; a small original is its own only step."""
    return tuple(width for width in widths if width <= available) or (min(available, *widths),)


def _crop_width(crop: str, width: int, height: int) -> int:
    if crop == Crop.FREE:
        return width
    across, down = RATIOS[crop]
    return min(width, round(height * across / down))


def _box(
    size: tuple[int, int], ratio: tuple[int, int], focal: tuple[float, float]
) -> tuple[int, int, int, int]:
    """The largest box of a ratio that keeps the focal point as near its middle as it can."""
    across, down = ratio
    width = min(size[0], round(size[1] * across / down))
    height = min(size[1], round(width * down / across))
    left = round(min(max(focal[0] * size[0] - width / 2, 0), size[0] - width))
    top = round(min(max(focal[1] * size[1] - height / 2, 0), size[1] - height))
    return left, top, left + width, top + height


def _average(image: Image.Image) -> tuple[int, int, int]:
    red, green, blue = image.resize((1, 1), Image.Resampling.BOX).tobytes()
    return red, green, blue


def _store(crop: str, format_: str, picture: Image.Image) -> _Made:
    out = BytesIO()
    if format_ == Format.WEBP:
        picture.save(out, "WEBP", quality=80, method=4)
    else:
        picture.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    content = out.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    name = f"photos/{digest[:2]}/{digest[2:26]}-{picture.width}.{SUFFIXES[Format(format_)]}"
    storage = storages["default"]
    # The name is the content: a file of that name needs no second writing.
    if not storage.exists(name):
        name = storage.save(name, ContentFile(content))
    return _Made(crop, format_, picture.width, picture.height, len(content), name)


@transaction.atomic
def _record(photo: Photo, made: list[_Made], color: str) -> None:
    Photo.objects.select_for_update().get(pk=photo.pk)
    photo.renditions.all().delete()
    Rendition.objects.bulk_create(
        Rendition(
            photo=photo,
            crop=item.crop,
            format=item.format,
            width=item.width,
            height=item.height,
            bytes=item.bytes,
            file=item.name,
        )
        for item in made
    )
    photo.ladder = [
        {
            "crop": str(item.crop),
            "format": str(item.format),
            "width": item.width,
            "height": item.height,
            "name": item.name,
        }
        for item in made
    ]
    photo.color = color
    Photo.objects.filter(pk=photo.pk).update(ladder=photo.ladder, color=color)
    for article in Article.objects.public().filter(article_photos__photo=photo):
        invalidate(keys_of(article))
