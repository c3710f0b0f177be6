"""What is late, stuck or wrong between a view and a rank, in sentences for an operator."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from rankings import spool
from rankings.models import CountingState, SourcePosition
from rankings.rebuilding import disagreements
from rankings.snapshots import last_pass
from rankings.sources import START, all_sources
from rankings.turns import epoch_hour

LATE_AFTER = timedelta(minutes=5)


def problems(at: datetime, *, sums: bool = True) -> list[str]:
    """What is wrong beyond lateness; empty when all is well. `sums` compares totals: slow."""
    found = _spool()
    state = CountingState.objects.first()
    if state is None:
        return found
    behind = epoch_hour(at.timestamp()) - state.newest_hour
    if behind > 1:
        found.append(
            f"期間の合計が{behind}時間前のままです。workerが動いているか確かめてください。"
        )
    if sums:
        found += [
            f"{sentence}rebuild_rankings で作り直せます。"
            for sentence in disagreements(state.newest_hour)
        ]
    return found


def oldest_undrained(at: datetime) -> float | None:
    """The age in seconds of the oldest view that is not counted; None when all are."""
    positions = dict(SourcePosition.objects.values_list("source", "position"))
    ages = []
    for source in all_sources():
        batch = source.read(positions.get(source.name, START), 1)
        if batch is not None and source.is_there():
            ages += [at.timestamp() - record[2] for record in batch.records]
    return max(ages, default=None)


def snapshot_age(at: datetime) -> float | None:
    """The age of the lists in seconds; None before the first pass."""
    computed, _ = last_pass()
    return None if computed is None else (at - computed).total_seconds()


def late_views(at: datetime) -> list[str]:
    """Views that wait longer than they should."""
    age = oldest_undrained(at)
    if age is None or age <= LATE_AFTER.total_seconds():
        return []
    late = f"{age / 60:.0f}分前の閲覧がまだ集計されていません。"
    return [late + "worker（または drain_views）が動いているか確かめてください。"]


def late_lists(at: datetime) -> list[str]:
    """Rankings that are older than they should be."""
    age = snapshot_age(at)
    if age is None:
        return ["ランキングがまだ集計されていません。compute_rankings で集計できます。"]
    if age <= LATE_AFTER.total_seconds():
        return []
    return [f"ランキングの集計が{age / 60:.0f}分前から止まっています。"]


def _spool() -> list[str]:
    """Files that nobody will ever count: of another kind, or not ours to read."""
    folder = Path(settings.SPOOL_DIR)
    if not folder.is_dir():
        return []
    known = set(spool.spool_files(folder))
    found = []
    for path in sorted(folder.iterdir()):
        if path in known and not os.access(path, os.R_OK):
            found.append(f"集計用のファイル {path} を読む権限がありません。")
        elif path not in known and path.is_file() and path.stat().st_size:
            found.append(f"集計用のフォルダーに、読み手のないファイル {path} があります。")
    return found
