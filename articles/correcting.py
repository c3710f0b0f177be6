"""Corrections that readers see: written, and superseded by a better one. Never deleted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from articles.auditing import record
from articles.caching import invalidate, keys_of
from articles.models import Article, Correction
from articles.scope import require


@transaction.atomic
def correct(
    article: Article, *, by: Any, text: str, kind: str = Correction.Kind.CORRECTION
) -> Correction:
    """Tells readers on an article's page what was wrong in it. Raises PermissionDenied."""
    require(by, "articles.add_correction", article.section_id)
    correction = Correction.objects.create(article=article, kind=kind, text=text, created_by=by)
    note(correction, by=by)
    invalidate(keys_of(article))
    return correction


@transaction.atomic
def supersede(
    correction: Correction, *, by: Any, text: str, kind: str, changes_meaning: bool = False
) -> Correction:
    """Puts a new correction in the place of one; the old one stays on record, unseen by readers.

    Raises PermissionDenied, and ValidationError when it was superseded already.
    """
    stored = Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    require(by, "articles.add_correction", stored.article.section_id)
    if stored.superseded_by_id is not None:
        raise ValidationError("すでに差し替えられた訂正です。新しい方を差し替えてください。")
    made = Correction.objects.create(
        article=stored.article,
        kind=kind,
        text=text,
        changes_meaning=changes_meaning,
        published_at=max(timezone.now(), stored.published_at),
        created_by=by,
    )
    stored.superseded_by = made
    stored.save(update_fields=["superseded_by"])
    record(
        "supersede_correction",
        stored.article,
        by=by,
        values=(_words(stored), _words(made)),
    )
    invalidate(keys_of(stored.article))
    return made


def note(correction: Correction, *, by: Any) -> None:
    """Writes into the log that a correction was made."""
    record("correct", correction.article, by=by, values=({}, _words(correction)))


def _words(correction: Correction) -> dict[str, Any]:
    return {
        "correction": f"{correction.get_kind_display()}：{correction.text}",
        "published_at": correction.published_at.isoformat(),
        "changes_meaning": correction.changes_meaning,
    }
