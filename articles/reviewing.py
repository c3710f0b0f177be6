"""The verbs between draft and publication: ask for a review, give back, approve, take back.

Each is a single transaction that writes the state, a version, a ReviewStep and an audit entry.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from articles import approval
from articles.models import Article, ArticleQuerySet, ReviewStep
from articles.publishing import add_step, audit, record, refuse_stale, state_of
from articles.scope import is_in_scope, require, sections_of

Kind = ReviewStep.Kind
APPROVE = "articles.approve_article"


@transaction.atomic
def submit(article: Article, *, by: Any, to: Any = None, words: str = "") -> None:
    """Asks for a review of a draft: of one colleague, or of whoever may approve.

    Raises ValidationError when it is no draft, or when `to` may not approve it.
    """
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, "articles.change_article", stored.section_id, article.section_id)
    if stored.status != Article.Status.DRAFT:
        raise ValidationError("下書きだけをレビューに出せます。")
    if to is not None and not may_approve(to, article):
        raise ValidationError({"to": "この人は、この分野の記事を承認できません。"})
    old = state_of(stored)
    article.status = Article.Status.IN_REVIEW
    revision = record(article, by=by, reason="レビュー依頼")
    add_step(article, Kind.SUBMIT, by=by, to=to, words=words, revision=revision)
    audit("submit", article, by=by, old=old, reason=words)


@transaction.atomic
def approve(article: Article, *, by: Any, words: str = "") -> None:
    """Approves what an article in review says now.

    Raises ValidationError when it is not in review, or when the section asks for four eyes and
    two of them have written it.
    """
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, APPROVE, stored.section_id, article.section_id)
    if stored.status != Article.Status.IN_REVIEW:
        raise ValidationError("確認待ちの記事だけを承認できます。")
    old = state_of(stored)
    article.status = Article.Status.APPROVED
    revision = record(article, by=by, reason="承認")
    writers = approval.writers_of(article, approval.digest_of(revision.document))
    is_independent = by is None or by.pk not in writers
    if (article.section.four_eyes or stored.section.four_eyes) and not is_independent:
        raise ValidationError(
            "書いた人と最後に直した人は承認できません。ほかの人に承認を頼んでください。",
            code="four_eyes",
        )
    add_step(
        article,
        Kind.APPROVE,
        by=by,
        words=words,
        revision=revision,
        is_independent=is_independent,
    )
    audit("approve", article, by=by, old=old, reason=words)


@transaction.atomic
def give_back(article: Article, *, by: Any, reason: str) -> None:
    """Makes an article a draft again, with a word to the writer. Raises without that word."""
    if not reason.strip():
        raise ValidationError({"words": "差し戻しの理由を書いてください。"})
    _back_to_draft(article, Kind.RETURN, by=by, permission=APPROVE, words=reason)


@transaction.atomic
def take_back(article: Article, *, by: Any) -> None:
    """Ends the review that somebody asked for; an approval is gone with it."""
    _back_to_draft(article, Kind.TAKE_BACK, by=by, permission="articles.change_article")


@transaction.atomic
def check_afterwards(step: ReviewStep, *, by: Any) -> None:
    """Somebody else has looked at what went out without an approval."""
    step = ReviewStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
    require(by, APPROVE, step.article.section_id)
    if step.kind != Kind.URGENT or step.checked_at is not None:
        raise ValidationError("すでに確認されています。")
    if by is not None and step.by_id == by.pk:
        raise ValidationError("公開した人とは別の人が確認してください。")
    step.checked_by, step.checked_at = by, timezone.now()
    step.save(update_fields=["checked_by", "checked_at"])
    audit("check_urgent", step.article, by=by, old=state_of(step.article), reason=step.words)


# --- asked by pages of the desk


def unchecked() -> QuerySet[ReviewStep]:
    """What went out as 速報 and nobody has looked at since, the oldest first."""
    found = ReviewStep.objects.filter(kind="urgent", checked_at=None).order_by("id")
    return found.select_related("article__section", "by").defer(
        "article__body", "article__search_text"
    )


def waiting_for(user: Any) -> ArticleQuerySet:
    """Articles in review that somebody was asked to read, or that anybody may; oldest first."""
    if not user.has_perm(APPROVE):
        return Article.objects.none()
    asked = ReviewStep.objects.filter(article=OuterRef("pk"), kind=Kind.SUBMIT).order_by("-id")
    found = (
        Article.objects.unpublished(Article.Status.IN_REVIEW)
        .annotate(asked_of=Subquery(asked.values("to")[:1]))
        .filter(Q(asked_of=user.pk) | Q(asked_of=None))
        .order_by("saved_at")
    )
    mine = sections_of(user)
    return found if mine is None else found.filter(section__in=mine)


def returned_to(user: Any) -> ArticleQuerySet:
    """Drafts of somebody that came back with a word."""
    last = ReviewStep.objects.filter(article=OuterRef("pk")).order_by("-id")
    return (
        Article.objects.unpublished(Article.Status.DRAFT)
        .filter(created_by=user.pk)
        .annotate(last_step=Subquery(last.values("kind")[:1]))
        .filter(last_step=Kind.RETURN)
        .order_by("-saved_at")
    )


def may_approve(user: Any, article: Article) -> bool:
    return bool(user.is_active and user.has_perm(APPROVE)) and is_in_scope(user, article.section_id)


def approvers() -> QuerySet[Any]:
    """Colleagues of whom a review may be asked, whatever their sections."""
    may = Permission.objects.filter(content_type__app_label="articles", codename="approve_article")
    people = get_user_model()._default_manager.filter(is_active=True, is_staff=True)
    return people.filter(
        Q(is_superuser=True) | Q(groups__permissions__in=may) | Q(user_permissions__in=may)
    ).distinct()


def _back_to_draft(
    article: Article, kind: ReviewStep.Kind, *, by: Any, permission: str, words: str = ""
) -> None:
    stored = refuse_stale(article.pk, article.version, by=by)
    require(by, permission, stored.section_id)
    if stored.status not in {Article.Status.IN_REVIEW, Article.Status.APPROVED}:
        raise ValidationError("確認待ちか承認済みの記事ではありません。")
    old = state_of(stored)
    article.status = Article.Status.DRAFT
    revision = record(
        article, by=by, reason=f"{kind.label}：{words}"[:200] if words else kind.label
    )
    add_step(article, kind, by=by, words=words, revision=revision)
    audit(str(kind), article, by=by, old=old, reason=words)
