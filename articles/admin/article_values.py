"""What an article's form holds, in one shape whether it comes from a browser or a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from articles.admin.fields import DeskTimeField
from articles.markup import clean_html, plain_text
from articles.models import Agency, Article, Author, Photo, Section, Topic
from articles.text import join_tags, one_line, split_tags, strip_unwanted

Content = dict[str, Any]
Row = dict[str, Any]

LINES = ("headline", "short_headline", "teaser", "dateline")
CHOICES: dict[str, type[Model]] = {"section": Section, "agency": Agency}
TIMES = ("publish_at", "unpublish_at", "embargo_until")
TICKS = ("noindex", "is_sensitive")
MOST_ROWS = 300


class Numbers(dict[tuple[str, Any], str]):
    """The number of a row by kind and slug; none for what is gone."""

    def __missing__(self, key: tuple[str, Any]) -> str:
        return ""


@dataclass(frozen=True)
class Rows:
    """Rows that hang on an article, as an inline of its form sends them."""

    label: str
    key: str
    model: type[Model]
    in_document: Callable[[Mapping[str, Any], Numbers], list[Row]]
    texts: tuple[str, ...] = ()
    ticks: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    is_ordered: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, *self.texts, *self.ticks, *self.times)


def _authors(document: Mapping[str, Any], slugs: Numbers) -> list[Row]:
    return [{"author": slugs["author", slug]} for slug in document.get("authors", [])]


def _related(document: Mapping[str, Any], slugs: Numbers) -> list[Row]:
    return [{"other": str(pk)} for pk in document.get("related", [])]


def _photos(document: Mapping[str, Any], slugs: Numbers) -> list[Row]:
    return [
        {
            "photo": str(item["photo"]),
            "caption": item["caption"],
            "after_paragraph": _text(item["after_paragraph"]),
            "in_gallery": item["in_gallery"],
        }
        for item in document.get("photos", [])
    ]


def _teasers(document: Mapping[str, Any], slugs: Numbers) -> list[Row]:
    return [
        {
            "topic": slugs["topic", item["topic"]],
            "headline": item["headline"],
            "teaser": item["teaser"],
            "is_pinned": item["is_pinned"],
            "starts_at": _moment(item["starts_at"]),
            "ends_at": _moment(item["ends_at"]),
        }
        for item in document.get("teasers", [])
    ]


GROUPS = {
    "article_photos": Rows(
        "写真と説明", "photo", Photo, _photos,
        texts=("caption", "after_paragraph"), ticks=("in_gallery",),
    ),
    "article_authors": Rows("筆者", "author", Author, _authors),
    "teasers": Rows(
        "トピック", "topic", Topic, _teasers,
        texts=("headline", "teaser"), ticks=("is_pinned",), times=("starts_at", "ends_at"),
        is_ordered=False,
    ),
    "related_items": Rows("関連記事", "other", Article, _related),
}  # fmt: skip


def label_of(name: str) -> str:
    """A field in the newsroom's words."""
    if name in GROUPS:
        return GROUPS[name].label
    field: Any = Article._meta.get_field(name)
    return str(field.verbose_name)


# --- from a browser

_SEARCHED = re.compile(
    "|".join(["agency", *(rf"{prefix}-[0-9]+-{group.key}" for prefix, group in GROUPS.items())])
)


def without_impossible(data: QueryDict) -> QueryDict:
    """The same without what no search field sends: Django's own break on what is no number."""
    wrong = [
        name
        for name, value in data.items()
        if value and _SEARCHED.fullmatch(name) and not _keys([str(value)])
    ]
    if not wrong:
        return data
    copy = data.copy()
    for name in wrong:
        copy[name] = ""
    return copy


def from_form(sent: QueryDict) -> Content:
    """What somebody typed, as far as the form sent it; what is no time stays as it was typed."""
    data = {name: str(value) for name, value in sent.items()}
    content: Content = {name: one_line(data[name]) for name in LINES if name in data}
    if "body" in data:
        content["body"] = clean_html(_lines(data["body"]))
    content |= {name: data[name].strip() for name in CHOICES if name in data}
    if "tags" in data:
        content["tags"] = sorted(split_tags(data["tags"]))
    content |= {name: _typed_time(data, name) for name in TIMES if f"{name}_0" in data}
    content |= {name: name in data for name in TICKS}
    for prefix in GROUPS:
        if f"{prefix}-TOTAL_FORMS" in data:
            content[prefix] = _typed_rows(data, prefix)
    return content


