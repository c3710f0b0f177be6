"""Small squares of photos for the lists and fields of the desk."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import storages
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.models import Photo, Rendition

Ladder = dict[str, Any]


def thumbnail_url(photo: Photo | None) -> str:
    """The address of the smallest square of a photo; empty while there is none."""
    squares = [
        entry for entry in (photo.ladder if photo else []) if entry["crop"] == Rendition.Crop.SQUARE
    ]
    if not squares:
        return ""
    return storages["default"].url(min(squares, key=lambda entry: int(entry["width"]))["name"])


def whole(photo: Photo, width: int = 320) -> SafeString:
    """The whole picture as an image, of at least so many pixels where there is one."""
    best = _whole(photo, width)
    if best is None:
        return format_html('<span class="{}"></span>', "whole is-waiting")
    return format_html(
        '<img class="whole" src="{}" alt="{}" width="{}" height="{}" loading="lazy">',
        storages["default"].url(best["name"]),
        photo.alt,
        best["width"],
        best["height"],
    )


def whole_url(photo: Photo, width: int) -> str:
    """The address of the whole picture in that size; empty while there is none."""
    best = _whole(photo, width)
    return storages["default"].url(best["name"]) if best else ""


def _whole(photo: Photo, width: int) -> Ladder | None:
    """The smallest whole picture of at least so many pixels, or the largest there is."""
    entries = [entry for entry in photo.ladder if entry["crop"] == Rendition.Crop.FREE]
    enough = [entry for entry in entries if entry["width"] >= width]
    return min(enough, key=_size) if enough else max(entries, key=_size, default=None)


def _size(entry: Ladder) -> tuple[int, int]:
    return int(entry["width"]), int(entry.get("bytes", 0))


def thumbnail(photo: Photo | None) -> SafeString:
    """The square as an image; an empty frame of its size while there is none."""
    url = thumbnail_url(photo)
    if photo is None or not url:
        return format_html('<span class="thumb{}"></span>', "" if photo is None else " is-waiting")
    return format_html(
        '<img class="thumb" src="{}" alt="{}" width="48" height="48" loading="lazy">',
        url,
        photo.alt,
    )
