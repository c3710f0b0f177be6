"""The audit log's one door: who did what to which row, with the values before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import models

from articles.models import AuditEntry

# Never in the log, not even as a hash.
_SECRETS = {"password"}
# Follow from other columns or from the clock.
_DERIVED = {"search_text", "headline_phrases", "saved_at", "saved_by", "last_login", "created_at"}


Values = Mapping[str, Any]


def record(  # noqa: PLR0913 (the columns of an entry)
    action: str,
    row: models.Model,
    *,
    by: Any,
    values: tuple[Values, Values] = ({}, {}),
    reason: str = "",
    label: str = "",
) -> AuditEntry:
    """Notes what was done, with the values before and after.

    Call it in the transaction that does it. What is done to many rows at once has none of its
    own: `row` is a new one then, and `label` says what it was.
    """
    old, new = values
    return AuditEntry.objects.create(
        actor_id=by.pk if by is not None else None,
        action=action,
        model=row._meta.label_lower,
        object_id=str(row.pk or ""),
        label=(label or str(row))[:200],
        old=dict(old),
        new=dict(new),
        reason=reason[:300],
    )


def values_of(row: models.Model, hanging: Iterable[str] = ()) -> dict[str, Any]:
    """What can be changed of a row, as JSON types; rows that it points to by their name.

    `hanging` names reverse relations whose rows belong to it. Reads the database as it is: take
    it before and after a change.
    """
    stored = type(row)._base_manager.filter(pk=row.pk).first() if row.pk else None
    if stored is None:
        return {}
    meta = stored._meta
    values = {
        field.name: _plain(getattr(stored, field.name))
        for field in meta.concrete_fields
        if not field.primary_key
        and field.name not in _SECRETS | _DERIVED
        and not getattr(field, "auto_now", False)
    }
    for many in meta.many_to_many:
        # Those with a table of their own hang on the row like any other.
        through: Any = many.remote_field.through
        if through._meta.auto_created:
            values[many.name] = sorted(str(other) for other in getattr(stored, many.name).all())
    for name in hanging:
        values[name] = [_row_words(item) for item in getattr(stored, name).order_by("pk")]
    return values


def changed(old: Values, new: Values) -> tuple[Values, Values]:
    """Of the values before and after, those that differ."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return (
        {name: old[name] for name in names if name in old},
        {name: new[name] for name in names if name in new},
    )


def record_change(
    row: models.Model, *, by: Any, old: Values, new: Values, action: str = ""
) -> AuditEntry | None:
    """Notes what differs between two states of a row, if anything does.

    Without values before it was added, without values after it was deleted; `action` is a
    better word for it than these.
    """
    before, after = changed(old, new)
    if not before and not after:
        return None
    action = action or ("change" if old and new else "add" if new else "delete_row")
    return record(action, row, by=by, values=(before, after))


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def _row_words(item: models.Model) -> str:
    """A hanging row in one line: its own name and what is written in it."""
    written = [
        f"{field.verbose_name} {value}"
        for field in item._meta.concrete_fields
        if not field.primary_key
        and field.name not in _DERIVED
        and not field.is_relation
        and (value := _plain(getattr(item, field.name))) not in (None, "", False)
    ]
    return "、".join([str(item), *written])
