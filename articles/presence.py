"""Who has an article open, who is writing in it, and how the pen passes from one to another.

Advice for people: what keeps texts from being overwritten is the version that a form carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, EditingSession

KEPT = timedelta(days=1)
MOST_PEOPLE = 30


@dataclass(frozen=True)
class Presence:
    """How an article's forms stand, seen from one of them."""

    now: datetime
    mine: EditingSession
    others: list[EditingSession]

    @property
    def holder(self) -> EditingSession | None:
        """Somebody else who is writing. One's own other windows keep nobody from writing."""
        return next((other for other in self.others if self._keeps_out(other)), None)

    def _keeps_out(self, other: EditingSession) -> bool:
        return other.user_id != self.mine.user_id and other.has_lease(self.now)

    @property
    def is_read_only(self) -> bool:
        return self.mine.taken_by_id is not None or self.holder is not None


def beat(article: Article, user: Any, tab: str, *, typed: timedelta | None = None) -> Presence:
    """A form tells that it is open, and how long ago somebody typed in it; one small write.

    Whoever types while nobody else writes gets the lease.
    """
    now = timezone.now()
    typed_at = None if typed is None else now - typed
    _write(article, user, tab, now, typed_at)
    found = look(article, user, tab, now)
    mine = found.mine
    writes = not mine.is_idle(now) and not mine.holds and mine.taken_by_id is None
    if writes and found.holder is None and _take(mine, now):
        mine.holds = True
    return found


def look(article: Article, user: Any, tab: str, now: datetime) -> Presence:
    """Who is at an article; the form that asks has told of itself before."""
    here = list(
        EditingSession.objects.filter(article=article, seen_at__gt=now - EditingSession.SILENCE)
        .select_related("user", "taken_by")
        .order_by("-holds", "id")[:MOST_PEOPLE]
    )
    mine = next((one for one in here if one.tab == tab and one.user_id == user.pk), None)
    if mine is None:
        mine = EditingSession.objects.select_related("taken_by").get(user=user, tab=tab)
    return Presence(now, mine, [one for one in here if one.pk != mine.pk])


def take_over(article: Article, user: Any, tab: str) -> Presence:
    """Takes the lease from whoever holds it, who is told at the next sign of life.

    Raises PermissionDenied for who may not.
    """
    if not user.has_perm("articles.take_over_article"):
        raise PermissionDenied
    now = timezone.now()
    _write(article, user, tab, now, now)
    with transaction.atomic():
        # One after another: two who take over at once do not both believe to have it.
        Article.objects.select_for_update(of=("self",)).only("pk").get(pk=article.pk)
        others = EditingSession.objects.filter(article=article).exclude(user=user)
        others.filter(seen_at__gt=now - KEPT, typed_at__isnull=False).update(
            holds=False, taken_by=user
        )
        EditingSession.objects.filter(article=article, holds=True).update(holds=False)
        EditingSession.objects.filter(article=article, user=user, tab=tab).update(
            holds=True, taken_by=None
        )
    return look(article, user, tab, now)


def leave(user: Any, tab: str) -> None:
    """The form is closed or saved: its lease is free at once."""
    EditingSession.objects.filter(user=user, tab=tab).delete()


def taken_from(user: Any, tab: str) -> EditingSession | None:
    """The form's session when somebody else took its article over: it must not save any more."""
    taken = EditingSession.objects.filter(user=user, tab=tab, taken_by__isnull=False)
    return taken.select_related("taken_by").first()


def prune(now: datetime) -> int:
    """Deletes forms that have not been heard of for a day; how many it were."""
    return EditingSession.objects.filter(seen_at__lte=now - KEPT).delete()[0]


def _write(article: Article, user: Any, tab: str, now: datetime, typed_at: datetime | None) -> None:
    values: dict[str, Any] = {"seen_at": now}
    if typed_at is not None:
        values["typed_at"] = typed_at
    own = EditingSession.objects.filter(user=user, tab=tab, article=article)
    if own.update(**values):
        return
    EditingSession.objects.update_or_create(
        user=user, tab=tab, defaults={**values, "article": article, "holds": False}
    )


def _take(mine: EditingSession, now: datetime) -> bool:
    """Leases that ended are given up first; then the database lets one of us have it."""
    holders = EditingSession.objects.filter(article=mine.article_id, holds=True)
    for holder in holders:
        if holder.user_id == mine.user_id or not holder.has_lease(now):
            holders.filter(pk=holder.pk).update(holds=False)
    try:
        with transaction.atomic():
            EditingSession.objects.filter(pk=mine.pk, taken_by=None).update(holds=True)
    except IntegrityError:
        return False
    return True
