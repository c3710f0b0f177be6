"""Marks what was searched for in a text, as it is written there."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe

from articles.search import parse
from articles.text import fold

_STRETCH = re.compile(r"\s+|\S+")
# A half-width kana and its sound mark are one character when they are folded.
_MARKS = frozenset("\uff9e\uff9f\u3099\u309a")
_CHARACTER = re.compile(f"\\s+|.[{''.join(sorted(_MARKS))}]?", re.DOTALL)


class _Folds(dict[int, str]):
    """What each character is folded to, for `str.translate()`; grows by what texts hold."""

    def __init__(self) -> None:
        super().__init__()
        # Those that become several characters (㈱, …) or none.
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        return folded


_FOLDS = _Folds()


def marked(text: str, query: str) -> SafeString:
    """The text as HTML with every found word in `<mark>`, whatever its width, case and kana."""
    pieces, position = [], 0
    for start, end in _found(text, query):
        pieces.append(f"{escape(text[position:start])}<mark>{escape(text[start:end])}</mark>")
        position = end
    pieces.append(escape(text[position:]))
    return mark_safe("".join(pieces))  # noqa: S308 (every piece is escaped above)


def holds(text: str, query: str) -> bool:
    """Does every word of the query stand in the text?"""
    folded = fold(text)
    return all(word in folded for word in parse(query).words)


def excerpt(text: str, query: str, length: int = 90) -> str:
    """The part of a text in which the first found word stands; empty when none does.

    It begins with the word's sentence where that is near.
    """
    at = _first(text, query)
    if at is None:
        return ""
    start = max(0, min(at - length // 3, len(text) - length))
    sentence = max(text.rfind(end, start, at) for end in "。」\n") + 1
    start = max(start, sentence)
    part = text[start : start + length].replace("\n", " ").strip()
    cut_before = start > 0 and start != sentence
    return f"{'…' if cut_before else ''}{part}{'…' if start + length < len(text) else ''}"


def _first(text: str, query: str) -> int | None:
    """Where the first found word begins.

    Looked for in one paragraph after the other: a common word stands in the first ones.
    """
    begin = 0
    for line in text.splitlines(keepends=True):
        if spans := _found(line, query):
            return begin + spans[0][0]
        begin += len(line)
    # A phrase may run over the end of a paragraph.
    spans = _found(text, query) if any(" " in word for word in parse(query).words) else []
    return spans[0][0] if spans else None


def _found(text: str, query: str) -> list[tuple[int, int]]:
    """Where words of the query stand in the text; overlapping places are one."""
    folded, starts, ends = _folded(text)
    spans = []
    for word in parse(query).words:
        at = folded.find(word)
        while at >= 0:
            spans.append((starts[at], ends[at + len(word) - 1]))
            at = folded.find(word, at + len(word))
    return _merged(sorted(spans))


def _folded(text: str) -> tuple[str, list[int], list[int]]:
    """The folded text, and for each of its characters where that begins and ends in the text."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for stretch in _STRETCH.finditer(text):
        start, end = stretch.span()
        if (even := _folded_evenly(stretch[0])) is not None:
            characters.append(even)
            starts += range(start, end)
            ends += range(start + 1, end + 1)
            continue
        for match in _CHARACTER.finditer(text, start, end):
            folded = _fold_character(match[0])
            characters.append(folded)
            starts += [match.start()] * len(folded)
            ends += [match.end()] * len(folded)
    return "".join(characters), starts, ends


def _folded_evenly(stretch: str) -> str | None:
    """The folded stretch where its characters become one each, as nearly all do; else None.

    Takes a quarter of the time of asking each: a page of search results marks twenty bodies.
    """
    if len(stretch) > 1 and stretch[0].isspace():
        return None
    folded = stretch.translate(_FOLDS)
    is_even = _MARKS.isdisjoint(stretch) and _FOLDS.uneven.isdisjoint(stretch)
    return folded if is_even else None


@lru_cache(maxsize=10_000)
def _fold_character(character: str) -> str:
    return " " if character.isspace() else fold(character)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
