"""Two people changed one article: field by field, whose words stand. Pure, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

# Sets of words: what either side added or took away holds, there is nothing to choose.
SETS = frozenset({"tags"})


class Side(Enum):
    """Who changed a field since the version that both began with."""

    NOBODY = "nobody"
    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True)
class Part:
    """One field in three states; `base` is None when nobody knows what both began with."""

    name: str
    base: Any
    mine: Any
    theirs: Any
    has_base: bool = True

    @property
    def side(self) -> Side:
        if self.mine == self.theirs:
            return Side.NOBODY
        if self.has_base and self.mine == self.base:
            return Side.THEIRS
        if self.has_base and self.theirs == self.base:
            return Side.MINE
        return Side.MINE if self._is_joined else Side.BOTH

    @property
    def merged(self) -> Any:
        """What stands after merging; where both changed, mine until somebody chooses."""
        if self._is_joined and self.mine != self.theirs:
            return _join(self.base, self.mine, self.theirs)
        return self.theirs if self.side is Side.THEIRS else self.mine

    @property
    def _is_joined(self) -> bool:
        return self.has_base and self.name in SETS


def compare(
    base: Mapping[str, Any] | None, mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> list[Part]:
    """Every field that mine and theirs both have, in the order of mine."""
    known = base or {}
    return [
        Part(name, known.get(name), mine[name], theirs[name], has_base=name in known)
        for name in mine
        if name in theirs
    ]


def _join(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    gone = (set(base) - set(mine)) | (set(base) - set(theirs))
    both = dict.fromkeys([*mine, *theirs])
    return [item for item in both if item not in gone]
