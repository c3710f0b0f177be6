"""表記チェック: the rules of a newsroom's Japanese. Text goes in, findings come out."""

from articles.proofreading.checking import check
from articles.proofreading.findings import Finding, House, Level, Style
from articles.proofreading.passages import Passage, passages_of_html
from articles.proofreading.rules import RULES
from articles.proofreading.words import Entry, WordIndex

__all__ = [
    "RULES",
    "Entry",
    "Finding",
    "House",
    "Level",
    "Passage",
    "Style",
    "WordIndex",
    "check",
    "passages_of_html",
]
