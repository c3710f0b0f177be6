"""What the newsroom has decided for a section: its dictionary and how strict each rule is."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q

from articles.models import CheckRule, DictionaryEntry
from articles.proofreading import House, Level, Style, WordIndex

ALWAYS = frozenset({"headline", "body", "section"})


class HouseRules(NamedTuple):
    """The rules as a section has them. What the house says nothing of has its default."""

    house: House
    levels: dict[str, Level]

    def level(self, rule: str, default: Level) -> Level:
        return Level.BLOCKING if rule in ALWAYS else self.levels.get(rule, default)


def house_rules(section_id: int | None) -> HouseRules:
    """Two queries. A rule of the section goes before the one for all sections."""
    here = Q(section=None) | Q(section=section_id)
    # Those for all sections come first and are overwritten.
    rules = sorted(CheckRule.objects.filter(here), key=lambda rule: rule.section_id or 0)
    levels = {rule.rule: Level(rule.level) for rule in rules}
    styles = {rule.rule: Style(rule.style) for rule in rules}
    words = WordIndex(entry.entry for entry in DictionaryEntry.objects.filter(here))
    house = House(words, styles.get("digits", Style.ANY), styles.get("latin", Style.ANY))
    return HouseRules(house, levels)
