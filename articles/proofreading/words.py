"""Finds words in a text: exact forms, and verbs and adjectives in all their endings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# What may follow the stem of a word that ends so.
_FOLLOWING = {
    "う": "わいうえおっ",
    "く": "かきくけこい",
    "ぐ": "がぎぐげごい",
    "す": "さしすせそ",
    "つ": "たちつてとっ",
    "ぬ": "なにぬねのん",
    "ぶ": "ばびぶべぼん",
    "む": "まみむめもん",
    "る": "らりるれろっ",
    "い": "いかくけさ",
}
# Verbs in る of the other class (見つける), known by the sound before it. After several kanji
# (出来る) both are possible, and the stem is long enough to say which word it is.
_FOLLOWING_ICHIDAN = "るれろらたてなまよさずちっん"
_BEFORE_ICHIDAN = re.compile("[いきしちにひみりぎじぢびえけせてねへめれげぜでべ]る|[一-鿿]{2}る")
_KATAKANA = re.compile("[ァ-ヺー]")
_LATIN = re.compile("[A-Za-zＡ-Ｚａ-ｚ]")


class Entry(NamedTuple):
    """A word of the house dictionary. Without `right` it is not to be used at all."""

    wrong: tuple[str, ...]
    right: str = ""
    is_banned: bool = False
    inflects: bool = False
    in_quotations: bool = False
    note: str = ""
    # "blocking", "advisory" or "" for the level of the rule.
    level: str = ""


class Hit(NamedTuple):
    start: int
    end: int
    form: str
    key: int


class _Form(NamedTuple):
    form: str
    key: int
    following: str


class WordIndex:
    """Many words, found in one walk over a text.

    `key` of a hit is the number of the group that the form belongs to, in the order of `add()`.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._forms: dict[str, list[_Form]] = defaultdict(list)
        self.entries: list[Entry] = []
        self._first: re.Pattern[str] | None = None
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> int:
        """Adds an entry; its number."""
        key = len(self.entries)
        self.entries.append(entry)
        for form in entry.wrong:
            stem, following = stem_of(form) if entry.inflects else (form, "")
            if stem:
                self._forms[stem[0]].append(_Form(stem, key, following))
                self._forms[stem[0]].sort(key=lambda found: -len(found.form))
        self._first = None
        return key

    def __bool__(self) -> bool:
        return bool(self.entries)

    def forms(self) -> set[str]:
        return {form for entry in self.entries for form in entry.wrong}

    def find(self, text: str) -> Iterator[Hit]:
        """The longest form at each place, none inside another and none inside a longer word."""
        if not self._forms:
            return
        if self._first is None:
            self._first = re.compile("[" + re.escape("".join(self._forms)) + "]")
        position = 0
        while match := self._first.search(text, position):
            position = match.start()
            hit = self._at(text, position)
            if hit is None:
                position += 1
            else:
                yield hit
                position = hit.end

    def _at(self, text: str, start: int) -> Hit | None:
        for form, key, following in self._forms[text[start]]:
            end = start + len(form)
            if not text.startswith(form, start):
                continue
            if following and (end == len(text) or text[end] not in following):
                continue
            if not following and not _is_whole(text, start, end):
                continue
            if not self._is_right_already(text, start, end, key):
                return Hit(start, end, form, key)
        return None

    def _is_right_already(self, text: str, start: int, end: int, key: int) -> bool:
        """Does the form stand there as a part of what the entry says is right?"""
        entry = self.entries[key]
        right = stem_of(entry.right)[0] if entry.inflects else entry.right
        wrong = text[start:end]
        if not right or len(right) <= len(wrong):
            return False
        offset = right.find(wrong)
        while offset >= 0:
            begin = start - offset
            if begin >= 0 and text.startswith(right, begin):
                return True
            offset = right.find(wrong, offset + 1)
        return False


def stem_of(word: str) -> tuple[str, str]:
    """The part of a word that stays in every ending, and what may follow it."""
    following = _FOLLOWING.get(word[-1:], "")
    if _BEFORE_ICHIDAN.fullmatch(word[-2:]) or _BEFORE_ICHIDAN.fullmatch(word[-3:]):
        following = _FOLLOWING_ICHIDAN
    return (word[:-1], following) if following and len(word) > 1 else (word, "")


def _is_whole(text: str, start: int, end: int) -> bool:
    """Katakana and Latin words do not begin or end in the middle of a longer one."""
    for letters in (_KATAKANA, _LATIN):
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        if letters.match(text[start]) and letters.match(before):
            return False
        if letters.match(text[end - 1]) and letters.match(after):
            return False
    return True
