"""Scheduled articles that may not go out as they are: held with a reason until that is mended.

Held is a state of its own, so the one door for readers keeps them out without asking anything
more. It is written in the transaction that makes an article unfit, and by the minute clock for
what nobody's transaction knew of; readers wait for neither, because photos are shown by their
terms when a page is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from articles import approval
from articles.checklist import problems_before_publishing
from articles.document import article_document
from articles.models import Article, ArticleQuerySet, Section
from articles.publishing import (
    audit,
    state_of,
)

# So far ahead the clock looks at what is to come: long enough for somebody to mend it.
AHEAD = timedelta(days=2)
# And once more right before the time.
AT_LAST = timedelta(minutes=3)


def reasons(article: Article) -> list[str]:
    """Why a scheduled article may not go out as it is now; empty when it may."""
    problems = problems_before_publishing(article, article.publish_at)
    found = [said for messages in problems.values() for said in messages]
    if article.section.demands_approval and not approval.is_approved(
        article, article_document(article)
    ):
        found.append(f"「{article.section}」の記事に要る承認がありません。")
    return found


def hold_unfit(articles: Iterable[Article], at: datetime | None = None) -> int:
    """Holds those of the scheduled articles that may not go out; how many were held."""
    at = at or timezone.now()
    return sum(_hold(article.pk, at) for article in articles)


def hold_coming(at: datetime | None = None, ahead: timedelta = AHEAD) -> int:
    """Looks at everything scheduled for the next two days. Safe to run twice at once."""
    at = at or timezone.now()
    return hold_unfit(scheduled(at).filter(publish_at__lte=at + ahead).only("pk"), at)


def hold_in_section(section: Section) -> int:
    """After the section's rules changed; call it in that transaction."""
    return hold_unfit(scheduled(timezone.now()).filter(section=section).only("pk"))


def hold_with_photos(photos: Iterable[int]) -> int:
    """After photos changed; call it in that transaction."""
    found = scheduled(timezone.now()).filter(article_photos__photo__in=list(photos))
    return hold_unfit(found.distinct().only("pk"))


def problems() -> list[str]:
    """What an operator should tell the desk, in sentences."""
    count = held().count()
    said = f"予約した記事が{count}件、保留されています。編集デスクの予定表を見てください。"
    return [said] if count else []


@transaction.atomic
def release_if_fit(article: Article, *, by: Any) -> bool:
    """A held article whose reason is mended is scheduled again; True when it is.

    Not when its time has passed meanwhile: then somebody decides to publish it.
    """
    if article.status != Article.Status.HELD:
        return False
    old, held_for = state_of(article), article.held_reason
    found = reasons(article)
    late = article.publish_at is None or article.publish_at <= timezone.now()
    if found or late:
        why = " ".join(found) or "公開日時が過ぎました。「公開・予約」を押すと公開されます。"
        _set_state(article, article.status, why)
        return False
    _set_state(article, Article.Status.PUBLISHED, "")
    audit("release", article, by=by, old=old | {"held_reason": held_for})
    return True


def scheduled(at: datetime) -> ArticleQuerySet:
    return Article.objects.live().filter(status=Article.Status.PUBLISHED, publish_at__gt=at)


def held() -> ArticleQuerySet:
    """What waits for somebody to mend it, the most urgent first."""
    return Article.objects.live().unpublished(Article.Status.HELD).order_by("publish_at", "id")


@transaction.atomic
def _hold(pk: int, at: datetime) -> bool:
    article = Article.objects.select_for_update(of=("self",)).select_related("section").get(pk=pk)
    if article.status != Article.Status.PUBLISHED or not (
        article.publish_at and article.publish_at > at
    ):
        return False
    found = reasons(article)
    if not found:
        return False
    old = state_of(article)
    _set_state(article, Article.Status.HELD, " ".join(found))
    audit("hold", article, by=None, old=old, reason=article.held_reason)
    return True


def _set_state(article: Article, status: str, why: str) -> None:
    """Without a version: whoever has the article open may save it all the same."""
    article.status, article.held_reason = status, why[:300]
    Article.objects.filter(pk=article.pk).update(status=status, held_reason=article.held_reason)
