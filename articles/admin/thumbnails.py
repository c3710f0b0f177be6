"""Small squares of photos for the lists and fields of the desk."""

from __future__ import annotations

from django.core.files.storage import storages
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.models import Photo, Rendition


def thumbnail_url(photo: Photo | None) -> str:
    """The address of the smallest square of a photo; empty while there is none."""
    squares = [
        entry for entry in (photo.ladder if photo else []) if entry["crop"] == Rendition.Crop.SQUARE
    ]
    if not squares:
        return ""
    return storages["default"].url(min(squares, key=lambda entry: int(entry["width"]))["name"])


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
