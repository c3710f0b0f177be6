"""Views on their way into numbers, the numbers, and the lists made from them."""

from rankings.models.buckets import DayBucket, HourBucket, WindowTotal
from rankings.models.imported import ImportedViews
from rankings.models.intake import (
    CountedBatch,
    CountingState,
    DailySalt,
    HeldViews,
    RefusedViews,
    SourcePosition,
)
from rankings.models.snapshot import (
    Debut,
    PastSnapshot,
    RankingRule,
    Snapshot,
    SnapshotItem,
    TopicItem,
    Window,
)

__all__ = [
    "CountedBatch",
    "CountingState",
    "DailySalt",
    "DayBucket",
    "Debut",
    "HeldViews",
    "HourBucket",
    "ImportedViews",
    "PastSnapshot",
    "RankingRule",
    "RefusedViews",
    "Snapshot",
    "SnapshotItem",
    "SourcePosition",
    "TopicItem",
    "Window",
    "WindowTotal",
]
