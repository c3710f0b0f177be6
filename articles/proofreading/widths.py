"""Digits and Latin letters in full and half width: one way inside an article."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from articles.proofreading.findings import Finding, Style
from articles.proofreading.passages import Passage

_FULL = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@dataclass(frozen=True)
class _Kind:
    rule: str
    name: str
    run: re.Pattern[str]


# Points and commas belong to a number when digits stand on both sides.
_DIGITS = _Kind("digits", "数字", re.compile(r"[0-9０-９]+(?:[.,．，][0-9０-９]+)*"))
_LATIN = _Kind("latin", "英字", re.compile(r"[A-Za-zＡ-Ｚａ-ｚ]+"))


class _Run:
    """Digits or letters that stand together."""

    def __init__(self, passage: Passage, start: int, end: int) -> None:
        self.passage, self.start, self.end = passage, start, end
        self.text = passage.text[start:end]
        self.half = unicodedata.normalize("NFKC", self.text)

    def written(self, style: Style) -> str:
        """The run as a style would have it."""
        full = style is Style.FULL or (style is Style.SINGLE_FULL and len(self.half) == 1)
        return self.half.translate(_FULL) if full else self.half

    def fits(self, style: Style) -> bool:
        return self.text == self.written(style)


def mixed_digits(passages: Sequence[Passage], style: Style) -> Iterator[Finding]:
    return _mixed(_DIGITS, passages, style)


def mixed_latin(passages: Sequence[Passage], style: Style) -> Iterator[Finding]:
    return _mixed(_LATIN, passages, style)


def _mixed(kind: _Kind, passages: Sequence[Passage], style: Style) -> Iterator[Finding]:
    """Runs that are not in the house's style, or in the one that most of the article is in."""
    runs = list(_runs(kind, passages))
    message = f"社の{kind.name}の書き方とちがいます"
    if style is Style.ANY:
        fitting = Counter(
            {one: sum(run.fits(one) for run in runs) for one in Style if one is not Style.ANY}
        )
        if not runs or max(fitting.values()) == len(runs):
            return
        style = max(fitting, key=lambda one: fitting[one])
        message = f"{kind.name}の全角と半角がまじっています"
    for run in runs:
        if not run.fits(style):
            yield Finding(kind.rule, run.passage, run.start, run.end, message, run.written(style))


def _runs(kind: _Kind, passages: Sequence[Passage]) -> Iterator[_Run]:
    for passage in passages:
        for match in kind.run.finditer(passage.text):
            start, end = match.span()
            # What stands in quotation marks is as its author wrote it.
            if not (passage.is_address(start) or passage.is_quoted(start)):
                yield _Run(passage, start, end)
