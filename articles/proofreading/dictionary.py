"""The house dictionary: what to write instead, and what not to write at all."""

from __future__ import annotations

from collections.abc import Iterator

from articles.proofreading.findings import Finding, House, Level
from articles.proofreading.passages import Passage
from articles.proofreading.words import stem_of


def house_words(passage: Passage, house: House) -> Iterator[Finding]:
    for hit in house.words.find(passage.text):
        entry = house.words.entries[hit.key]
        # What people say stands as they said it; a word that is banned is banned there too.
        if not (entry.in_quotations or entry.is_banned) and passage.is_quoted(hit.start):
            continue
        right = stem_of(entry.right)[0] if entry.inflects else entry.right
        yield Finding(
            "banned" if entry.is_banned else "dictionary",
            passage,
            hit.start,
            hit.end,
            _message(entry.is_banned, entry.right, entry.note),
            right or None,
            Level(entry.level) if entry.level else None,
        )


def _message(is_banned: bool, right: str, note: str) -> str:  # noqa: FBT001
    said = "使わない語" if is_banned else "社の表記"
    said += f" → {right}" if right else ""
    return f"{said}（{note}）" if note else said
