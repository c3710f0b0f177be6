"""Where an article is filed: another section, other tags. Each is one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from articles.caching import keys_of
from articles.models import Article, Section
from articles.publishing import audit, refuse_stale, save_article, state_of, update
from articles.scope import require
from articles.text import fold_tag

MAX_TAGS = 20
# Past writers' hands.
_OUT = {Article.Status.PUBLISHED, Article.Status.HELD, Article.Status.WITHDRAWN}


@transaction.atomic
def move(article: Article, section: Section, *, by: Any) -> None:
    """Puts an article into another section. Its address stays; both sections' pages change.

    Raises PermissionDenied, StaleVersionError, or ValidationError when it is there already or
    may not be there.
    """
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, _permission(stored), stored.section_id, section.pk)
    before = Section.objects.get(pk=stored.section_id)
    if before == section:
        raise ValidationError(f"すでに「{section}」の記事です。")
    pages = keys_of(stored)
    article.section = section
    _save(article, by=by, reason=f"分野の移動：{before}→{section}", pages=pages)
    old = state_of(stored) | {"section": before.slug}
    audit("move", article, by=by, old=old, reason=f"{before}→{section}")


@transaction.atomic
def retag(
    article: Article, *, add: Iterable[str] = (), remove: Iterable[str] = (), by: Any
) -> None:
    """Adds tags and takes others off. Raises like `move()`, also when nothing would change."""
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, _permission(stored), stored.section_id)
    pages = keys_of(stored)
    names = list(article.tags.order_by("name").values_list("name", flat=True))
    off = {fold_tag(name) for name in remove}
    kept = [name for name in names if name not in off]
    wanted = list(dict.fromkeys([*kept, *(fold_tag(name) for name in add)]))
    if set(wanted) == set(names):
        raise ValidationError("タグはもうそのとおりです。")
    if len(wanted) > MAX_TAGS:
        raise ValidationError(f"タグは{MAX_TAGS}個までです（{len(wanted)}個になります）。")
    article.tags.set(wanted)
    _save(article, by=by, reason="タグの直し", pages=pages)
    old = state_of(stored) | {"tags": names}
    audit("retag", article, by=by, old=old, reason="、".join(wanted)[:200])


def _permission(stored: Article) -> str:
    verb = "publish" if stored.status in _OUT else "change"
    return f"articles.{verb}_article"


def _save(article: Article, *, by: Any, reason: str, pages: set[str]) -> None:
    if article.status == Article.Status.PUBLISHED:
        update(article, by=by, pages_before=pages)
    else:
        save_article(article, by=by, reason=reason, pages_before=pages)
