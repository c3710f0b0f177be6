"""Marks that clash, and brackets that do not come in pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from articles.proofreading.findings import Finding
from articles.proofreading.passages import Passage

_RUN = re.compile(r"[、。，．](?:[ 　]*[、。，．])+")
_DOTS = re.compile(r"・{2,}|。{3,}|、{3,}")
_BEFORE_CLOSING = re.compile(r"、(?=[」』）】〉》］])")
_AFTER_OPENING = re.compile(r"(?<=[「『（【〈《［])[、。，．]+")
# Not Yahoo!、 and other names that end so.
_AFTER_MARK = re.compile(r"(?<![A-Za-zＡ-Ｚａ-ｚ])[！？!?][、。]")
_AT_THE_START = re.compile(r"[、。，．]")

# No text nests deeper, and no hostile one makes the search long.
_DEEPEST = 20
_PAIRS = dict(zip("」』）】〉》］〕｝)]}", "「『（【〈《［〔｛([{", strict=True))
_BRACKET = re.compile("[" + re.escape("".join(_PAIRS) + "".join(_PAIRS.values())) + "]")
# 「1）」「ア）」「(2)」 at the head of a paragraph number it and close nothing.
_NUMBERED = re.compile(r"\s*[0-9０-９A-Za-zＡ-Ｚａ-ｚア-ンあ-ん一二三四五六七八九十①-⑳]{1,3}[）)]")
# Faces: (^_^) and (笑) are pairs, but :) closes nothing.
_FACE = re.compile(r"[:;：；]-?[)）(（]")


def doubled_marks(passage: Passage) -> Iterator[Finding]:
    """「。、」「、、」「。。」 and marks where none belongs."""
    text = passage.text
    dots = [match.span() for match in _DOTS.finditer(text)]
    for start, end in dots:
        yield _finding(passage, start, end, "三点リーダーではない点の並び", "……")
    for match in _RUN.finditer(text):
        if not any(start <= match.start() < end for start, end in dots):
            stop = "。" if set(match.group()) & set("。．") else "、"
            yield _finding(passage, *match.span(), "句読点の重なり", stop)
    for match in _AFTER_MARK.finditer(text):
        if text[match.end() : match.end() + 1] not in {"、", "。"}:
            yield _finding(passage, *match.span(), "「！」「？」の後の句読点", match.group()[0])
    for match in _BEFORE_CLOSING.finditer(text):
        yield _finding(passage, *match.span(), "とじかっこの前の読点", "")
    for match in _AFTER_OPENING.finditer(text):
        yield _finding(passage, *match.span(), "かっこの初めの句読点", "")
    first = _AT_THE_START.match(text)
    if first and not _RUN.match(text):
        yield _finding(passage, *first.span(), "文の初めの句読点", "")


def unpaired_brackets(passage: Passage) -> Iterator[Finding]:
    """Brackets that are not closed, close nothing, or cross each other."""
    text = passage.text
    numbered = _NUMBERED.match(text)
    skipped = {position for match in _FACE.finditer(text) for position in range(*match.span())}
    if numbered:
        skipped.add(numbered.end() - 1)
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(text):
        mark, position = match.group(), match.start()
        if position in skipped and not (opened and mark in "）)" and opened[-1][0] in "（("):
            continue
        if mark not in _PAIRS:
            opened.append((mark, position))
        elif opened and opened[-1][0] == _PAIRS[mark]:
            opened.pop()
        elif not opened:
            yield _bracket(passage, position, f"対応する「{_PAIRS[mark]}」のないかっこ")
        else:
            yield from _crossed(passage, opened, mark, position)
    for _mark, position in opened:
        yield _bracket(passage, position, "とじていないかっこ")


def _crossed(
    passage: Passage, opened: list[tuple[str, int]], mark: str, position: int
) -> Iterator[Finding]:
    """A closing mark that does not fit the last opened one: says so once and goes on."""
    first = max(0, len(opened) - _DEEPEST)
    fitting = [at for at in range(first, len(opened)) if opened[at][0] == _PAIRS[mark]]
    if not fitting:
        yield _bracket(passage, position, f"対応する「{_PAIRS[mark]}」のないかっこ")
        return
    yield _bracket(passage, opened[-1][1], "かっこの入れちがい（とじる順が逆です）")
    del opened[fitting[-1]]
    # The inner one is told of already; its own closing mark, when it comes, is no other fault.


def _bracket(passage: Passage, position: int, message: str) -> Finding:
    return Finding("brackets", passage, position, position + 1, message)


def _finding(passage: Passage, start: int, end: int, message: str, replacement: str) -> Finding:
    return Finding("punctuation", passage, start, end, message, replacement)