def _typed_rows(data: Mapping[str, str], prefix: str) -> list[Row]:
    rows, group = [], GROUPS[prefix]
    for number in range(_count(data, f"{prefix}-TOTAL_FORMS")):
        start = f"{prefix}-{number}-"
        row: Row = {
            name: strip_unwanted(_lines(data.get(start + name, ""))).strip()
            for name in (group.key, *group.texts)
        }
        row |= {name: start + name in data for name in group.ticks}
        row |= {name: _typed_time(data, start + name) for name in group.times}
        if f"{start}DELETE" not in data and any(row.values()):
            rows.append((_count(data, f"{start}order") or number + 1, number, row))
    return [row for _, _, row in sorted(rows, key=lambda found: found[:2])]


def _count(data: Mapping[str, str], name: str) -> int:
    text = data.get(name, "")
    return min(int(text), MOST_ROWS) if re.fullmatch(r"[0-9]{1,6}", text) else 0


def _typed_time(data: Mapping[str, str], name: str) -> str:
    parts = [data.get(f"{name}_0", "").strip(), data.get(f"{name}_1", "").strip()]
    try:
        return _moment(DeskTimeField(required=False).clean(parts))
    except ValidationError:
        return " ".join(parts)


# --- from a document


def from_document(document: Mapping[str, Any]) -> Content:
    """What the form would show of a stored version; rows that are gone since have no number."""
    slugs = _numbers_of_slugs(document)
    content: Content = {name: document.get(name, "") for name in LINES}
    content["body"] = clean_html(document.get("body", ""))
    content |= {name: slugs[name, document.get(name)] for name in CHOICES}
    content["tags"] = sorted(document.get("tags", []))
    content |= {name: _moment(document.get(name)) for name in TIMES}
    content |= {name: bool(document.get(name)) for name in TICKS}
    return content | {
        prefix: group.in_document(document, slugs) for prefix, group in GROUPS.items()
    }


def _numbers_of_slugs(document: Mapping[str, Any]) -> Numbers:
    wanted: dict[str, tuple[type[Model], list[Any]]] = {
        "section": (Section, [document.get("section")]),
        "agency": (Agency, [document.get("agency")]),
        "author": (Author, document.get("authors", [])),
        "topic": (Topic, [item["topic"] for item in document.get("teasers", [])]),
    }
    numbers = Numbers()
    for name, (model, slugs) in wanted.items():
        known = [slug for slug in slugs if slug]
        if known:
            found = model._default_manager.filter(slug__in=known).values_list("slug", "pk")
            numbers.update({(name, slug): str(pk) for slug, pk in found})
    return numbers


# --- into a form


def write(data: QueryDict, content: Content, article: Article) -> None:
    """Has the data of a form hold this content, on top of the rows that are stored now."""
    for name, value in content.items():
        if name in GROUPS:
            _write_rows(data, name, value, article)
        elif name in TIMES:
            _write_time(data, name, value)
        elif name in TICKS:
            _write_tick(data, name, is_on=value)
        else:
            data[name] = join_tags(value) if name == "tags" else value


def _write_rows(data: QueryDict, prefix: str, rows: list[Row], article: Article) -> None:
    """Rows that stay keep their number, those that are not wanted are marked for deletion."""
    group = GROUPS[prefix]
    for name in [name for name in data if re.match(rf"{prefix}-[0-9]+-", name)]:
        del data[name]
    places = list(enumerate(rows, start=1))
    manager: Any = getattr(article, prefix)
    # In the order in which the page puts stored rows beside those of the form.
    stored = list(manager.order_by(*(manager.model._meta.ordering or ["pk"])))
    number = 0
    for old in stored:
        key = str(getattr(old, f"{group.key}_id"))
        found = next((place for place in places if place[1][group.key] == key), None)
        if found is not None:
            places.remove(found)
        else:
            data[f"{prefix}-{number}-DELETE"] = "on"
        row = found[1] if found else _stored_row(old, group)
        place = found[0] if found else len(rows) + number + 1
        _write_row(data, f"{prefix}-{number}-", row, group, order=place)
        data[f"{prefix}-{number}-id"] = str(old.pk)
        number += 1
    for place, row in places:
        _write_row(data, f"{prefix}-{number}-", row, group, order=place)
        data[f"{prefix}-{number}-id"] = ""
        number += 1
    for index in range(number):
        data[f"{prefix}-{index}-article"] = str(article.pk)
    data[f"{prefix}-TOTAL_FORMS"] = str(number)
    data[f"{prefix}-INITIAL_FORMS"] = str(len(stored))


