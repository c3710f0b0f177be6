"""How the lists stood before: what movement is measured against, replay, an article's history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce

from articles.models import Section
from rankings.models import Debut, PastSnapshot, Snapshot, Window

# A list is compared with itself an hour ago, a slow one with itself a day ago. Compared with
# the last pass, half a minute ago, nothing would ever seem to move.
QUICK = (Window.HOURLY, Window.DAILY, Window.RISING)
QUICK_AGO, SLOW_AGO = timedelta(hours=1), timedelta(hours=24)
# Every order for a day; then the first of each hour.
KEEP_ALL_FOR = timedelta(hours=25)
KEEP_FOR = timedelta(days=35)
# How far back a pruning looks for orders to thin out.
THINNED_LATELY = timedelta(days=3)
ROWS_AT_ONCE = 5000


class RankPoint(NamedTuple):
    """Where an article stood from a time on; None is outside the list."""

    at: datetime
    rank: int | None


def compared_lists(at: datetime) -> dict[int, list[int]]:
    """By list, the ids in the order that its movement is measured against.

    The order that stood an hour (or a day) ago; of a younger list, its first one.
    """
    slow = [window for window in Window if window not in QUICK]
    wanted = [*_orders_then(QUICK, at - QUICK_AGO), *_orders_then(slow, at - SLOW_AGO)]
    rows = PastSnapshot.objects.filter(pk__in=wanted)
    return dict(rows.values_list("snapshot_id", "article_ids"))


def _orders_then(windows: Sequence[Window], then: datetime) -> list[int]:
    past = PastSnapshot.objects.filter(snapshot=OuterRef("pk"))
    standing = past.filter(stood_from__lte=then).order_by("-stood_from", "-id")
    first = past.order_by("stood_from", "id")
    found = Snapshot.objects.filter(window__in=windows).annotate(
        order=Coalesce(Subquery(standing.values("pk")[:1]), Subquery(first.values("pk")[:1]))
    )
    return list(found.exclude(order=None).values_list("order", flat=True))


def stood_at(window: Window, section: Section | None, at: datetime) -> PastSnapshot | None:
    """The list as readers saw it at a time, to the hour when it is more than a day ago."""
    past = PastSnapshot.objects.filter(
        snapshot__window=window, snapshot__section=section, stood_from__lte=at
    )
    return past.order_by("-stood_from", "-id").first()


def history(
    article_id: int, window: Window, section: Section | None, *, since: datetime
) -> list[RankPoint]:
    """Where an article stood in a list since a time, a point for each change."""
    before = stood_at(window, section, since)
    rows = PastSnapshot.objects.filter(
        snapshot__window=window, snapshot__section=section, stood_from__gt=since
    ).order_by("stood_from", "id")
    points = [RankPoint(since, _rank_in(before.article_ids, article_id) if before else None)]
    for stood_from, article_ids in rows.values_list("stood_from", "article_ids"):
        rank = _rank_in(article_ids, article_id)
        if rank != points[-1].rank:
            points.append(RankPoint(stood_from, rank))
    return points


def _rank_in(article_ids: list[int], article_id: int) -> int | None:
    return article_ids.index(article_id) + 1 if article_id in article_ids else None


def prune(at: datetime) -> int:
    """Thins out old orders to one an hour and forgets them after 35 days; returns how many."""
    gone, _ = PastSnapshot.objects.filter(stood_from__lt=at - KEEP_FOR).delete()
    Debut.objects.filter(entered_at__lt=at - KEEP_FOR).delete()
    surplus = _surplus(at - KEEP_ALL_FOR - THINNED_LATELY, at - KEEP_ALL_FOR)
    for start in range(0, len(surplus), ROWS_AT_ONCE):
        some = PastSnapshot.objects.filter(pk__in=surplus[start : start + ROWS_AT_ONCE])
        gone += some.delete()[0]
    return gone


def _surplus(since: datetime, until: datetime) -> list[int]:
    """All orders of a list in an hour but the first."""
    rows = PastSnapshot.objects.filter(stood_from__gte=since, stood_from__lt=until)
    seen: set[tuple[int, int]] = set()
    surplus = []
    for pk, snapshot, stood_from in (
        rows.order_by("stood_from", "id")
        .values_list("pk", "snapshot_id", "stood_from")
        .iterator(chunk_size=ROWS_AT_ONCE)
    ):
        hour = (snapshot, int(stood_from.timestamp()) // 3600)
        if hour in seen:
            surplus.append(pk)
        seen.add(hour)
    return surplus
