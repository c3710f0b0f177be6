"""Views that a network has beyond its cap: held until an editor accepts them."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from articles import auditing
from rankings.ledger import REFUSED, HourRow, add_hours
from rankings.models import HeldViews
from rankings.turns import take_turn


def waiting() -> QuerySet[HeldViews]:
    """Held views that nobody has accepted yet, the most first."""
    return HeldViews.objects.filter(views__gt=F("accepted")).order_by("-views", "hour")


@transaction.atomic
def accept(held: QuerySet[HeldViews], *, by: AbstractBaseUser) -> int:
    """Counts held views after all, in the hours in which they came; returns how many.

    Accepting twice counts once: a row remembers how many of its views were accepted.
    """
    state = take_turn()
    rows = list(held.filter(views__gt=F("accepted")))
    by_hour: Counter[int] = Counter()
    by_place: Counter[tuple[int, int]] = Counter()
    for row in rows:
        pending = row.views - row.accepted
        place = {"article": row.article_id, "hour": row.hour}
        values = ({**place, "accepted": row.accepted}, {**place, "accepted": row.views})
        auditing.record("accept_views", row, by=by, values=values)
        by_hour[row.hour] += pending
        by_place[row.hour, row.article_id] += pending
        row.accepted = row.views
        row.accepted_at = timezone.now()
        row.accepted_by_id = by.pk
    HeldViews.objects.bulk_update(rows, ["accepted", "accepted_at", "accepted_by"], batch_size=200)
    added: list[HourRow] = [
        (hour, article, views, 0, 0, 0, 0, 0) for (hour, article), views in by_place.items()
    ]
    add_hours(added, state.newest_hour)
    # They are no longer refused: raw stays the sum of counted and refused.
    REFUSED.add((hour, "network", -views) for hour, views in by_hour.items())
    return by_hour.total()
