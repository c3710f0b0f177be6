"""Letting a finding of 表記チェック stand, with a reason, and taking that back."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from articles import auditing
from articles.checklist import LONGEST_WORDS
from articles.models import Article, IgnoredFinding
from articles.proofreading import RULES


@transaction.atomic
def ignore(article: Article, *, rule: str, words: str, reason: str, by: Any) -> IgnoredFinding:
    """Keeps the words out of the findings of that rule; a second reason replaces the first.

    What is ignored in a working copy is ignored in the article that it replaces. Raises
    ValidationError by field.
    """
    if rule not in RULES:
        raise ValidationError({"rule": "そのような決まりはありません。"})
    if not words or len(words) > LONGEST_WORDS or "\x00" in words:
        raise ValidationError({"words": "どの語句か分かりません。画面を読み直してください。"})
    if not reason.strip():
        raise ValidationError({"reason": "無視する理由を書いてください。"})
    number = article.replaces_id or article.pk
    row = IgnoredFinding(article_id=number, rule=rule, words=words, reason=reason)
    row.clean_fields(exclude={"article", "created_by"})
    kept, _ = IgnoredFinding.objects.update_or_create(
        article_id=number,
        rule=rule,
        words=words,
        defaults={"reason": row.reason, "created_by": by},
    )
    _audit("ignore_finding", article, kept, by=by)
    return kept


@transaction.atomic
def heed(article: Article, *, number: int, by: Any) -> None:
    """Takes an ignored finding back; it is told again. Raises IgnoredFinding.DoesNotExist."""
    row = IgnoredFinding.objects.get(pk=number, article=article.replaces_id or article.pk)
    _audit("heed_finding", article, row, by=by)
    row.delete()


def _audit(action: str, article: Article, row: IgnoredFinding, *, by: Any) -> None:
    values = {"rule": row.rule, "words": row.words}
    auditing.record(action, article, by=by, values=({}, values), reason=row.reason)
