"""From an original to the files that readers load: sizes, crops, formats, and their names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django_tasks import task
from PIL import Image

from articles.caching import invalidate, keys_of_photo
from articles.crediting import Tags, tags_of
from articles.decoding import UNREADABLE, open_picture, upright, upright_size
from articles.likeness import likeness_of, remember_likeness
from articles.locking import one_at_a_time
from articles.models import Photo, Rendition
from articles.retiring import Shelf, bring_back, retire

Crop, Format = Rendition.Crop, Rendition.Format

RATIOS: dict[str, tuple[int, int]] = {
    Crop.WIDE: (16, 9),
    Crop.STANDARD: (4, 3),
    Crop.SQUARE: (1, 1),
    Crop.STANDARD_FOR_OTHERS: (4, 3),
    Crop.SQUARE_FOR_OTHERS: (1, 1),
}
# The whole photo for the article page; 4:3 for cards and the top story; a square for rankings;
# one picture of each form for what other sites show of the article.
_WHOLE, _CARD = (320, 640, 960, 1280, 1920), (320, 640, 960)
# A square of 96 pixels is lighter in WebP. JPEG is for browsers of before 2020 and other sites.
LADDER: dict[str, dict[str, tuple[int, ...]]] = {
    Format.WEBP: {
        Crop.FREE: _WHOLE,
        Crop.STANDARD: _CARD,
        Crop.WIDE: (1280,),
        Crop.SQUARE: (96, 192),
    },
    Format.JPEG: {
        Crop.FREE: (640, 1280),
        Crop.STANDARD: (640,),
        Crop.WIDE: (1280,),
        Crop.SQUARE: (192,),
        Crop.STANDARD_FOR_OTHERS: (1200,),
        Crop.SQUARE_FOR_OTHERS: (1200,),
    },
    Format.AVIF: {Crop.FREE: _WHOLE, Crop.STANDARD: _CARD, Crop.WIDE: (1280,)},
}
FOR_OTHERS = frozenset({Crop.STANDARD_FOR_OTHERS, Crop.SQUARE_FOR_OTHERS})
# Enough for the first second of a photo; the tasks make the rest, the dear format last.
FIRST: dict[str, dict[str, tuple[int, ...]]] = {
    Format.JPEG: {Crop.FREE: (640,), Crop.SQUARE: (192,)}
}
AT_ONCE: tuple[str, ...] = (Format.WEBP, Format.JPEG)
LATER: tuple[str, ...] = (Format.AVIF,)
# Another number makes every file of the format anew, as the nights and `make_renditions` come
# to it.
VERSIONS: dict[str, int] = {Format.JPEG: 1, Format.WEBP: 1, Format.AVIF: 1}
SUFFIXES: dict[str, str] = {Format.JPEG: "jpg", Format.WEBP: "webp", Format.AVIF: "avif"}
LARGEST = max(_WHOLE)
# From this width on a picture is for dense screens, where the eye forgives more.
_DENSE = 1000
_QUALITY: dict[str, tuple[int, int]] = {
    Format.JPEG: (78, 74),
    Format.WEBP: (78, 72),
    Format.AVIF: (58, 50),
}
_OPTIONS: dict[str, dict[str, Any]] = {
    Format.JPEG: {"optimize": True, "progressive": True},
    Format.WEBP: {"method": 4},
    Format.AVIF: {"speed": 8},
}
# Six hundred bytes of XMP are too much for smaller pictures.
_XMP_FROM = 640
# Somebody who moves the focal point while files are made has them made again, but not for ever.
_TRIES = 5

Ladder = list[dict[str, Any]]


class UnreadablePhotoError(Exception):
    """The original is missing, damaged, too large or no picture; the message says which."""


class Wanted(NamedTuple):
    """A rendition to make; the width is in pixels."""

    crop: str
    format: str
    width: int


def make_first(photo: Photo, preview: Image.Image | None = None) -> None:
    """One quick JPEG and a square, so that a photo shows as soon as it is uploaded.

    Also for a photo whose file was replaced: what was made of the old one leaves the page.
    `preview` is what `intake.examine()` has decoded already. Raises UnreadablePhotoError.
    """
    size = (photo.width, photo.height)
    if preview is None:
        preview, size = _decoded(photo, max(FIRST[Format.JPEG][Crop.FREE]))
    elif (preview.width < preview.height) != (photo.width < photo.height):
        # Django reads the size as the camera stored it.
        size = (photo.height, photo.width)
    Photo.objects.filter(pk=photo.pk).update(width=size[0], height=size[1])
    photo.width, photo.height = size
    remember_likeness(photo, likeness_of(preview))
    made = _made(photo, preview, _wanted_of(FIRST, size))
    _record(photo, made, _average(preview))


def make_all(
    photo: Photo, formats: tuple[str, ...] = AT_ONCE + LATER, *, again: bool = False
) -> int:
    """Makes what the ladder lacks in these formats, or with `again` all; the number of files.

    One at a time for each photo; a second caller waits and finds nothing to do. Raises
    UnreadablePhotoError, and Photo.DoesNotExist when the photo is deleted meanwhile.
    """
    number = 0
    with one_at_a_time(f"photo-{photo.pk}"):
        for _ in range(_TRIES):
            fresh = Photo.objects.select_related("agency").get(pk=photo.pk)
            if fresh.ladder and not again and not missing(fresh, formats):
                break
            made = _make(fresh, formats, again=again)
            number, again = number + made, again and not made
    photo.refresh_from_db(fields=["ladder", "color", "phash", "width", "height"])
    return number


@task()
def make_renditions(photo_id: int) -> None:
    """The job behind an upload: what a page needs first. A photo deleted meanwhile is no error."""
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is not None:
        make_all(photo, AT_ONCE)
        make_later.enqueue(photo_id)


@task()
def make_later(photo_id: int) -> None:
    """The job behind the job: behind all photos that wait for their first files."""
    photo = Photo.objects.filter(pk=photo_id).first()
    if photo is not None:
        make_all(photo, LATER)


def order_renditions(photo: Photo) -> None:
    """Has the ladder made by the worker once this transaction is committed.

    Call it after an upload and whenever file, focal point, credit or copyright is another.
    """
    # Where jobs cannot be queued the save is none the worse: the worker looks for what lacks
    # files every ten minutes.
    transaction.on_commit(lambda: make_renditions.enqueue(photo.pk), robust=True)


def is_complete(photo: Photo) -> bool:
    """Does the photo have every rendition that its size allows, in every format, up to date?"""
    return bool(photo.ladder) and not missing(photo)


def missing(photo: Photo, formats: tuple[str, ...] = AT_ONCE + LATER) -> set[Wanted]:
    """What the ladder lacks or has of an older recipe: crop, format and width of each."""
    ladder = {format_: LADDER[format_] for format_ in formats}
    recipes = _recipes(photo)
    have = {
        Wanted(entry["crop"], entry["format"], entry["width"])
        for entry in photo.ladder
        if entry.get("recipe") == recipes[entry["crop"], entry["format"]]
    }
    return set(_wanted_of(ladder, (photo.width, photo.height))) - have


def _make(photo: Photo, formats: tuple[str, ...], *, again: bool) -> int:
    picture, size = _decoded(photo, LARGEST)
    if (photo.width, photo.height) != size or not photo.phash:
        Photo.objects.filter(pk=photo.pk).update(width=size[0], height=size[1])
        photo.width, photo.height = size
        remember_likeness(photo, likeness_of(picture))
    if again:
        photo.ladder = []
    wanted = list(missing(photo, formats))
    made = _made(photo, picture, wanted)
    return len(made) if _record(photo, made, _average(picture)) else 0


def _decoded(photo: Photo, width: int) -> tuple[Image.Image, tuple[int, int]]:
    """The original upright in sRGB, at least so wide, and the size that it has in full."""
    try:
        with photo.original.open("rb") as file, open_picture(file) as image:
            if image.width * image.height > settings.PHOTO_MAX_PIXELS:
                raise UnreadablePhotoError("画素数が多すぎます")
            size = upright_size(image)
            return upright(image, width), size
    except FileNotFoundError as error:
        raise UnreadablePhotoError("ファイルがありません") from error
    except UNREADABLE as error:
        raise UnreadablePhotoError(f"画像として読めません（{error}）") from error


def _recipes(photo: Photo) -> dict[tuple[str, str], str]:
    """What each crop and format of the photo would be made from, as a short digest."""
    tags = [tag.hex() for tag in tags_of(photo)]
    return {
        (crop, format_): hashlib.sha256(
            json.dumps(
                [
                    VERSIONS[format_],
                    photo.original.name,
                    tags,
                    None if crop == Crop.FREE else [photo.focal_x, photo.focal_y],
                ]
            ).encode()
        ).hexdigest()[:12]
        for crop in Crop.values
        for format_ in Format.values
    }


def _wanted_of(
    ladder: dict[str, dict[str, tuple[int, ...]]], size: tuple[int, int]
) -> list[Wanted]:
    return [
        Wanted(crop, format_, width)
        for format_, crops in ladder.items()
        for crop, widths in crops.items()
        for width in _fitting(widths, _crop_width(crop, *size))
        # Others take nothing smaller.
        if crop not in FOR_OTHERS or width in widths
    ]


def _fitting(widths: tuple[int, ...], available: int) -> tuple[int, ...]:
    """The steps that need no enlarging; a small original is a step of its own."""
    fitting = tuple(width for width in widths if width <= available)
    if not fitting or (available < min(640, max(widths)) and available > fitting[-1] * 1.25):
        return (*fitting, max(1, min(available, max(widths))))
    return fitting


def _crop_width(crop: str, width: int, height: int) -> int:
    if crop == Crop.FREE:
        return width
    across, down = RATIOS[crop]
    return min(width, round(height * across / down))


def _made(photo: Photo, picture: Image.Image, wanted: list[Wanted]) -> Ladder:
    """The entries of new files, which are stored by then."""
    tags, recipes = tags_of(photo), _recipes(photo)
    entries, contents = [], {}
    for crop, small in _pictures(picture, wanted, (photo.focal_x, photo.focal_y)):
        for item in wanted:
            if (item.crop, item.width) != (crop, small.width):
                continue
            content = _encoded(small, item.format, tags)
            name = _name(content, item)
            contents[name] = content
            entries.append(
                {
                    "crop": str(crop),
                    "format": str(item.format),
                    "width": small.width,
                    "height": small.height,
                    "bytes": len(content),
                    "name": name,
                    "recipe": recipes[crop, item.format],
                }
            )
    _store(contents)
    return entries


def _pictures(
    picture: Image.Image, wanted: list[Wanted], focal: tuple[float, float]
) -> Iterator[tuple[str, Image.Image]]:
    """Each picture of the ladder with its crop, made from the next larger one that there is."""
    larger = [picture]
    steps = sorted({(item.crop != Crop.FREE, -item.width, item.crop) for item in wanted})
    for is_cut, negative, crop in steps:
        width = -negative
        source = next(
            (one for one in reversed(larger) if _crop_width(crop, *one.size) >= width), picture
        )
        box = _box(source.size, RATIOS[crop], focal) if is_cut else (0, 0, *source.size)
        height = max(1, round((box[3] - box[1]) * width / (box[2] - box[0])))
        small = source.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
        if not is_cut:
            larger.append(small)
        yield crop, small


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


def _average(image: Image.Image) -> str:
    red, green, blue = image.resize((1, 1), Image.Resampling.BOX, reducing_gap=2.0).tobytes()
    return f"#{red:02x}{green:02x}{blue:02x}"


def _encoded(picture: Image.Image, format_: str, tags: Tags) -> bytes:
    out = BytesIO()
    options = dict(_OPTIONS[format_])
    options["quality"] = _QUALITY[format_][picture.width >= _DENSE]
    options["exif"] = tags.exif
    if picture.width >= _XMP_FROM:
        options["xmp"] = tags.xmp
    try:
        picture.save(out, format_, **options)
    except UNREADABLE as error:
        raise UnreadablePhotoError(f"{format_}にできません（{error}）") from error
    return out.getvalue()


def _name(content: bytes, item: Wanted) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"photos/{digest[:2]}/{digest[2:26]}-{item.width}.{SUFFIXES[item.format]}"


def _store(contents: dict[str, bytes]) -> None:
    """Writes the files that are not there, under names made of their content."""
    # A row is written after its file: what has one is whole. Without one the file may be half
    # a file of a process that was killed, and is written again.
    whole = Rendition.objects.filter(file__in=contents).values_list("file", flat=True)
    new = contents.keys() - set(whole)
    bring_back(Shelf.RENDITIONS, new)
    for name in new:
        storages["default"].save(name, ContentFile(contents[name]))


@transaction.atomic
def _record(photo: Photo, made: Ladder, color: str) -> bool:
    """Lists the new files beside those that are still true; False if the photo has changed."""
    stored = Photo.objects.select_for_update(of=("self",)).select_related("agency").get(pk=photo.pk)
    recipes = _recipes(stored)
    if recipes != _recipes(photo):
        return False
    new = {(item["crop"], item["format"], item["width"]) for item in made}
    kept = [
        entry
        for entry in stored.ladder
        if entry.get("recipe") == recipes[entry["crop"], entry["format"]]
        and (entry["crop"], entry["format"], entry["width"]) not in new
    ]
    ladder = kept + made
    names = {entry["name"] for entry in ladder}
    Rendition.objects.filter(photo=photo).exclude(file__in=names).delete()
    gone = {entry["name"] for entry in stored.ladder} - names
    elsewhere = Rendition.objects.filter(file__in=gone).values_list("file", flat=True)
    retire(Shelf.RENDITIONS, gone - set(elsewhere))
    Rendition.objects.bulk_create(
        (_row(photo, entry) for entry in made),
        update_conflicts=True,
        unique_fields=["photo", "crop", "format", "width"],
        update_fields=["height", "bytes", "file", "recipe"],
    )
    photo.ladder, photo.color = ladder, color
    Photo.objects.filter(pk=photo.pk).update(ladder=ladder, color=color)
    invalidate(keys_of_photo(photo))
    return True


def _row(photo: Photo, entry: dict[str, Any]) -> Rendition:
    return Rendition(
        photo=photo,
        crop=entry["crop"],
        format=entry["format"],
        width=entry["width"],
        height=entry["height"],
        bytes=entry["bytes"],
        file=entry["name"],
        recipe=entry["recipe"],
    )
