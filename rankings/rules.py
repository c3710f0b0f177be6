"""The desk's verbs on rankings: preview, apply and lift a rule. They never change a count.

Applying computes the lists at once and marks the pages that show them as out of date, so that
readers see the rule at their next request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from articles.auditing import record
from articles.caching import RANKING, invalidate
from articles.models import Article, Section
from rankings.models import RankingRule, Window
from rankings.ranking import active_rules, compute, ranked_lists

PREVIEWED = 10


@dataclass(frozen=True)
class Comparison:
    """A list without and with a rule: headlines in their order."""

    title: str
    before: list[tuple[int, str]]
    after: list[tuple[int, str]]

    @property
    def changes(self) -> bool:
        return self.before != self.after


def preview(rule: RankingRule) -> list[Comparison]:
    """What a rule that is not saved yet would change, in the lists that it concerns most."""
    at = timezone.now()
    others = [other for other in active_rules(at) if other.pk != rule.pk]
    without = ranked_lists(at, others)
    with_rule = ranked_lists(at, [*others, rule] if _holds(rule) else others)
    window = Window(rule.window or Window.DAILY)
    article_section: Section = rule.article.section
    sections = [rule.section] if rule.section else [None, article_section]
    keys = [(window.value, section.pk if section else None) for section in sections]
    ids = {c.article_id for key in keys for c in without[key] + with_rule[key]}
    headlines = dict(Article.objects.filter(pk__in=ids).values_list("pk", "headline"))
    return [
        Comparison(
            f"{section or '全体'}・{window.label}",
            [(c.article_id, headlines[c.article_id]) for c in without[key][:PREVIEWED]],
            [(c.article_id, headlines[c.article_id]) for c in with_rule[key][:PREVIEWED]],
        )
        for section, key in zip(sections, keys, strict=True)
    ]


@transaction.atomic
def apply_rule(rule: RankingRule, *, by: Any) -> None:
    """Saves a rule, notes who and why, and shows readers the lists that it makes."""
    old = RankingRule.objects.filter(pk=rule.pk).first() if rule.pk else None
    if old is None:
        rule.created_by = by
    rule.save()
    values = (_values(old) if old else {}, _values(rule))
    record("ranking_rule", rule, by=by, values=values, reason=rule.reason)
    _show(rule)


@transaction.atomic
def lift_rule(rule: RankingRule, *, by: Any) -> None:
    """Takes a rule away; the numbers speak again at once."""
    record("ranking_rule_lifted", rule, by=by, values=(_values(rule), {}), reason=rule.reason)
    rule.delete()
    _show(rule)


def _show(rule: RankingRule) -> None:
    compute()
    invalidate({RANKING})


def _holds(rule: RankingRule) -> bool:
    now = timezone.now()
    begun = rule.starts_at is None or rule.starts_at <= now
    return begun and (rule.until is None or rule.until > now)


def _values(rule: RankingRule) -> dict[str, Any]:
    return {
        "kind": str(rule.kind),
        "article": rule.article_id,
        "window": str(rule.window),
        "section": rule.section_id,
        "place": rule.place,
        "starts_at": rule.starts_at.isoformat() if rule.starts_at else None,
        "until": rule.until.isoformat() if rule.until else None,
        "reason": rule.reason,
    }
