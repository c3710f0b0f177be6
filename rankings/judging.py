"""Decides for each record whether it counts. Pure: no database, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field

from rankings.records import AMOUNT, ARTICLE, AT, REASON, REASONS, Fields

# An article counts as read (読了) from this depth in percent.
READ_DEPTH = 90
# The end of a view has its own repeats and its own cap.
_LEAVING = 0x5A5A5A5A5A5A5A5A

# Hour and article in one number, which is quicker than a tuple: hour << 32 | article.
Place = int


def place_of(hour: int, article: int) -> Place:
    return hour << 32 | article


@dataclass(frozen=True)
class Rules:
    repeat_seconds: int
    network_cap: int


@dataclass
class Tally:
    """What records add to the numbers."""

    # Places of views, as often as each was viewed: received, counted, by a new visitor.
    raw: Counter[Place] = field(default_factory=Counter)
    views: Counter[Place] = field(default_factory=Counter)
    visitors: Counter[Place] = field(default_factory=Counter)
    reads: Counter[Place] = field(default_factory=Counter)
    seconds: Counter[Place] = field(default_factory=Counter)
    # The most from one network, where that is more than one.
    top_network: dict[Place, int] = field(default_factory=dict)
    # By hour and reason; by hour, article and network.
    refused: Counter[tuple[int, str]] = field(default_factory=Counter)
    held: Counter[tuple[int, int, int]] = field(default_factory=Counter)
    # What the memory must keep.
    visited: list[int] = field(default_factory=list)
    visited_at: list[int] = field(default_factory=list)
    networks: list[int] = field(default_factory=list)

    def refusals(self) -> dict[str, int]:
        """Refused views by reason."""
        sums: Counter[str] = Counter()
        for (_, reason), amount in self.refused.items():
            sums[reason] += amount
        return dict(sums)


class Judge:
    """Sees records one after the other.

    `seen` (when a visitor of an article was last counted) and `networks` (views by network,
    article and hour) are what earlier drains know; they grow with what is counted here.
    """

    def __init__(
        self, rules: Rules, seen: MutableMapping[int, int], networks: MutableMapping[int, int]
    ) -> None:
        self._rules = rules
        self._seen = seen
        self._networks = networks
        self.tally = Tally()

    def views(self, records: Sequence[Fields]) -> None:
        tally, seen, networks = self.tally, self._seen, self._networks
        repeat, cap = self._rules.repeat_seconds, self._rules.network_cap
        # Lists that are summed up at the end: adding to a counter view by view takes longer.
        counted: list[Place] = []
        by_new_visitors: list[Place] = []
        for _, article, at, visitor, network, _, _, _, _, _, reason, _ in records:
            if reason:
                tally.refused[at // 3600, REASONS[reason]] += 1
                continue
            last = seen.get(visitor) if visitor else None
            # Files are not read in the order of time: a later view may be known already.
            if last is not None and -repeat < at - last < repeat:
                tally.refused[at // 3600, "repeat"] += 1
                continue
            hour = at // 3600
            place = hour << 32 | article
            networks[network] = from_network = networks.get(network, 0) + 1
            tally.networks.append(network)
            if visitor:
                seen[visitor] = at
                tally.visited.append(visitor)
                tally.visited_at.append(at)
            if from_network > 1:
                tally.top_network[place] = max(from_network, tally.top_network.get(place, 0))
                if from_network > cap:
                    tally.held[hour, article, network] += 1
                    tally.refused[hour, "network"] += 1
                    continue
            counted.append(place)
            if visitor and (last is None or last // 3600 != hour):
                by_new_visitors.append(place)
        tally.raw.update([record[AT] // 3600 << 32 | record[ARTICLE] for record in records])
        tally.views.update(counted)
        tally.visitors.update(by_new_visitors)

    def leaves(self, records: Iterable[Fields]) -> None:
        """The ends of views: they add seconds and reads, never views."""
        for _, article, at, visitor, network, _, seconds, depth, _, _, reason, _ in records:
            if reason:
                continue
            leaving = network ^ _LEAVING
            self._networks[leaving] = from_network = self._networks.get(leaving, 0) + 1
            self.tally.networks.append(leaving)
            if from_network > self._rules.network_cap:
                continue
            place = place_of(at // 3600, article)
            self.tally.seconds[place] += seconds
            if depth >= READ_DEPTH and self._is_first_read(visitor, at):
                self.tally.reads[place] += 1

    def _is_first_read(self, visitor: int, at: int) -> bool:
        if not visitor:
            return True
        leaving = visitor ^ _LEAVING
        last = self._seen.get(leaving)
        if last is not None and abs(at - last) < self._rules.repeat_seconds:
            return False
        self._seen[leaving] = at
        self.tally.visited.append(leaving)
        self.tally.visited_at.append(at)
        return True

    def refusals(self, records: Iterable[Fields]) -> None:
        """What the door refused, as sums."""
        for record in records:
            self.refuse(record[AT], REASONS[record[REASON]], record[AMOUNT])

    def refuse(self, at: int, reason: str, amount: int = 1) -> None:
        if amount:
            self.tally.refused[at // 3600, reason] += amount
