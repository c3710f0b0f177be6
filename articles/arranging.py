"""The verb of the front page: puts a whole arrangement of slots in place of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.auditing import record
from articles.caching import HOME, invalidate
from articles.models import FrontArrangement, FrontSlot
from articles.models.workflow import name_of

MAY_CURATE = "articles.curate_front"
# What a slot says; its number, and who put it there, stay with it.
_VALUES = (
    "area", "place", "article_id", "headline", "headline_phrases", "starts_at", "ends_at",
)  # fmt: skip


class StaleArrangementError(ValidationError):
    """Somebody else arranged the page since it was opened."""


def arrangement() -> FrontArrangement:
    """Which version stands; version 0 where nobody has arranged the page yet."""
    found = FrontArrangement.objects.select_related("saved_by").filter(pk=1).first()
    return found or FrontArrangement(pk=1)


def slots_at_desk(at: datetime) -> list[FrontSlot]:
    """The slots that stand now or will, in their order; those whose time is over are done."""
    slots = FrontSlot.objects.exclude(ends_at__lte=at)
    return list(
        slots.select_related("article__section", "article__lead_photo", "created_by").defer(
            "article__body", "article__search_text"
        )
    )


@transaction.atomic
def arrange(slots: Sequence[FrontSlot], *, version: int, by: Any) -> None:
    """Makes these the slots of the front page, all or none; readers see it at once.

    A slot with a number keeps its row. Raises PermissionDenied, and StaleArrangementError when
    `version` is not the one that stands: nothing is changed then.
    """
    if by is not None and not by.has_perm(MAY_CURATE):
        raise PermissionDenied
    standing = _turn()
    if standing.version != version:
        raise _stale(standing, by)
    stored = {slot.pk: slot for slot in FrontSlot.objects.select_related("article")}
    old = _in_words(stored.values())
    kept = set()
    for slot in slots:
        slot.prepare()
        before = stored.get(slot.pk)
        if before is None:
            slot.pk, slot.created_by = None, by
            slot.save(force_insert=True)
        elif any(getattr(before, name) != getattr(slot, name) for name in _VALUES):
            slot.save(update_fields=_VALUES)
        kept.add(slot.pk)
    FrontSlot.objects.exclude(pk__in=kept).delete()
    standing.version += 1
    standing.saved_at, standing.saved_by = timezone.now(), by
    standing.save()
    invalidate({HOME})
    record("arrange_front", standing, by=by, values=({"slots": old}, {"slots": _in_words(slots)}))


def _turn() -> FrontArrangement:
    """The row that stands for the arrangement, locked until the transaction ends."""
    turn = FrontArrangement.objects.select_for_update()
    standing = turn.filter(pk=1).first()
    if standing is None:
        FrontArrangement.objects.bulk_create([FrontArrangement(pk=1)], ignore_conflicts=True)
        standing = turn.get(pk=1)
    return standing


def _stale(standing: FrontArrangement, by: Any) -> StaleArrangementError:
    is_mine = by is not None and standing.saved_by_id == by.pk
    who = f"{name_of(standing.saved_by)}さん" if standing.saved_by else "ほかの人"
    who = "別の画面であなた" if is_mine else who
    when = f"{timezone.localtime(standing.saved_at):%H時%M分}に" if standing.saved_at else ""
    return StaleArrangementError(
        f"開いている間に{who}が{when}トップ面を組み替えました。まだ反映していません。"
        "ここで組んだものはこの画面に残っています。別の窓で今のトップ面を確かめてください。",
        code="stale",
    )


def _in_words(slots: Iterable[FrontSlot]) -> list[str]:
    """For the log: every slot in a line."""
    return [
        f"{slot}（記事{slot.article_id}"
        f"{_time(slot.starts_at, 'から')}{_time(slot.ends_at, 'まで')}）"
        for slot in sorted(slots, key=lambda slot: (slot.area, slot.place))
    ]


def _time(at: datetime | None, word: str) -> str:
    return f"・{timezone.localtime(at):%Y-%m-%d %H:%M}{word}" if at else ""
