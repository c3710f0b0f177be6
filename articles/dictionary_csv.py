"""The house dictionary as a CSV file: written for spreadsheets, read back line by line."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from articles.auditing import record
from articles.encodings import encoding_of
from articles.models import DictionaryEntry, Section
from articles.models.proofreading import LEVELS

COLUMNS = (
    "種類", "避ける書き方", "社の書き方", "活用する", "「」の中も", "注記", "分野", "強さ",
)  # fmt: skip
MOST_LINES = 20_000
MOST_BYTES = 4_000_000
_MOST_ERRORS = 10
_BATCH = 100
_WRITTEN = ("wrong", "right", "inflects", "in_quotations", "note", "level")
_KINDS = {str(label): value for value, label in DictionaryEntry.Kind.choices}
_LEVELS = {"": "", **{label: value for value, label in LEVELS}}
_YES = {"はい", "○", "〇", "1", "yes", "true"}
_NO = {"", "いいえ", "×", "0", "no", "false"}


def write(entries: Iterable[DictionaryEntry]) -> bytes:
    """UTF-8 with the mark that tells spreadsheets so."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for entry in entries:
        lines.writerow(_cells(entry))
    return out.getvalue().encode("utf-8-sig")


def _cells(entry: DictionaryEntry) -> list[str]:
    return [
        entry.get_kind_display(),
        "、".join(entry.forms),
        entry.right,
        "はい" if entry.inflects else "",
        "はい" if entry.in_quotations else "",
        entry.note,
        entry.section.name if entry.section else "",
        entry.get_level_display() if entry.level else "",
    ]


def read(content: bytes) -> list[DictionaryEntry]:
    """The entries of a file, not saved. Raises ValidationError that names each wrong line."""
    if len(content) > MOST_BYTES:
        raise ValidationError(f"ファイルが大きすぎます。{MOST_BYTES // 1_000_000}MBまでです。")
    rows = _rows(content)
    if not rows or tuple(cell.strip() for cell in rows[0]) != COLUMNS:
        raise ValidationError(f"1行目は「{','.join(COLUMNS)}」にしてください。")
    if len(rows) > MOST_LINES:
        raise ValidationError(f"行が多すぎます。{MOST_LINES:,}行までです。")
    sections = {section.name: section for section in Section.objects.all()}
    entries, errors = [], []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            entries.append(_entry(row, sections))
        except ValidationError as error:
            errors.append(f"{number}行目：{' '.join(error.messages)}")
    if errors:
        rest = len(errors) - _MOST_ERRORS
        more = [f"ほか{rest}行。"] if rest > 0 else []
        raise ValidationError([*errors[:_MOST_ERRORS], *more])
    return entries


@transaction.atomic
def take_in(entries: Iterable[DictionaryEntry], *, by: Any) -> tuple[int, int]:
    """Saves entries; how many were added and how many changed. Nothing is deleted.

    An entry of the same kind, section and forms is the same entry.
    """
    known = {_key(entry): entry for entry in DictionaryEntry.objects.select_related("section")}
    # Of lines that say the same twice the last one counts.
    wanted = {_key(entry): entry for entry in entries}
    for key, entry in wanted.items():
        entry.pk = known[key].pk if key in known else None
    new = [entry for entry in wanted.values() if entry.pk is None]
    old = [entry for key, entry in wanted.items() if key in known and _differs(entry, known[key])]
    before = [_in_words(known[_key(entry)]) for entry in old]
    DictionaryEntry.objects.bulk_create(new, batch_size=_BATCH)
    DictionaryEntry.objects.bulk_update(old, _WRITTEN, batch_size=_BATCH)
    if new or old:
        record(
            "import_dictionary",
            DictionaryEntry(),
            by=by,
            values=({"words": before}, {"words": [_in_words(entry) for entry in (*old, *new)]}),
            label=f"CSV：{len(new)}語を追加、{len(old)}語を変更",
        )
    return len(new), len(old)


def _differs(entry: DictionaryEntry, other: DictionaryEntry) -> bool:
    return any(getattr(entry, name) != getattr(other, name) for name in _WRITTEN)


def _in_words(entry: DictionaryEntry) -> str:
    """For the log: an entry in a line, as its line of the file says it."""
    return "、".join(cell for cell in _cells(entry) if cell)


def _key(entry: DictionaryEntry) -> tuple[str, frozenset[str], int | None]:
    return entry.kind, frozenset(entry.forms), entry.section_id


def _rows(content: bytes) -> list[list[str]]:
    text = content.decode(encoding_of([content]), "replace").removeprefix("\ufeff")
    try:
        return list(csv.reader(io.StringIO(text.replace("\x00", ""), newline="")))
    except csv.Error as error:
        raise ValidationError("CSVとして読めません。") from error


def _entry(row: list[str], sections: dict[str, Section]) -> DictionaryEntry:
    cells = [cell.strip() for cell in row] + [""] * len(COLUMNS)
    kind, wrong, right, inflects, in_quotations, note, section, level = cells[: len(COLUMNS)]
    if section and section not in sections:
        raise ValidationError(f"分野「{section[:20]}」はありません。")
    entry = DictionaryEntry(
        kind=_one_of(_KINDS, kind, "種類"),
        wrong=wrong,
        right=right,
        inflects=_truth(inflects, "活用する"),
        in_quotations=_truth(in_quotations, "「」の中も"),
        note=note,
        section=sections.get(section),
        level=_one_of(_LEVELS, level, "強さ"),
    )
    entry.clean_fields(exclude={"section"})
    entry.clean()
    return entry


def _one_of(choices: dict[str, str], cell: str, name: str) -> str:
    if cell not in choices:
        wanted = "、".join(f"「{choice}」" for choice in choices if choice)
        raise ValidationError(f"{name}は{wanted}のどれかにしてください。")
    return choices[cell]


def _truth(cell: str, name: str) -> bool:
    word = unicodedata.normalize("NFKC", cell).lower()
    if word not in _YES | _NO:
        raise ValidationError(f"「{name}」は「はい」か空欄にしてください。")
    return word in _YES
