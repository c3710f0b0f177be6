"""Writes the lists: what stands now, where it stood, who is new. Swapped in whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Max

from articles.caching import ranking_key, refresh
from articles.models import Section
from rankings.models import Debut, PastSnapshot, Snapshot, SnapshotItem, Window
from rankings.past import compared_lists
from rankings.placing import Contender, previous_ranks

# By how much the last place of a list may fall between two passes; beyond that the list is
# only read twice. The sum of all time does not fall.
FALLING, HELD = 0.6, 0.98

# Pages are made anew when one of so many first places has changed.
SEEN_FIRST = 10

# A window, and a section or None for the whole site.
ListKey = tuple[str, int | None]
Lists = Mapping[ListKey, list[Contender]]


class Standing(NamedTuple):
    """An item of a list, without its place."""

    article_id: int
    views: int
    previous_rank: int | None
    entered_at: datetime


class Place(NamedTuple):
    """A row to write: a list, a rank and what stands there."""

    snapshot_id: int
    rank: int
    item: Standing


@dataclass
class Swap:
    """What a pass has to write, gathered list by list."""

    at: datetime
    generation: int
    places: list[Place] = field(default_factory=list)
    # Lists that became shorter, with their new length.
    shorter: dict[int, int] = field(default_factory=dict)
    past: list[PastSnapshot] = field(default_factory=list)
    # Surrogate keys of lists whose first places changed.
    due: set[str] = field(default_factory=set)


def last_pass() -> tuple[datetime | None, int]:
    """When the lists were last computed, and the number of that pass."""
    latest = Snapshot.objects.aggregate(at=Max("computed_at"), generation=Max("generation"))
    return latest["at"], latest["generation"] or 0


def list_keys() -> list[ListKey]:
    sections: list[int | None] = [None, *Section.objects.values_list("pk", flat=True)]
    return [(window.value, section) for window in Window for section in sections]


def last_places(depth: int) -> dict[ListKey, float]:
    """What an article should have to be looked at for a list: a share of its last item's views."""
    rows = SnapshotItem.objects.filter(rank=depth).values_list(
        "snapshot__window", "snapshot__section", "views"
    )
    return {
        (window, section): views * (HELD if window == Window.ALL else FALLING)
        for window, section, views in rows
        if window != Window.RISING
    }


def swap(lists: Lists, at: datetime) -> int:
    """Puts the lists in place of the old ones and returns how many changed their order.

    Call it in a transaction. Only places that changed are written.
    """
    snapshots = _snapshots(at)
    standing, compared = _standing(), compared_lists(at)
    new = Swap(at, last_pass()[1] + 1)
    ranked_by_pk = {snapshots[key].pk: ranked for key, ranked in lists.items()}
    entered = _entries(ranked_by_pk, standing, at, begun=compared.keys())
    for key, ranked in lists.items():
        pk = snapshots[key].pk
        before = previous_ranks(compared.get(pk, []))
        items = [
            Standing(c.article_id, c.views, before.get(c.article_id), entered[pk, c.article_id])
            for c in ranked
        ]
        old = standing.get(pk, [])
        _gather(new, pk, items, old, is_first=pk not in compared)
        if _seen_first(items) != _seen_first(old):
            new.due.add(ranking_key(*key))
    for pk, length in new.shorter.items():
        SnapshotItem.objects.filter(snapshot=pk, rank__gt=length).delete()
    _write(new.places)
    PastSnapshot.objects.bulk_create(new.past)
    pks = [snapshots[key].pk for key in lists]
    Snapshot.objects.filter(pk__in=pks).update(computed_at=at, generation=new.generation)
    if new.due:
        refresh(new.due)
    return len(new.past)


def _snapshots(at: datetime) -> dict[ListKey, Snapshot]:
    """Every list's row by its key, made where a section is new."""
    found = {(row.window, row.section_id): row for row in Snapshot.objects.all()}
    missing = [key for key in list_keys() if key not in found]
    if missing:
        Snapshot.objects.bulk_create(
            [Snapshot(window=w, section_id=s, computed_at=at) for w, s in missing],
            ignore_conflicts=True,
        )
        found = {(row.window, row.section_id): row for row in Snapshot.objects.all()}
    return found


