"""Keeps aside what is typed and not saved yet, and offers it back after a crash."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from articles.models import Article, Autosave

KEPT = timedelta(days=14)
MOST_OF_ARTICLE = 5
MOST_OF_USER = 100
MOST_VALUES = 4000
MOST_CHARACTERS = 500_000
TAB = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What belongs to the opened page and not to the text.
_OF_THE_PAGE = ("csrfmiddlewaretoken", "desk_", "version_token", "merge_", "_")


@dataclass(frozen=True)
class Typed:
    """What stands in one opened form, and the version that it was opened with."""

    tab: str
    version: int
    values: object


def is_tab(text: object) -> bool:
    """Is this the name of an opened form, a UUID as browsers make them?"""
    return isinstance(text, str) and TAB.fullmatch(text) is not None


def offered(user: Any, article: Article | None) -> QuerySet[Autosave]:
    """What this person has not saved of an article, or of new ones; the newest first."""
    since = timezone.now() - KEPT
    kept = Autosave.objects.filter(user=user, article=article, saved_at__gt=since)
    return kept.order_by("-saved_at", "-id")[:MOST_OF_ARTICLE]


def clean_values(values: object) -> list[list[str]]:
    """Names and values of a form as they are kept; raises ValidationError when they are not such.

    Valid or not: what is checked is that it is a form, not that it could be saved.
    """
    if not isinstance(values, list) or len(values) > MOST_VALUES:
        raise ValidationError("書きかけの形式が正しくありません。")
    kept: list[list[str]] = []
    size = 0
    for pair in values:
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValidationError("書きかけの形式が正しくありません。")
        name, value = pair
        if not isinstance(name, str) or not isinstance(value, str):
            raise ValidationError("書きかけの形式が正しくありません。")
        if name.startswith(_OF_THE_PAGE):
            continue
        size += len(name) + len(value)
        kept.append([_storable(name), _storable(value)])
    if size > MOST_CHARACTERS:
        raise ValidationError("長すぎて自動保存できません。", code="too_long")
    return kept


@transaction.atomic
def keep(
    user: Any, article: Article | None, typed: Typed, *, instead_of: Iterable[int] = ()
) -> Autosave:
    """Writes what stands in one opened form over what stood there before.

    `instead_of` are older ones that were taken back into this form. Raises ValidationError
    when the values are not those of a form.
    """
    kept, made = Autosave.objects.update_or_create(
        user=user,
        tab=typed.tab,
        defaults={
            "article": article,
            "version": typed.version,
            "values": clean_values(typed.values),
            "saved_at": timezone.now(),
        },
    )
    Autosave.objects.filter(user=user, pk__in=list(instead_of)).exclude(pk=kept.pk).delete()
    if made:
        _drop_oldest(Autosave.objects.filter(user=user, article=article), MOST_OF_ARTICLE)
        _drop_oldest(Autosave.objects.filter(user=user), MOST_OF_USER)
    return kept


def forget(user: Any, *, tab: str = "", numbers: Iterable[int] = ()) -> int:
    """Deletes what this person kept in one form and in others by number; how many it were."""
    mine = Autosave.objects.filter(user=user)
    chosen = mine.filter(pk__in=list(numbers))
    if tab:
        chosen |= mine.filter(tab=tab)
    return chosen.delete()[0]


def prune(now: datetime) -> int:
    """Deletes what nobody has taken back for two weeks; how many it were."""
    return Autosave.objects.filter(saved_at__lte=now - KEPT).delete()[0]


def _drop_oldest(kept: QuerySet[Autosave], most: int) -> None:
    too_old = list(kept.order_by("-saved_at", "-id").values_list("pk", flat=True)[most:])
    if too_old:
        Autosave.objects.filter(pk__in=too_old).delete()


def _storable(text: str) -> str:
    """PostgreSQL keeps neither NUL nor half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def read_body(body: bytes) -> dict[str, Any]:
    """The JSON object that a form's script sent; raises ValidationError for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValidationError("送られた内容を読めません。") from error
    if not isinstance(found, dict):
        raise ValidationError("送られた内容を読めません。")
    return found
