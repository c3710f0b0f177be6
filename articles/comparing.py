"""What differs between two Japanese texts: paragraphs are aligned, then characters compared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Literal, NamedTuple

from diff_match_patch import diff_match_patch

Kind = Literal["same", "added", "removed"]
_KINDS: dict[int, Kind] = {-1: "removed", 0: "same", 1: "added"}
# Below this share of common characters two paragraphs are another text, not a changed one.
_ALIKE = 0.4
# A stretch of unchanged characters this short between two changes reads better as changed.
_CRUMB = 1
# Seconds for one pair of paragraphs; after that the rest of it counts as changed.
_TIMEOUT = 0.2
# More pairs than this are not weighed for likeness: position decides.
_MOST_WEIGHED = 400
_BLOCKS = {"p", "h2", "h3", "h4", "li", "blockquote", "br", "hr", "ul", "ol", "figure", "div"}
_SENTENCE = re.compile(r"[^。！？\n]*[。！？\n]+[」』）]*|[^。！？\n]+$")


class Piece(NamedTuple):
    kind: Kind
    text: str


class Line(NamedTuple):
    """A paragraph of the older text beside its counterpart; one side may be empty."""

    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    merged: tuple[Piece, ...]

    @property
    def is_same(self) -> bool:
        return all(piece.kind == "same" for piece in self.merged)


class Change(NamedTuple):
    """A field that differs, with its lines."""

    name: str
    label: str
    lines: tuple[Line, ...]

    @property
    def is_long(self) -> bool:
        return len(self.lines) > 1


def lines_of(old: Sequence[str], new: Sequence[str]) -> tuple[Line, ...]:
    """Aligns paragraphs first; those that belong together are compared by character."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    lines: list[Line] = []
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        before, after = old[old_from:old_to], new[new_from:new_to]
        if tag == "equal":
            lines += [_line(text, text) for text in before]
        else:
            lines += [_line(left, right) for left, right in _pairs(before, after)]
    return tuple(lines)


def keyed_lines(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Line, ...]:
    """For rows that are known by a key: each against itself, and a line when the order changed."""
    keys = [*old, *(key for key in new if key not in old)]
    lines = [_line(old.get(key), new.get(key)) for key in keys]
    stayed = [key for key in old if key in new], [key for key in new if key in old]
    if stayed[0] != stayed[1]:
        before, after = (
            "並び順：" + " → ".join(_first_words(rows[key]) for key in order)
            for rows, order in zip((old, new), stayed, strict=True)
        )
        lines.append(Line((Piece("removed", before),), (Piece("added", after),),
                          (Piece("removed", before), Piece("added", after))))  # fmt: skip
    return tuple(lines)


def pieces(old: str, new: str) -> list[Piece]:
    """The characters of both texts in reading order, in stretches that a person can follow."""
    differ = diff_match_patch()
    differ.Diff_Timeout = _TIMEOUT
    found = differ.diff_main(old, new)
    differ.diff_cleanupSemantic(found)
    return _without_crumbs([Piece(_KINDS[kind], text) for kind, text in found])


def without_unchanged(lines: Sequence[Line], around: int = 1) -> list[Line | None]:
    """The changed lines with a little around them; None stands for what was left out."""
    near = {
        number + step
        for number, line in enumerate(lines)
        if not line.is_same
        for step in range(-around, around + 1)
    }
    shown: list[Line | None] = []
    for number, line in enumerate(lines):
        if number in near:
            shown.append(line)
        elif not shown or shown[-1] is not None:
            shown.append(None)
    return shown


def readable_blocks(html: str) -> list[str]:
    """A body a line a block, with what readers do not see as letters: addresses, readings."""
    reader = _Readable()
    reader.feed(html)
    reader.close()
    return reader.finished()


