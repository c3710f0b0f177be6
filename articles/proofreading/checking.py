"""Runs every rule over the passages of one article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from articles.proofreading import characters, content, punctuation, variants, widths
from articles.proofreading.dictionary import house_words
from articles.proofreading.findings import Finding, House
from articles.proofreading.passages import Passage


def check(passages: Sequence[Passage], house: House | None = None) -> list[Finding]:
    """All findings in the order of the text. The time grows with the text's length, not faster."""
    house = house or House()
    order = {id(passage): number for number, passage in enumerate(passages)}
    found = list(_all(passages, house))
    found.sort(key=lambda finding: (order[id(finding.passage)], finding.start, -finding.end))
    return found


def _all(passages: Sequence[Passage], house: House) -> Iterator[Finding]:
    for passage in passages:
        yield from punctuation.doubled_marks(passage)
        yield from punctuation.unpaired_brackets(passage)
        yield from characters.unprintable(passage)
        yield from characters.half_width_kana(passage)
        yield from house_words(passage, house)
        yield from content.empty_links(passage)
    yield from widths.mixed_digits(passages, house.digits)
    yield from widths.mixed_latin(passages, house.latin)
    yield from variants.inconsistent(passages, house)
    yield from content.dates_without_month(passages)
