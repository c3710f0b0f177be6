"""Numbers and names in a text: one that changes may be a mistake mended. Pure functions."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
# A name as it stands before the word that marks a person; office and honorific may change.
_NAME = re.compile(r"([ァ-ヶー・]{2,}|[一-龥々]{2,6}?)(?:さん|氏|容疑者|被告)")


def changed_facts(old: str, new: str) -> tuple[list[str], list[str]]:
    """The numbers and names that went, and those that came in their place.

    Empty unless both went and came: what is only added or left out is no mended mistake.
    Widths, commas of thousands, counting words and honorifics are wording, and so is a fact that
    stands elsewhere in the text.
    """
    before, after = _facts(old), _facts(new)
    gone = [fact for fact in before if not _stands_in(fact, after)]
    come = [fact for fact in after if not _stands_in(fact, before)]
    return (gone, come) if gone and come else ([], [])


def _facts(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text)
    numbers = [number.replace(",", "") for number in _NUMBER.findall(plain)]
    return list(dict.fromkeys(numbers + _NAME.findall(plain)))


def _stands_in(fact: str, others: list[str]) -> bool:
    """Names are cut from runs of kanji, which may have begun with another word."""
    if fact[0].isdigit():
        return fact in others
    return any(other.endswith(fact) or fact.endswith(other) for other in others)
