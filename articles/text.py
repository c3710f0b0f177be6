"""Japanese text: folding, tags, phrases, lengths. Pure functions without Django."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from html import escape
from itertools import pairwise

import budoux
import jaconv

# A headline is stored with this mark at every place where a line may break. U+200B is what
# Unicode itself calls a line-break opportunity without a visible space.
PHRASE_MARK = "\u200b"

_TAG_SEPARATORS = re.compile(r"[、，,\r\n]+")
# A line may break here without a mark, and a mark keeps browsers from closing the gap of 、「.
_BREAK_OF_ITS_OWN = re.compile("([、。，．！？）」』】])<wbr>([（「『【])")
_BLANKS = re.compile(r"\s+")
# C0 and C1 controls but tab and line feed, zero-width marks, the byte-order mark, surrogates and
# the two code points that XML has no way to write.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200c\u200e\u200f\u2028\u2029\u2060\ufeff\ufffe\uffff"
    "\ud800-\udfff]"
)


def strip_unwanted(text: str) -> str:
    """Text without control characters, zero-width marks and lone surrogates."""
    return _UNWANTED.sub("", text)


def one_line(text: str) -> str:
    """Text on one line: unwanted characters gone, runs of white space one space."""
    return _BLANKS.sub(" ", strip_unwanted(text)).strip()


def fold(text: str) -> str:
    """The form in which texts are compared and searched: NFKC, lower case, kana as hiragana."""
    normal = unicodedata.normalize("NFKC", strip_unwanted(text)).casefold()
    return _BLANKS.sub(" ", jaconv.kata2hira(normal)).strip()


def grams(text: str) -> set[str]:
    """Every character of a folded text and every two neighbours on the same line."""
    found: set[str] = set()
    for line in text.split("\n"):
        found.update(line)
        found.update(map("".join, pairwise(line)))
    return found


def fold_tag(name: str) -> str:
    """The form in which two spellings of a tag are the same tag: NFKC, one space between words."""
    return one_line(unicodedata.normalize("NFKC", name))


def split_tags(text: str) -> list[str]:
    """Tag names in what an editor typed: `、 ， ,` and line breaks separate, spaces do not.

    Names come NFKC-folded, in the order typed, each once whatever its case.
    """
    names: dict[str, str] = {}
    for part in _TAG_SEPARATORS.split(text or ""):
        name = fold_tag(part)
        if name:
            names.setdefault(name.casefold(), name)
    return list(names.values())


def join_tags(tags: Iterable[object]) -> str:
    """Tags as an editor reads and types them; takes names or objects that have one."""
    return "、".join(sorted(str(getattr(tag, "name", tag)) for tag in tags))


@cache
def _phrase_parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def mark_phrases(headline: str) -> str:
    """The headline with PHRASE_MARK between its phrases (文節), found by BudouX."""
    if not headline:
        return ""
    return PHRASE_MARK.join(_phrase_parser().parse(headline))


def phrases_html(marked: str) -> str:
    """A marked headline as escaped HTML with `<wbr>` at its breaks."""
    phrases = [escape(phrase) for phrase in marked.split(PHRASE_MARK)]
    return _BREAK_OF_ITS_OWN.sub(r"\1\2", "<wbr>".join(phrases))


@lru_cache(maxsize=2048)
def phrased_html(text: str) -> str:
    """A text without stored marks, such as a heading in a body, as HTML with `<wbr>`.

    Remembered: BudouX takes 0.3 ms for a line, a tenth of what a whole page takes.
    """
    return phrases_html(mark_phrases(text))


def width(text: str) -> float:
    """Length in full-width characters: half-width ones count one half."""
    return sum(
        1.0 if unicodedata.east_asian_width(character) in "FWA" else 0.5 for character in text
    )


def reading_minutes(text: str) -> int:
    """Minutes for a reader at 600 characters a minute, at least one."""
    return max(1, round(len(text) / 600))


def cut(text: str, length: int) -> str:
    """At most `length` characters; a cut is shown by an ellipsis within them."""
    return text if len(text) <= length else text[: length - 1].rstrip("、。 ") + "…"
