"""Computes every list of every window from the counts, in one pass."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from rankings import snapshots, topics
from rankings.contenders import contenders, rankable
from rankings.models import RankingRule, Window
from rankings.placing import Contender, Ruling, place
from rankings.rebuilding import rebuild_counts
from rankings.snapshots import ListKey

DEPTH = 50
# Any number; it names the turn of the ranking among PostgreSQL's advisory locks.
TURN = 7_316_204


@dataclass(frozen=True)
class ComputeReport:
    """What a pass did. `seconds` is the time it took."""

    at: datetime
    lists: int = 0
    items: int = 0
    changed: int = 0
    topics: int = 0
    seconds: float = 0.0
    skipped: bool = False

    def __str__(self) -> str:
        if self.skipped:
            return "ランキングはほかの処理が集計しています。"
        return (
            f"ランキング{self.lists}表（{self.items}項目、順位の変化{self.changed}表）と"
            f"トピック{self.topics}項目を{self.seconds:.2f}秒で集計しました。"
        )


def compute(now: datetime | None = None) -> ComputeReport:
    """Makes all lists anew and swaps them in. Two at once follow each other; the later wins."""
    at = now or timezone.now()
    started = time.perf_counter()
    # Read before the transaction: on SQLite it keeps every writer out while it lasts.
    lists = ranked_lists(at)
    placed = topics.placed(at)
    with transaction.atomic():
        _take_turn()
        if _overtaken(at):
            return ComputeReport(at, skipped=True)
        changed = snapshots.swap(lists, at)
        topics.swap(placed, at)
    return ComputeReport(
        at,
        lists=len(lists),
        items=sum(len(ranked) for ranked in lists.values()),
        changed=changed,
        topics=len(placed),
        seconds=time.perf_counter() - started,
    )


def rebuild(now: datetime | None = None) -> ComputeReport:
    """Makes days, windows and totals anew from the hours, then the lists from them."""
    at = now or timezone.now()
    rebuild_counts(at)
    return compute(at)


def ranked_lists(
    at: datetime, rules: list[RankingRule] | None = None
) -> dict[ListKey, list[Contender]]:
    """Every list as it would stand at a time. `rules` replaces the desk's own, for a preview."""
    rules = active_rules(at) if rules is None else rules
    found = contenders(at, keep=DEPTH + len(rules), bounds=snapshots.last_places(DEPTH))
    pinned = _pinned(at, rules)
    lists: dict[ListKey, list[Contender]] = {key: [] for key in snapshots.list_keys()}
    for window, group in found.items():
        for section, members in _by_list(_with_pinned(group, pinned)).items():
            rulings = [_ruling(rule) for rule in rules if _concerns(rule, window, section)]
            if (window.value, section) in lists:
                lists[window.value, section] = place(members, rulings, depth=DEPTH)
    return lists


def active_rules(at: datetime) -> list[RankingRule]:
    return list(
        RankingRule.objects.filter(
            Q(starts_at=None) | Q(starts_at__lte=at), Q(until=None) | Q(until__gt=at)
        ).order_by("id")
    )


def _take_turn() -> None:
    # SQLite's transactions are immediate: there the transaction itself is the turn.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TURN])


def _overtaken(at: datetime) -> bool:
    """Whether a pass that began later is already in. A clock set back does not count."""
    latest, _ = snapshots.last_pass()
    return latest is not None and timedelta(0) < latest - at < timedelta(minutes=1)


def _pinned(at: datetime, rules: list[RankingRule]) -> dict[int, Contender]:
    """Pinned articles stand in their lists even without views."""
    ids = {rule.article_id for rule in rules if rule.kind == RankingRule.Kind.PIN}
    if not ids:
        return {}
    rows = rankable(at).filter(pk__in=ids).values_list("pk", "section_id")
    return {pk: Contender(pk, section, 0, 0.0) for pk, section in rows}


def _with_pinned(group: list[Contender], pinned: dict[int, Contender]) -> list[Contender]:
    present = {contender.article_id for contender in group}
    return group + [contender for pk, contender in pinned.items() if pk not in present]


def _by_list(group: list[Contender]) -> dict[int | None, list[Contender]]:
    lists: dict[int | None, list[Contender]] = defaultdict(list)
    lists[None] = group
    for contender in group:
        lists[contender.section_id].append(contender)
    return lists


def _concerns(rule: RankingRule, window: Window, section: int | None) -> bool:
    return rule.window in {"", window.value} and rule.section_id in {None, section}


def _ruling(rule: RankingRule) -> Ruling:
    return Ruling(rule.kind, rule.article_id, rule.place)