class _Readable(HTMLParser):
    _MARKS = {"h2": "■ ", "h3": "● ", "h4": "● ", "li": "・", "blockquote": "＞ "}
    _AROUND = {"rt": ("《", "》"), "strong": ("【", "】"), "em": ("〔", "〕"), "cite": ("―", "")}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._now = self._mark = ""
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_line()
            # A paragraph inside a quotation keeps the quotation's mark.
            self._mark = self._MARKS.get(tag, self._mark if tag == "p" else "")
        self._now += self._AROUND.get(tag, ("", ""))[0]
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif named := [f"{name} {value}" for name, value in attrs if name.startswith("data-")]:
            self._now += f"［{'、'.join(named)}］"
        elif tag == "hr":
            self._now += "＊＊＊"

    def handle_endtag(self, tag: str) -> None:
        self._now += self._AROUND.get(tag, ("", ""))[1]
        if tag == "a" and self._links and (address := self._links.pop()):
            self._now += f"（→{address}）"
        if tag in _BLOCKS:
            self._end_line()
            if tag != "p":
                self._mark = ""

    def handle_data(self, data: str) -> None:
        self._now += data

    def finished(self) -> list[str]:
        self._end_line()
        return self._lines

    def _end_line(self) -> None:
        if self._now.strip():
            self._lines.append(self._mark + " ".join(self._now.split()))
        self._now = ""


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Counterparts in order, alike as possible in sum; a paragraph without one stands alone."""
    if len(old) * len(new) > _MOST_WEIGHED:
        yield from zip_longest(old, new)
        return
    pairs = _most_alike([_bigrams(text) for text in old], [_bigrams(text) for text in new])
    left = right = 0
    for old_at, new_at in [*pairs, (len(old), len(new))]:
        yield from ((text, None) for text in old[left:old_at])
        yield from ((None, text) for text in new[right:new_at])
        if old_at < len(old):
            yield old[old_at], new[new_at]
        left, right = old_at + 1, new_at + 1


def _most_alike(old: Sequence[Counter[str]], new: Sequence[Counter[str]]) -> list[tuple[int, int]]:
    """Which of the old stand for which of the new, without crossing: the best sum of all."""
    best: list[list[tuple[float, list[tuple[int, int]]]]] = [[(0.0, [])] * (len(new) + 1)]
    for old_at, left in enumerate(old):
        row = [best[-1][0]]
        for new_at, right in enumerate(new):
            choices = [best[-1][new_at + 1], row[-1]]
            likeness = _likeness(left, right)
            if likeness >= _ALIKE:
                sum_before, pairs = best[-1][new_at]
                choices.append((sum_before + likeness, [*pairs, (old_at, new_at)]))
            row.append(max(choices, key=lambda choice: choice[0]))
        best.append(row)
    return best[-1][-1][1]


def _bigrams(text: str) -> Counter[str]:
    return Counter(text[at : at + 2] for at in range(max(1, len(text) - 1)))


def _likeness(left: Counter[str], right: Counter[str]) -> float:
    """The share of pairs of letters that both texts have."""
    return 2 * (left & right).total() / (left.total() + right.total())


def _line(old: str | None, new: str | None) -> Line:
    if old == new:
        same = (Piece("same", old or ""),)
        return Line(same, same, same)
    if not old or not new:
        removed = (Piece("removed", old),) if old else ()
        added = (Piece("added", new),) if new else ()
        return Line(removed, added, removed + added)
    merged = tuple(_by_sentence(old, new))
    return Line(
        tuple(piece for piece in merged if piece.kind != "added"),
        tuple(piece for piece in merged if piece.kind != "removed"),
        merged,
    )


def _by_sentence(old: str, new: str) -> Iterator[Piece]:
    """Sentences that stayed are not searched for letters of their neighbours."""
    before, after = _SENTENCE.findall(old) or [old], _SENTENCE.findall(new) or [new]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    found: list[Piece] = []
    for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        found += pieces("".join(before[old_from:old_to]), "".join(after[new_from:new_to]))
    return iter(_joined(found))


def _without_crumbs(found: list[Piece]) -> list[Piece]:
    """Takes single letters that stayed by chance between two changes into the change."""
    result: list[Piece] = []
    for number, piece in enumerate(found):
        is_inside = 0 < number < len(found) - 1
        if piece.kind == "same" and is_inside and len(piece.text) <= _CRUMB:
            result += [Piece("removed", piece.text), Piece("added", piece.text)]
        else:
            result.append(piece)
    return _joined(result)


def _joined(found: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one kind as one; within a change, what went stands before what came."""
    result: list[Piece] = []
    removed = added = ""
    for piece in [*found, Piece("same", "")]:
        if piece.kind == "removed":
            removed += piece.text
        elif piece.kind == "added":
            added += piece.text
        elif piece.text or removed or added:
            if removed or added:
                result += [Piece("removed", removed)] * bool(removed)
                result += [Piece("added", added)] * bool(added)
                removed = added = ""
            if piece.text and result and result[-1].kind == "same":
                result[-1] = Piece("same", result[-1].text + piece.text)
            elif piece.text:
                result.append(piece)
    return result


def _first_words(text: str, most: int = 12) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= most else f"{line[:most]}…"
