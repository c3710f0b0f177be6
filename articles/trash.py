"""The trash: deleted drafts, for thirty days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from articles.auditing import record
from articles.document import article_document
from articles.models import Article, ReviewLink
from articles.scope import require

KEPT = timedelta(days=30)
_EVER_OUT = (Article.Status.PUBLISHED, Article.Status.HELD, Article.Status.WITHDRAWN)


@transaction.atomic
def trash(article: Article, *, by: Any) -> None:
    """Takes a draft off the desk. What was ever public is withdrawn instead: readers get a 410.

    Its review links end with it, for good: whoever brings it back makes new ones.
    Raises PermissionDenied and ValidationError.
    """
    stored = Article.objects.select_for_update(of=("self",)).get(pk=article.pk)
    require(by, "articles.delete_article", stored.section_id)
    if stored.status in _EVER_OUT:
        raise ValidationError("公開したことのある記事は削除できません。取り下げてください。")
    if stored.replaces_id is not None:
        raise ValidationError("差し替え稿です。「破棄する」から消してください。")
    if stored.trashed_at is not None:
        return
    now = timezone.now()
    Article.objects.filter(pk=stored.pk).update(trashed_at=now, trashed_by=by)
    article.trashed_at, article.trashed_by = now, by
    ended = ReviewLink.objects.filter(article=stored).end()
    old = {"status": stored.status} | ({"review_links": ended} if ended else {})
    record("trash", stored, by=by, values=(old, {}))


@transaction.atomic
def bring_back(article: Article, *, by: Any) -> None:
    """Puts a deleted draft back where it was. Raises PermissionDenied and ValidationError."""
    require(by, "articles.delete_article", article.section_id)
    found = Article.objects.trashed().filter(pk=article.pk)
    if not found.update(trashed_at=None, trashed_by=None):
        raise ValidationError("ごみ箱にその記事はありません。")
    article.trashed_at = article.trashed_by = None
    record("bring_back", article, by=by)


def empty_trash(at: datetime | None = None) -> int:
    """Deletes for good what has lain in the trash for thirty days; returns how many articles.

    The log keeps the text.
    """
    before = (at or timezone.now()) - KEPT
    deleted = 0
    for pk in list(
        Article.objects.trashed().filter(trashed_at__lte=before).values_list("pk", flat=True)
    ):
        with transaction.atomic():
            rows = Article.objects.select_for_update(of=("self",))
            article = rows.filter(pk=pk, trashed_at__lte=before).first()
            if article is None:
                continue
            record("delete", article, by=None, values=(article_document(article), {}))
            article.delete()
            deleted += 1
    return deleted
