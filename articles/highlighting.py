"""Marks what was searched for in a text, as it is written there."""

from __future__ import annotations

from html import escape

from django.utils.safestring import SafeString, mark_safe

from articles.search import MAX_WORDS
from articles.text import fold


def marked(text: str, query: str) -> SafeString:
    """The text as HTML with every found word in `<mark>`, whatever its width, case and kana."""
    pieces, position = [], 0
    for start, end in _found(text, query):
        pieces.append(f"{escape(text[position:start])}<mark>{escape(text[start:end])}</mark>")
        position = end
    pieces.append(escape(text[position:]))
    return mark_safe("".join(pieces))  # noqa: S308 (every piece is escaped above)


def excerpt(text: str, query: str, length: int = 90) -> str:
    """The part of a text in which the first found word stands, else its beginning."""
    spans = _found(text, query)
    start = max(0, spans[0][0] - length // 3) if spans else 0
    start = max(0, min(start, len(text) - length))
    part = text[start : start + length]
    return f"{'…' if start else ''}{part}{'…' if start + length < len(text) else ''}"


def _found(text: str, query: str) -> list[tuple[int, int]]:
    """Where words of the query stand in the text; overlapping places are one."""
    folded, origins = _folded(text)
    spans = []
    for word in set(fold(query[:200]).split()[:MAX_WORDS]):
        at = folded.find(word)
        while at >= 0:
            spans.append((origins[at], origins[at + len(word) - 1] + 1))
            at = folded.find(word, at + len(word))
    return _merged(sorted(spans))


def _folded(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place that it came from."""
    characters, origins = [], []
    for index, character in enumerate(text):
        # Folding may turn one character into several (㈱) or none; a blank stays a blank.
        folded = " " if character.isspace() else fold(character)
        characters.append(folded)
        origins.extend([index] * len(folded))
    return "".join(characters), origins


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
