"""An article as it stands in the form, without saving or validating: what previews and checks read.

What cannot be read is left out or as it was; the form itself says what is wrong with it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from articles.admin.article_form import MAX_TAG_LENGTH, MAX_TAGS
from articles.admin.fields import DeskTimeField
from articles.article_page import Rows
from articles.models import (
    Agency,
    Article,
    ArticlePhoto,
    Author,
    Correction,
    Photo,
    Section,
    Tag,
)
from articles.previewing import Draft
from articles.text import fold_tag, split_tags, strip_unwanted

_LINES = ("headline", "short_headline", "teaser", "dateline")
_TIMES = ("publish_at", "unpublish_at", "embargo_until")
_MOST_ROWS = 200
_LAST_PLACE = 32_767
_IN_ROW = re.compile(r"([a-z_]+)-([0-9]{1,4})-([A-Za-z0-9_]+)")


def typed_draft(data: Mapping[str, str], stored: Article | None, at: datetime) -> Draft | None:
    """The draft in the fields of a form; `stored` is changed and must not be saved.

    None while it has no section, without which there is no page.
    """
    section = _one(Section, data.get("section")) or (stored.section if stored else None)
    if section is None:
        return None
    article = stored or Article()
    article.section = section
    for name in _LINES:
        if name in data:
            field: Any = Article._meta.get_field(name)
            setattr(article, name, field.to_python(data[name]))
    if "body" in data:
        article.body = data["body"]
    if "agency" in data:
        article.agency = _one(Agency, data["agency"])
    for name in _TIMES:
        if f"{name}_0" in data:
            setattr(article, name, time_of(data, name))
    article.prepare()
    authors = [number_of(row.get("author")) for _, row in rows_of(data, "article_authors")]
    related = [number_of(row.get("other")) for _, row in rows_of(data, "related_items")]
    rows = Rows(
        _photos(data, article), _found(Author, authors), _tags(data), _corrections(data, stored, at)
    )
    return Draft(article, rows, [pk for pk in related if pk is not None])


def rows_of(data: Mapping[str, str], prefix: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of an inline that stay, by their number, in the order in which they were put."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for name in data:
        match = _IN_ROW.fullmatch(name)
        if match and match[1] == prefix:
            found[int(match[2])][match[3]] = data[name]
    stay = [entry for entry in sorted(found.items()) if not entry[1].get("DELETE")][:_MOST_ROWS]

    def place(entry: tuple[int, dict[str, str]]) -> int:
        order = number_of(entry[1].get("order"))
        return entry[0] if order is None else order

    return sorted(stay, key=place)


def _photos(data: Mapping[str, str], article: Article) -> list[ArticlePhoto]:
    typed = [(number_of(row.get("photo")), row) for _, row in rows_of(data, "article_photos")]
    found = Photo.objects.select_related("agency").in_bulk([pk for pk, _ in typed if pk])
    return [
        ArticlePhoto(
            photo=found[pk],
            order=order,
            caption=strip_unwanted(row.get("caption", "")),
            after_paragraph=min(number_of(row.get("after_paragraph")) or 0, _LAST_PLACE) or None,
            in_gallery="in_gallery" in row,
        )
        for order, (pk, row) in enumerate(typed)
        if pk in found
    ]


def _tags(data: Mapping[str, str]) -> list[Tag]:
    names = [fold_tag(name) for name in split_tags(strip_unwanted(data.get("tags", "")))]
    names = [name[:MAX_TAG_LENGTH] for name in names[:MAX_TAGS]]
    found = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    # A new tag has no address yet.
    return [found.get(name) or Tag(name=name, slug="new") for name in names]


def _corrections(data: Mapping[str, str], stored: Article | None, at: datetime) -> list[Correction]:
    shown = list(stored.corrections.shown(at)) if stored is not None and stored.pk else []
    typed = [
        Correction(
            kind=row.get("kind") or Correction.Kind.CORRECTION,
            text=strip_unwanted(row["text"]),
            published_at=at,
            changes_meaning="changes_meaning" in row,
        )
        for _, row in rows_of(data, "corrections")
        if row.get("text", "").strip() and not row.get("id")
    ]
    return [*shown, *typed]


def _one(model: Any, value: str | None) -> Any:
    pk = number_of(value)
    return model.objects.filter(pk=pk).first() if pk is not None else None


def _found(model: Any, numbers: list[int | None]) -> list[Any]:
    rows = model.objects.in_bulk([pk for pk in numbers if pk is not None])
    return [rows[pk] for pk in numbers if pk in rows]


def number_of(value: str | None) -> int | None:
    """A number as rows have; None for anything else that a browser may send."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 16 else None


def time_of(data: Mapping[str, str], name: str) -> datetime | None:
    try:
        day_and_time = [data.get(f"{name}_{part}", "") for part in (0, 1)]
        found: datetime | None = DeskTimeField(required=False).clean(day_and_time)
    except ValidationError:
        return None
    return found


def time_from(text: str) -> datetime | None:
    """A moment of Japan as `<input type=datetime-local>` sends it; None when it is none."""
    try:
        found = datetime.fromisoformat(text[:19])
        found = timezone.make_aware(found) if timezone.is_naive(found) else found
    except (ValueError, OverflowError):
        return None
    return found if 1900 <= found.year < 3000 else None
