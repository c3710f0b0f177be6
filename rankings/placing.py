"""How counts become places: order, ties, the desk's rules, movement. Pure, without a database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

NEW_FOR = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Contender:
    """An article that may stand in a list. `score` orders, `views` is what readers are told."""

    article_id: int
    section_id: int
    views: int
    score: float
    visitors: float = 0
    # Epoch seconds.
    published: float = 0.0


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule of the desk for one list, without the model around it. `place` counts from 1."""

    kind: str
    article_id: int
    place: int | None = None


class Movement(StrEnum):
    UP = "up"
    DOWN = "down"
    SAME = "same"
    NEW = "new"
    # Was in the list at some time, but not in the one that this is compared with.
    BACK = "back"


def by_rank(contender: Contender) -> tuple[float, float, float, int]:
    """The one tie rule: score, then visitors, then the newer article, then the higher id."""
    return (-contender.score, -contender.visitors, -contender.published, -contender.article_id)


def place(
    contenders: Iterable[Contender], rules: Collection[Ruling] = (), *, depth: int
) -> list[Contender]:
    """The list in its order, rules applied, `depth` items at most.

    Excluded articles leave, capped ones go down to their place, and pinned ones are put in
    last, so that a pin stands exactly where the desk said. Nobody stands in a list without
    views but by a pin.
    """
    excluded = {rule.article_id for rule in rules if rule.kind == "exclude"}
    pinned = {rule.article_id for rule in rules if rule.kind == "pin"}
    ranked = sorted(
        (
            contender
            for contender in contenders
            if contender.article_id not in excluded
            and (contender.score > 0 or contender.article_id in pinned)
        ),
        key=by_rank,
    )
    for kind in ("cap", "pin"):
        ruled = [rule for rule in rules if rule.kind == kind]
        for rule in sorted(ruled, key=lambda rule: rule.place or 1):
            _move(ranked, rule)
    return ranked[:depth]


def _move(ranked: list[Contender], rule: Ruling) -> None:
    where = next((i for i, c in enumerate(ranked) if c.article_id == rule.article_id), None)
    target = (rule.place or 1) - 1
    if where is None or (rule.kind == "cap" and where >= target):
        return
    ranked.insert(min(target, len(ranked)), ranked.pop(where))


def previous_ranks(article_ids: Sequence[int]) -> dict[int, int]:
    return {article_id: rank for rank, article_id in enumerate(article_ids, start=1)}


def movement(rank: int, previous: int | None, entered_at: datetime, at: datetime) -> Movement:
    if previous is None:
        return Movement.NEW if at - entered_at < NEW_FOR else Movement.BACK
    if previous == rank:
        return Movement.SAME
    return Movement.UP if previous > rank else Movement.DOWN
