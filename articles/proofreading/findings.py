"""What a check is told about the house, and what it says about a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from articles.proofreading.passages import Passage
from articles.proofreading.words import WordIndex


class Level(StrEnum):
    """What a finding of a rule means for publication."""

    BLOCKING = "blocking"
    ADVISORY = "advisory"
    OFF = "off"


class Style(StrEnum):
    """How the house writes digits, or Latin letters."""

    # One way inside an article, whichever it is.
    ANY = ""
    HALF = "half"
    FULL = "full"
    # A digit or letter that stands alone is full-width, several are half-width: ５人, 25人.
    SINGLE_FULL = "single_full"


@dataclass(frozen=True)
class House:
    """The house's own rules: its words, and how it writes digits and Latin letters."""

    words: WordIndex = field(default_factory=WordIndex)
    digits: Style = Style.ANY
    latin: Style = Style.ANY


class Finding(NamedTuple):
    """One place that a rule speaks of. `start` and `end` count characters of its passage."""

    rule: str
    passage: Passage
    start: int
    end: int
    message: str
    # What to write there instead; "" deletes, None where only a person can say.
    replacement: str | None = None
    # The level of the dictionary's entry when it has one of its own.
    level: Level | None = None

    @property
    def words(self) -> str:
        return self.passage.text[self.start : self.end]
