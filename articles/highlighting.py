"""Marks what was searched for in a text, as it is written there."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe

from articles.search import parse
from articles.text import fold

# A half-width kana and its sound mark are one character when they are folded.
_CHARACTER = re.compile("\\s+|.[\uff9e\uff9f\u3099\u309a]?", re.DOTALL)


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
    spans = _found(text, query)
    if not spans:
        return ""
    at = spans[0][0]
    start = max(0, min(at - length // 3, len(text) - length))
    sentence = max(text.rfind(end, start, at) for end in "。」\n") + 1
    start = max(start, sentence)
    part = text[start : start + length].replace("\n", " ").strip()
    cut_before = start > 0 and start != sentence
    return f"{'…' if cut_before else ''}{part}{'…' if start + length < len(text) else ''}"


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
    for match in _CHARACTER.finditer(text):
        # Folding may turn one character into several (㈱) or none; a blank stays a blank.
        folded = _fold_character(match[0])
        characters.append(folded)
        starts += [match.start()] * len(folded)
        ends += [match.end()] * len(folded)
    return "".join(characters), starts, ends


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