def _stored_row(old: Any, group: Rows) -> Row:
    row: Row = {group.key: str(getattr(old, f"{group.key}_id"))}
    row |= {name: _text(getattr(old, name)) for name in group.texts}
    row |= {name: getattr(old, name) for name in group.ticks}
    return row | {name: _moment(getattr(old, name)) for name in group.times}


def _write_row(data: QueryDict, start: str, row: Row, group: Rows, *, order: int) -> None:
    for name in (group.key, *group.texts):
        data[start + name] = row[name]
    for name in group.ticks:
        _write_tick(data, start + name, is_on=row[name])
    for name in group.times:
        _write_time(data, start + name, row[name])
    if group.is_ordered:
        data[f"{start}order"] = str(order)


def _write_tick(data: QueryDict, name: str, *, is_on: bool) -> None:
    if is_on:
        data[name] = "on"
    else:
        data.pop(name, None)


def _write_time(data: QueryDict, name: str, value: str) -> None:
    at = _parse(value)
    day, _, time = value.partition(" ")
    if at is not None:
        local = timezone.localtime(at)
        day, time = f"{local:%Y-%m-%d}", f"{local:%H:%M:%S}"
    data[f"{name}_0"], data[f"{name}_1"] = day, time


# --- for people


def words(name: str, value: Any) -> str:
    """A value as somebody reads it: names for numbers, a line for each row."""
    if name in GROUPS:
        return "\n".join(_row_words(GROUPS[name], value)) or "（なし）"
    if name in TIMES:
        return _time_words(value)
    if name in TICKS:
        return "はい" if value else "いいえ"
    if name in CHOICES:
        known = CHOICES[name]._default_manager.in_bulk(_keys([value]))
        return str(next(iter(known.values()), "（なし）"))
    if name == "tags":
        return join_tags(value) or "（なし）"
    return (plain_text(value) if name == "body" else value) or "（空）"


def _row_words(group: Rows, rows: list[Row]) -> list[str]:
    known = group.model._default_manager.in_bulk(_keys([row[group.key] for row in rows]))
    lines = []
    for place, row in enumerate(rows, start=1):
        key = next(iter(_keys([row[group.key]])), None)
        name = str(known.get(key, "—")) if key else "（選ばれていません）"
        more = [row[text] for text in group.texts if row[text]]
        more += [_time_words(row[time]) for time in group.times if row[time]]
        more += ["✓" for tick in group.ticks if row[tick]]
        lines.append(f"{place}. {name}" + (f"：{'／'.join(more)}" if more else ""))
    return lines


def _keys(values: list[str]) -> list[int]:
    """What may be the number of a row; a form can send anything."""
    return [int(value) for value in values if re.fullmatch(r"[0-9]{1,18}", value)]


def _time_words(value: str) -> str:
    at = _parse(value)
    if at is None:
        return value or "（なし）"
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _parse(value: str) -> datetime | None:
    """The moment that `_moment()` wrote; None for what somebody typed and is none."""
    try:
        return parse_datetime(value) if "T" in value else None
    except ValueError:
        return None


def _lines(text: str) -> str:
    """Browsers send the end of a line as two characters, documents have one."""
    return text.replace("\r\n", "\n")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _moment(value: datetime | str | None) -> str:
    """One way to write a moment, so that equal ones are equal; the form knows whole seconds."""
    at = parse_datetime(value) if isinstance(value, str) else value
    if at is None:
        return ""
    return timezone.localtime(at).replace(microsecond=0).isoformat()
