"""The verbs of the desk: save, update, publish, schedule, withdraw, restore.

Every one of them is a single transaction that writes the article, its revision, its audit
entry and the surrogate keys of the pages it is on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from articles import approval, auditing
from articles.caching import invalidate, keys_of
from articles.checklist import problems_before_publishing
from articles.document import article_document, changed_content
from articles.layout import settled_body
from articles.models import Article, Photo, ReviewLink, ReviewStep, Revision
from articles.models.workflow import name_of
from articles.scope import require


class StaleVersionError(ValidationError):
    """Somebody else saved the article since it was opened."""


@transaction.atomic
def save_article(
    article: Article, *, by: Any, reason: str = "", pages_before: Iterable[str] = ()
) -> Revision:
    """Records what was just saved: lead photo, version, revision, pages to make anew.

    Call it after the related rows are written; it writes the article's own row. `by` is the
    user or None. `pages_before` are the keys of the pages that showed it until now. Another
    content than the approved one goes back to review.
    """
    revision = record(article, by=by, reason=reason, pages_before=pages_before)
    _drop_approval(article, revision, by=by)
    return revision


def record(
    article: Article, *, by: Any, reason: str = "", pages_before: Iterable[str] = ()
) -> Revision:
    """`save_article()` for verbs, which decide themselves what becomes of the state.

    Raises PermissionDenied when the section is not one of `by`.
    """
    require(by, "articles.view_article", article.section_id)
    article.lead_photo = leading_photo(article)
    settle_photos(article)
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


@transaction.atomic
def save(
    article: Article, *, by: Any, reason: str = "保存", pages_before: Iterable[str] = ()
) -> None:
    """Saves an article that is not public, or a word of a withdrawn one, as an editor does."""
    revision = save_article(article, by=by, reason=reason, pages_before=pages_before)
    before, after = changed_content(article)
    if before or after:
        said = revision.reason if revision.reason != "保存" else ""
        auditing.record("save", article, by=by, values=(before, after), reason=said)


def settle_photos(article: Article) -> None:
    """Photos that name a paragraph stand in the text from now on, where editing moves them along.

    Changes the article's body, which the caller saves.
    """
    article.body = settled_body(article)
    article.article_photos.exclude(after_paragraph=None).update(after_paragraph=None)


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
        who = f"{name_of(stored.saved_by)}さん" if stored.saved_by else "ほかの人"
        if by is not None and stored.saved_by == by:
            who = "別の画面であなた"
        when = timezone.localtime(stored.saved_at)
        raise StaleVersionError(
            f"開いている間に{who}が{when:%H時%M分}に保存しました。", code="stale"
        )
    return stored


@transaction.atomic
def update(  # noqa: PLR0913 (what an editor says with a save)
    article: Article,
    *,
    by: Any,
    is_material: bool = False,
    reason: str = "更新",
    pages_before: Iterable[str] = (),
    urgent_reason: str = "",
) -> None:
    """Saves a change of a published or scheduled article; it stays as public as it was.

    A material change of a public article moves the 更新 that readers see. Raises like
    `publish()`: what is public must stay fit to be. A scheduled one whose content changes after
    its approval goes back to review.
    """
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, "articles.publish_article", stored.section_id, article.section_id)
    if stored.status != Article.Status.PUBLISHED:
        raise ValidationError("公開または予約中の記事ではありません。")
    now = timezone.now()
    _refuse_time(article, stored)
    _refuse_unfit(article, shown_from(article, now))
    old = state_of(stored)
    if is_material:
        mark_updated(article)
    if not _has_begun(stored, timezone.now()):
        # Nobody has seen it: another content waits for another approval.
        save_article(article, by=by, reason=reason, pages_before=pages_before)
    else:
        revision = record(article, by=by, reason=reason, pages_before=pages_before)
        refuse_unapproved(article, revision, stored, by=by, urgent_reason=urgent_reason)
    said = urgent_reason or (reason if reason != "更新" else "")
    audit("update", article, by=by, old=old, reason=said)


@transaction.atomic
def publish(
    article: Article,
    *,
    by: Any,
    at: datetime | None = None,
    pages_before: Iterable[str] = (),
    urgent_reason: str = "",
) -> None:
    """Makes an article public now, or at a future time (予約).

    Raises PermissionDenied, or ValidationError by field when something is missing, the time
    has passed, or the section asks for an approval that this content does not have. With an
    `urgent_reason` and the permission for it, it goes out all the same (速報); that is
    recorded and has to be checked afterwards.
    """
    now = timezone.now()
    stored = _refuse_unpublishable(article, by=by, at=at, now=now)
    old = state_of(stored)
    article.status = Article.Status.PUBLISHED
    article.publish_at = at or now
    article.held_reason = ""
    reason = "予約" if at else "公開"
    revision = record(article, by=by, reason=reason, pages_before=pages_before)
    refuse_unapproved(article, revision, stored, by=by, urgent_reason=urgent_reason)
    audit("schedule" if at else "publish", article, by=by, old=old, reason=urgent_reason)


@transaction.atomic
def unschedule(article: Article, *, by: Any) -> None:
    """Makes a scheduled article a draft again; its planned time stays in the field.

    What was approved, and is what it was then, stays approved.
    """
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, "articles.publish_article", stored.section_id, article.section_id)
    held = stored.status == Article.Status.HELD
    scheduled = stored.status == Article.Status.PUBLISHED
    if not held and (not scheduled or _has_begun(stored, timezone.now())):
        raise ValidationError("予約中の記事だけ、予約を取り消せます。")
    document = article_document(article)
    is_approved = approval.is_approved(article, document)
    article.status = Article.Status.APPROVED if is_approved else Article.Status.DRAFT
    article.held_reason = ""
    record(article, by=by, reason="予約の取り消し")
    audit("unschedule", article, by=by, old=state_of(stored))


@transaction.atomic
def withdraw(
    article: Article,
    *,
    by: Any,
    reason: str,
    why: str = Article.WithdrawnFor.EDITORIAL,
) -> None:
    """Takes an article off every page at once. Raises ValidationError without a reason.

    The reason is for the record; readers are told only the kind of it, `why`.
    """
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, "articles.withdraw_article", stored.section_id)
    if article.status not in {Article.Status.PUBLISHED, Article.Status.HELD}:
        raise ValidationError("公開または予約中の記事だけを取り下げられます。")
    if not reason.strip():
        raise ValidationError({"withdrawn_reason": "取り下げの理由を書いてください。"})
    old = state_of(article)
    article.status = Article.Status.WITHDRAWN
    article.withdrawn_at = timezone.now()
    article.withdrawn_reason = reason
    article.withdrawn_for = why
    article.held_reason = ""
    record(article, by=by, reason=f"取り下げ：{reason}"[:200])
    # What readers may no longer see is nobody's to read by a link either.
    ReviewLink.objects.filter(article=article).end()
    audit("withdraw", article, by=by, old=old, reason=reason)


@transaction.atomic
def restore(article: Article, *, by: Any) -> None:
    """Undoes a withdrawal: the article is public again with the publish time it had."""
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, "articles.withdraw_article", stored.section_id)
    if article.status != Article.Status.WITHDRAWN:
        raise ValidationError("取り下げた記事だけを元に戻せます。")
    _refuse_unfit(article, shown_from(article, timezone.now()))
    old = state_of(article)
    article.status = Article.Status.PUBLISHED
    article.withdrawn_at = None
    article.withdrawn_reason = ""
    article.withdrawn_for = Article.WithdrawnFor.EDITORIAL
    revision = record(article, by=by, reason="取り下げの取り消し")
    refuse_unapproved(article, revision, stored, by=by)
    audit("restore", article, by=by, old=old)


def mark_updated(article: Article) -> None:
    """Notes a material change of a public article; readers see it as 更新. Does not save."""
    if article.is_public():
        article.updated_at = timezone.now()


def refuse_unapproved(
    article: Article,
    revision: Revision,
    stored: Article,
    *,
    by: Any,
    urgent_reason: str = "",
) -> None:
    """What goes out in a section that asks for it has an approval, or a reason not to wait.

    Call it after `record()`, in the transaction: raises ValidationError, or PermissionDenied
    when `by` may not do without an approval. `stored` is the article as it was, so that moving
    it to another section opens no door. What was out already may be out again as it was.
    """
    if not (article.section.demands_approval or stored.section.demands_approval):
        return
    withdrawn = stored.status == Article.Status.WITHDRAWN
    public = stored.status == Article.Status.PUBLISHED and _has_begun(stored, timezone.now())
    if (withdrawn or public) and approval.is_unchanged(article, revision.document):
        return
    if approval.is_approved(article, revision.document):
        return
    if not urgent_reason.strip():
        raise ValidationError(
            f"「{article.section}」の記事を公開するには、この内容の承認が要ります。"
            "「レビュー依頼」で確認に出してください。",
            code="unapproved",
        )
    require(by, "articles.publish_urgently", stored.section_id, article.section_id)
    add_step(article, ReviewStep.Kind.URGENT, by=by, words=urgent_reason, revision=revision)
    if article.replaces_id is None:
        audit("urgent", article, by=by, old=state_of(stored), reason=urgent_reason)
    else:
        # A copy is gone after its swap: the log speaks of the article.
        copy = {"copy": article.pk, "version": revision.version}
        auditing.record("urgent", stored, by=by, values=({}, copy), reason=urgent_reason)


def add_step(
    article: Article, kind: ReviewStep.Kind, *, by: Any, revision: Revision, **values: Any
) -> ReviewStep:
    """Notes a step of the way from draft to readers, with the content that it is about."""
    return ReviewStep.objects.create(
        article=article,
        kind=kind,
        by=by,
        version=revision.version,
        digest=approval.digest_of(revision.document),
        **values,
    )


def _drop_approval(article: Article, revision: Revision, *, by: Any) -> None:
    """Another content than the approved one is in review again, whoever saved it."""
    waits = article.status in {Article.Status.PUBLISHED, Article.Status.HELD}
    if waits and _has_begun(article, timezone.now()):
        return
    if waits and not article.section.demands_approval:
        return
    if not waits and article.status != Article.Status.APPROVED:
        return
    if approval.is_approved(article, revision.document):
        return
    old = state_of(article)
    article.status, article.held_reason = Article.Status.IN_REVIEW, ""
    Article.objects.filter(pk=article.pk).update(status=article.status, held_reason="")
    revision.document["status"] = str(article.status)
    revision.save(update_fields=["document"])
    words = "承認された後に内容が変わりました。"
    add_step(article, ReviewStep.Kind.DROP, by=by, words=words, revision=revision)
    audit("drop", article, by=by, old=old, reason=words)


def _has_begun(stored: Article, now: datetime) -> bool:
    return stored.publish_at is not None and stored.publish_at <= now


@transaction.atomic
def refuse_unpublishable(article: Article, *, by: Any, at: datetime | None = None) -> None:
    """Raises what `publish` would, approvals excepted, and changes nothing."""
    _refuse_unpublishable(article, by=by, at=at, now=timezone.now())


def _refuse_unpublishable(
    article: Article, *, by: Any, at: datetime | None, now: datetime
) -> Article:
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, "articles.publish_article", stored.section_id, article.section_id)
    _refuse_aside(stored)
    _refuse_published(stored, now)
    if at is not None and at <= now:
        raise ValidationError(
            {"publish_at": "公開日時が過ぎています。今すぐ公開するなら空欄にしてください。"}
        )
    if article.unpublish_at is not None and article.unpublish_at <= (at or now):
        raise ValidationError({"unpublish_at": "公開終了日時は公開日時より後にしてください。"})
    _refuse_unfit(article, at)
    return stored


def _refuse_aside(stored: Article) -> None:
    """A working copy takes its article's place instead; the trash is not a desk."""
    if stored.replaces_id is not None:
        raise ValidationError("差し替え稿です。「差し替える」から公開してください。")
    if stored.trashed_at is not None:
        raise ValidationError("ごみ箱の記事です。先に元に戻してください。")


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


def shown_from(article: Article, now: datetime) -> datetime:
    """When readers see an article that is out: its time is history, its embargo may not be."""
    if article.publish_at is not None and article.publish_at > now:
        return article.publish_at
    return max(now, article.embargo_until or now)


def _refuse_unfit(article: Article, at: datetime | None = None) -> None:
    problems = problems_before_publishing(article, at)
    if problems:
        raise ValidationError(problems)


def state_of(article: Article) -> dict[str, Any]:
    return {
        "status": str(article.status),
        "headline": article.headline,
        "publish_at": article.publish_at.isoformat() if article.publish_at else None,
        "unpublish_at": article.unpublish_at.isoformat() if article.unpublish_at else None,
    }


def audit(action: str, article: Article, *, by: Any, old: dict[str, Any], reason: str = "") -> None:
    """Notes a verb with the states before and after, and with what its save changed."""
    before, after = changed_content(article)
    values = (before | old, after | state_of(article))
    auditing.record(action, article, by=by, values=values, reason=reason)
