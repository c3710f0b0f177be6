"""Differences as the desk's pages show them: marked letters, one side beside the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from taggit.utils import parse_tags

from articles.comparing import Line, Piece, without_unchanged
from articles.document import CONTENT
from articles.markup import clean_html
from articles.models import Agency, Author, Photo, Section, Topic
from articles.revising import differences

# More rows than any article has; what a request claims beyond is not read.
_MOST_ROWS = 200
_MARKS = {"same": "{}", "added": "<ins>{}</ins>", "removed": "<del>{}</del>"}


class ShownLine(NamedTuple):
    """A pair of paragraphs as HTML; `is_gap` stands for unchanged ones that are left out."""

    old: SafeString = SafeString("")
    new: SafeString = SafeString("")
    merged: SafeString = SafeString("")
    is_same: bool = False
    is_gap: bool = False


class ShownChange(NamedTuple):
    name: str
    label: str
    lines: list[ShownLine]


def shown(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[ShownChange]:
    """What differs between two documents, for `_comparison.html`."""
    return [
        ShownChange(
            change.name,
            change.label,
            [_shown_line(line) for line in without_unchanged(change.lines)],
        )
        for change in differences(old, new)
    ]


def typed_document(data: QueryDict, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The document that a form would make if it were saved as it stands, valid or not.

    What the form does not speak of is as stored.
    """
    document = dict(stored)
    for name in CONTENT:
        if name in {"noindex", "is_sensitive"}:
            document[name] = name in data if "headline" in data else stored.get(name)
        elif name in data:
            document[name] = str(data[name]).replace("\r\n", "\n")
    if "body" in data:
        document["body"] = clean_html(document["body"])
    if "tags" in data:
        document["tags"] = sorted(parse_tags(data["tags"]))
    for name, model in (("section", Section), ("agency", Agency)):
        if name in data:
            chosen = model._default_manager.filter(pk__in=_numbers([str(data[name])]))
            document[name] = chosen.values_list("slug", flat=True).first()
    document["authors"] = _authors(data, document.get("authors") or [])
    document["related"] = _related(data, document.get("related") or [])
    document["photos"] = _photos(data, document.get("photos") or [])
    document["teasers"] = _teasers(data, document.get("teasers") or [])
    return document


def _shown_line(line: Line | None) -> ShownLine:
    if line is None:
        return ShownLine(is_gap=True)
    return ShownLine(_html(line.old), _html(line.new), _html(line.merged), is_same=line.is_same)


def _html(pieces: Iterable[Piece]) -> SafeString:
    parts = [(format_html(_MARKS[piece.kind], piece.text),) for piece in pieces if piece.text]
    return format_html_join("", "{}", parts)


def _authors(data: QueryDict, stored: list[str]) -> list[str]:
    rows = _rows(data, "article_authors", ("author",))
    if rows is None:
        return stored
    slugs = _named(Author, [row["author"] for row in rows])
    return [slugs[row["author"]] for row in rows if row["author"] in slugs]


def _related(data: QueryDict, stored: list[int]) -> list[int]:
    rows = _rows(data, "related_items", ("other",))
    return stored if rows is None else _numbers(row["other"] for row in rows)


def _photos(data: QueryDict, stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = _rows(data, "article_photos", ("photo", "caption", "after_paragraph", "in_gallery"))
    if rows is None:
        return stored
    photos = Photo.objects.select_related("agency").in_bulk(_numbers(row["photo"] for row in rows))
    found = [(photos.get(int(row["photo"])), row) for row in rows if row["photo"].isdecimal()]
    return [
        {
            "sha256": photo.sha256,
            "photo": photo.pk,
            "caption": row["caption"].replace("\r\n", "\n"),
            "library_caption": photo.caption,
            "credit": photo.credit_line,
            "after_paragraph": next(iter(_numbers([row["after_paragraph"]])), None),
            "in_gallery": bool(row["in_gallery"]),
        }
        for photo, row in found
        if photo is not None
    ]


def _teasers(data: QueryDict, stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = _rows(data, "teasers", ("topic", "headline", "teaser", "is_pinned"))
    if rows is None:
        return stored
    slugs = _named(Topic, [row["topic"] for row in rows])
    # The times of a teaser are two fields each; as stored is near enough for a comparison.
    times = {item["topic"]: (item.get("starts_at"), item.get("ends_at")) for item in stored}
    return [
        {
            "topic": slug,
            "headline": row["headline"],
            "teaser": row["teaser"],
            "is_pinned": bool(row["is_pinned"]),
            "starts_at": times.get(slug, (None, None))[0],
            "ends_at": times.get(slug, (None, None))[1],
        }
        for row in rows
        if (slug := slugs.get(row["topic"]))
    ]


def _rows(data: QueryDict, prefix: str, names: tuple[str, ...]) -> list[dict[str, str]] | None:
    """The rows of an inline in their order; None when the form has no such inline."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    if not total.isdecimal():
        return None
    rows = []
    for number in range(min(int(total[:6]), _MOST_ROWS)):
        start = f"{prefix}-{number}"
        if data.get(f"{start}-DELETE") or not data.get(f"{start}-{names[0]}"):
            continue
        order = data.get(f"{start}-order", "")
        place = int(order[:6]) if order.isdecimal() else number
        rows.append((place, number, {name: data.get(f"{start}-{name}", "") for name in names}))
    return [row for _, _, row in sorted(rows, key=lambda row: row[:2])]


def _named(model: Any, numbers: list[str]) -> dict[str, str]:
    found = model._default_manager.filter(pk__in=_numbers(numbers))
    return {str(pk): slug for pk, slug in found.values_list("pk", "slug")}


def _numbers(values: Iterable[str]) -> list[int]:
    return [
        int(value) for value in values if value.isascii() and value.isdecimal() and len(value) < 12
    ]