def _standing() -> dict[int, list[Standing]]:
    standing: dict[int, list[Standing]] = {}
    rows = SnapshotItem.objects.order_by("snapshot_id", "rank")
    for snapshot, article, views, previous, entered in rows.values_list(
        "snapshot_id", "article_id", "views", "previous_rank", "entered_at"
    ):
        item = Standing(article, views, previous, entered)
        standing.setdefault(snapshot, []).append(item)
    return standing


def _entries(
    ranked: Mapping[int, list[Contender]],
    standing: Mapping[int, list[Standing]],
    at: datetime,
    *,
    begun: Collection[int],
) -> dict[tuple[int, int], datetime]:
    """When every article entered its list: as it stands, earlier once, or now.

    In the first pass of a list nobody is new by that alone: the publish time counts.
    """
    entered = {
        (pk, item.article_id): item.entered_at for pk, items in standing.items() for item in items
    }
    missing = {
        (pk, contender.article_id): contender.published
        for pk, contenders in ranked.items()
        for contender in contenders
        if (pk, contender.article_id) not in entered
    }
    if not missing:
        return entered
    known = _known_debuts(missing)
    debuts = []
    for (pk, article_id), published in missing.items():
        first = datetime.fromtimestamp(published, UTC) if published and pk not in begun else at
        entered[pk, article_id] = known.get((pk, article_id), first)
        if (pk, article_id) not in known:
            debuts.append(Debut(snapshot_id=pk, article_id=article_id, entered_at=first))
    Debut.objects.bulk_create(debuts, ignore_conflicts=True)
    return entered


def _known_debuts(missing: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], datetime]:
    rows = Debut.objects.filter(
        snapshot__in={pk for pk, _ in missing}, article_id__in={article for _, article in missing}
    ).values_list("snapshot_id", "article_id", "entered_at")
    return {(pk, article_id): entered_at for pk, article_id, entered_at in rows}


def _gather(
    new: Swap, pk: int, items: list[Standing], old: list[Standing], *, is_first: bool
) -> None:
    """Notes the places that changed, a shorter end, and the order when it is another one."""
    new.places += [
        Place(pk, rank, item)
        for rank, item in enumerate(items, start=1)
        if rank > len(old) or item != old[rank - 1]
    ]
    if len(items) < len(old):
        new.shorter[pk] = len(items)
    order = [item.article_id for item in items]
    if order != [item.article_id for item in old] or (is_first and order):
        views = [item.views for item in items]
        new.past.append(
            PastSnapshot(
                snapshot_id=pk,
                generation=new.generation,
                stood_from=new.at,
                article_ids=order,
                views=views,
            )
        )


def _seen_first(items: list[Standing]) -> list[tuple[int, int | None]]:
    """What a page with a ranking shows of it, counts apart."""
    return [(item.article_id, item.previous_rank) for item in items[:SEEN_FIRST]]


def _write(places: list[Place]) -> None:
    """One statement for all places. Thousands of model instances would cost more than the pass."""
    if not places:
        return
    rows = [(place.snapshot_id, place.rank, *place.item) for place in places]
    columns = ("snapshot_id", "rank", "article_id", "views", "previous_rank", "entered_at")
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns[2:])
    into = f"INSERT INTO {SnapshotItem._meta.db_table} ({', '.join(columns)})"
    update = f"ON CONFLICT (snapshot_id, rank) DO UPDATE SET {changes}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = ("bigint", "smallint", "bigint", "bigint", "smallint", "timestamptz")
            arrays = ", ".join(f"%s::{kind}[]" for kind in types)
            arguments = [list(column) for column in zip(*rows, strict=True)]
            from_arrays = f"SELECT * FROM unnest({arrays})"  # noqa: S608
            cursor.execute(f"{into} {from_arrays} {update}", arguments)
        else:
            adapted = [(*row[:5], connection.ops.adapt_datetimefield_value(row[5])) for row in rows]
            cursor.executemany(f"{into} VALUES (%s, %s, %s, %s, %s, %s) {update}", adapted)
