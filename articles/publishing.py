"""The verbs of the desk: save, update, publish, schedule, withdraw, restore.

Every one of them is a single transaction that writes the article, its revision, its audit
entry and the surrogate keys of the pages it is on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.caching import invalidate, keys_of
from articles.document import article_document
from articles.models import Article, AuditEntry, Photo, Revision


class StaleVersionError(ValidationError):
    """Somebody else saved the article since it was opened."""


def problems_before_publishing(article: Article) -> dict[str, list[str]]:
    """What keeps an article from going public, as messages by form field.

    What is wrong with its photos stands under `article_photos`.
    """
    problems: dict[str, list[str]] = {}
    if not article.headline:
        problems["headline"] = ["公開するには見出しが要ります。"]
    if not article.teaser:
        problems["teaser"] = ["公開するにはリードが要ります。"]
    if not article.body:
        problems["body"] = ["公開するには本文が要ります。"]
    items = article.article_photos.select_related("photo__agency")
    photo_problems = [problem for item in items for problem in problems_of_photo(item.photo)]
    if photo_problems:
        problems["article_photos"] = photo_problems
    return problems


def problems_of_photo(photo: Photo) -> list[str]:
    """What keeps a photo off the public pages; each message names the photo."""
    problems = []
    name = f"写真{photo.pk}「{photo}」"
    if not photo.is_showable:
        problems.append(f"{name}はウェブに載せられません（掲載の権利か期限を確かめてください）。")
    if not photo.alt:
        problems.append(f"{name}に代替テキストがありません。")
    if photo.agency and not photo.has_full_credit:
        problems.append(f"{name}は{photo.agency}のクレジットが足りません（撮影者・提供）。")
    return problems


@transaction.atomic
def save_article(
    article: Article, *, by: Any, reason: str = "", pages_before: Iterable[str] = ()
) -> Revision:
    """Records what was just saved: lead photo, version, revision, pages to make anew.

    Call it after the related rows are written; it writes the article's own row. `by` is the
    user or None. `pages_before` are the keys of the pages that showed it until now.
    """
    article.lead_photo = leading_photo(article)
    latest = article.revisions.order_by("-version").values_list("version", flat=True).first()
    # Imported rows have a version but no revision yet; the number must move all the same.
    article.version = max(latest or 0, article.version) + 1
    article.saved_by = by
    if article.created_by_id is None and latest is None:
        article.created_by = by
    article.save()
    revision = Revision.objects.create(
        article=article,
        version=article.version,
        document=article_document(article),
        created_by=by,
        reason=reason,
    )
    if article.status in {Article.Status.PUBLISHED, Article.Status.WITHDRAWN}:
        invalidate(keys_of(article) | set(pages_before))
    return revision


def leading_photo(article: Article) -> Photo | None:
    """The photo that stands for an article: the first that may be shown, else the first."""
    photos = [
        item.photo
        for item in article.article_photos.select_related("photo").order_by("order", "id")
    ]
    return next((photo for photo in photos if photo.is_showable), photos[0] if photos else None)


def refuse_stale(article_id: int, version: int, *, by: Any = None) -> Article:
    """The article as stored; raises StaleVersionError when it was saved since `version`.

    Locks the row: call it in the transaction that saves.
    """
    stored = (
        Article.objects.select_for_update(of=("self",))
        .select_related("saved_by")
        .get(pk=article_id)
    )
    if stored.version != version:
        who = "別の画面であなた" if by is not None and stored.saved_by == by else _name(stored)
        when = timezone.localtime(stored.saved_at)
        raise StaleVersionError(
            f"開いている間に{who}が{when:%H時%M分}に保存しました。"
            "入力した内容はこの画面に残っています。別の窓で最新の版を確かめてください。",
            code="stale",
        )
    return stored


@transaction.atomic
def update(
    article: Article, *, by: Any, is_material: bool = False, pages_before: Iterable[str] = ()
) -> None:
    """Saves a change of a published or scheduled article; it stays as public as it was.

    A material change of a public article moves the 更新 that readers see. Raises like
    `publish()`: what is public must stay fit to be.
    """
    _require(by, "articles.publish_article")
    stored = refuse_stale(article.pk, article.version, by=by)
    if stored.status != Article.Status.PUBLISHED:
        raise ValidationError("公開または予約中の記事ではありません。")
    _refuse_time(article, stored)
    _refuse_unfit(article)
    old = _state(stored)
    if is_material:
        mark_updated(article)
    save_article(article, by=by, reason="更新", pages_before=pages_before)
    _audit("update", article, by=by, old=old)


@transaction.atomic
def publish(
    article: Article, *, by: Any, at: datetime | None = None, pages_before: Iterable[str] = ()
) -> None:
    """Makes an article public now, or at a future time (予約).

    Raises PermissionDenied, or ValidationError by field when something is missing or the
    time has passed.
    """
    _require(by, "articles.publish_article")
    stored = refuse_stale(article.pk, article.version, by=by)
    now = timezone.now()
    _refuse_published(stored, now)
    if at is not None and at <= now:
        raise ValidationError(
            {"publish_at": "公開日時が過ぎています。今すぐ公開するなら空欄にしてください。"}
        )
    if article.unpublish_at is not None and article.unpublish_at <= (at or now):
        raise ValidationError({"unpublish_at": "公開終了日時は公開日時より後にしてください。"})
    _refuse_unfit(article)
    old = _state(stored)
    article.status = Article.Status.PUBLISHED
    article.publish_at = at or now
    reason = "予約" if at else "公開"
    save_article(article, by=by, reason=reason, pages_before=pages_before)
    _audit("schedule" if at else "publish", article, by=by, old=old)


@transaction.atomic
def unschedule(article: Article, *, by: Any) -> None:
    """Makes a scheduled article a draft again; its planned time stays in the field."""
    _require(by, "articles.publish_article")
    stored = refuse_stale(article.pk, article.version, by=by)
    if stored.status != Article.Status.PUBLISHED or _has_begun(stored, timezone.now()):
        raise ValidationError("予約中の記事だけ、予約を取り消せます。")
    article.status = Article.Status.DRAFT
    save_article(article, by=by, reason="予約の取り消し")
    _audit("unschedule", article, by=by, old=_state(stored))


@transaction.atomic
def withdraw(article: Article, *, by: Any, reason: str) -> None:
    """Takes an article off every page at once. Raises ValidationError without a reason."""
    _require(by, "articles.withdraw_article")
    refuse_stale(article.pk, article.version, by=by)
    if article.status != Article.Status.PUBLISHED:
        raise ValidationError("公開または予約中の記事だけを取り下げられます。")
    if not reason.strip():
        raise ValidationError({"withdrawn_reason": "取り下げの理由を書いてください。"})
    old = _state(article)
    article.status = Article.Status.WITHDRAWN
    article.withdrawn_at = timezone.now()
    article.withdrawn_reason = reason
    save_article(article, by=by, reason=f"取り下げ：{reason}"[:200])
    _audit("withdraw", article, by=by, old=old, reason=reason)


@transaction.atomic
def restore(article: Article, *, by: Any) -> None:
    """Undoes a withdrawal: the article is public again with the publish time it had."""
    _require(by, "articles.withdraw_article")
    refuse_stale(article.pk, article.version, by=by)
    if article.status != Article.Status.WITHDRAWN:
        raise ValidationError("取り下げた記事だけを元に戻せます。")
    _refuse_unfit(article)
    old = _state(article)
    article.status = Article.Status.PUBLISHED
    article.withdrawn_at = None
    article.withdrawn_reason = ""
    save_article(article, by=by, reason="取り下げの取り消し")
    _audit("restore", article, by=by, old=old)


@transaction.atomic
def discard(article: Article, *, by: Any) -> None:
    """Deletes a draft. What was ever public is withdrawn, never deleted: readers get a 410."""
    _require(by, "articles.delete_article")
    if article.status in {Article.Status.PUBLISHED, Article.Status.WITHDRAWN}:
        raise ValidationError("公開したことのある記事は削除できません。取り下げてください。")
    _audit("delete", article, by=by, old=_state(article))
    article.delete()


def mark_updated(article: Article) -> None:
    """Notes a material change of a public article; readers see it as 更新. Does not save."""
    if article.is_public():
        article.updated_at = timezone.now()


def _require(user: Any, permission: str) -> None:
    # No user is an operator's command, which has the machine's permission.
    if user is not None and not user.has_perm(permission):
        raise PermissionDenied


def _has_begun(stored: Article, now: datetime) -> bool:
    return stored.publish_at is not None and stored.publish_at <= now


def _refuse_published(stored: Article, now: datetime) -> None:
    if stored.status == Article.Status.WITHDRAWN:
        raise ValidationError("取り下げた記事です。先に取り下げを取り消してください。")
    if stored.status == Article.Status.PUBLISHED and _has_begun(stored, now):
        raise ValidationError("すでに公開した記事です。")


def _refuse_time(article: Article, stored: Article) -> None:
    """A published time is history; a scheduled one may move, but only ahead."""
    if article.publish_at == stored.publish_at:
        return
    now = timezone.now()
    if _has_begun(stored, now):
        raise ValidationError({"publish_at": "公開した記事の公開日時は変えられません。"})
    if article.publish_at is None:
        raise ValidationError(
            {"publish_at": "予約中です。予約をやめるなら「予約を取り消す」を押してください。"}
        )
    if article.publish_at <= now:
        raise ValidationError({"publish_at": "公開日時が過ぎています。"})


def _refuse_unfit(article: Article) -> None:
    problems = problems_before_publishing(article)
    if problems:
        raise ValidationError(problems)


def _name(stored: Article) -> str:
    user = stored.saved_by
    if user is None:
        return "ほかの人"
    return f"{f'{user.last_name} {user.first_name}'.strip() or user.get_username()}さん"


def _state(article: Article) -> dict[str, Any]:
    return {
        "status": str(article.status),
        "headline": article.headline,
        "publish_at": article.publish_at.isoformat() if article.publish_at else None,
        "unpublish_at": article.unpublish_at.isoformat() if article.unpublish_at else None,
    }


def _audit(
    action: str, article: Article, *, by: Any, old: dict[str, Any], reason: str = ""
) -> None:
    AuditEntry.objects.create(
        actor=by,
        action=action,
        model="articles.article",
        object_id=str(article.pk),
        label=article.headline,
        old=old,
        new=_state(article) if action != "delete" else {},
        reason=reason,
    )
