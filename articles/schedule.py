"""What goes out when: the items of a stretch of time, what is late with them, and moving one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from articles.holding import release_if_fit
from articles.models import Article, ArticlePhoto
from articles.publishing import audit, refuse_stale, save_article, state_of, update
from articles.renditions import is_complete
from articles.scope import require

# More than a newsroom plans in a week; a page stays bounded whatever is imported.
MOST = 500
# How long after its time an item may still be late with something.
WATCHED = timedelta(days=1)
_PLANNED = (
    Article.Status.DRAFT,
    Article.Status.IN_REVIEW,
    Article.Status.APPROVED,
    Article.Status.HELD,
)

# What else knows of something late: from articles to sentences by number. The site adds its own.
Signs = Callable[[Sequence[Article]], dict[int, list[str]]]
more_signs: list[Signs] = []


class Item(NamedTuple):
    article: Article
    late: list[str]
    # Another item goes out in the same minute.
    clashes: bool
    may_move: bool

    def is_ahead(self, now: datetime) -> bool:
        return _is_ahead(self.article, now)


def items(begin: datetime, end: datetime) -> list[Item]:
    """Everything that goes out, or is planned to, from `begin` up to `end`, in its order."""
    now = timezone.now()
    stretch = (
        Article.objects.live()
        .filter(publish_at__gte=begin, publish_at__lt=end)
        .select_related("section")
        .defer("body", "search_text")
        .order_by("publish_at", "id")
    )
    # Two queries: each has an index of its own.
    found = [
        *stretch.filter(status=Article.Status.PUBLISHED)[:MOST],
        *stretch.filter(status__in=_PLANNED)[:MOST],
    ]
    found.sort(key=lambda article: (article.publish_at or now, article.pk))
    late = _late(found, now)
    minutes = Counter(_minute(article) for article in found)
    return [
        Item(
            article,
            late.get(article.pk, []),
            clashes=minutes[_minute(article)] > 1 and _is_ahead(article, now),
            may_move=_is_ahead(article, now) or article.status in _PLANNED,
        )
        for article in found
    ]


@transaction.atomic
def move(article: Article, to: date, *, by: Any) -> datetime:
    """Plans an article for another day at the same time of day in Japan; returns when.

    Raises ValidationError when that has passed, or when it is out already.
    """
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, "articles.change_article", stored.section_id)
    if stored.publish_at is None:
        raise ValidationError("公開日時のない記事です。")
    now = timezone.now()
    if not (_is_ahead(stored, now) or stored.status in _PLANNED):
        raise ValidationError("公開した記事の公開日時は変えられません。")
    at = timezone.localtime(stored.publish_at)
    moved = timezone.make_aware(datetime.combine(to, at.time()))
    if moved <= now:
        raise ValidationError("公開日時が過ぎています。これからの日を選んでください。")
    if article.unpublish_at is not None and article.unpublish_at <= moved:
        raise ValidationError("公開終了日時より後にはできません。")
    article.publish_at = moved
    if stored.status == Article.Status.PUBLISHED:
        update(article, by=by)
        return moved
    if stored.status == Article.Status.HELD:
        require(by, "articles.publish_article", stored.section_id)
    old = state_of(stored)
    save_article(article, by=by, reason="予定の変更")
    release_if_fit(article, by=by)
    audit("reschedule", article, by=by, old=old)
    return moved


def day_of(at: datetime) -> date:
    return timezone.localdate(at)


def midnight(day: date) -> datetime:
    """The beginning of a day in Japan."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _late(articles: list[Article], now: datetime) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for article in articles:
        if article.status == Article.Status.HELD:
            found.setdefault(article.pk, []).append(f"保留：{article.held_reason}")
        elif article.status in _PLANNED and article.publish_at and article.publish_at <= now:
            found.setdefault(article.pk, []).append(
                f"予定の時刻を過ぎました（{article.get_status_display()}）"
            )
    out = [
        article
        for article in articles
        if article.status in {Article.Status.PUBLISHED, Article.Status.HELD}
        and article.publish_at
        and article.publish_at > now - WATCHED
    ]
    for signs in (_pictures, *more_signs):
        for pk, said in signs(out).items():
            found.setdefault(pk, []).extend(said)
    return found


def _pictures(articles: Sequence[Article]) -> dict[int, list[str]]:
    rows: Iterable[ArticlePhoto] = ArticlePhoto.objects.filter(
        article__in=[article.pk for article in articles]
    ).select_related("photo__agency")
    missing = Counter(row.article_id for row in rows if not is_complete(row.photo))
    return {pk: [f"配信用の画像がまだできていません（{count}枚）"] for pk, count in missing.items()}


def _is_ahead(article: Article, now: datetime) -> bool:
    return article.publish_at is not None and article.publish_at > now


def _minute(article: Article) -> datetime | None:
    at = article.publish_at
    return at.replace(second=0, microsecond=0) if at else None
