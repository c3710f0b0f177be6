"""Links for people without an account: make, find, open, answer, revoke.

The address holds a random token and its signature. The signature turns away made-up addresses
without asking the database; the token itself is kept nowhere, only its hash.
"""

from __future__ import annotations

import hashlib
import secrets
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils import timezone

from articles.article_page import Rows
from articles.auditing import record
from articles.models import Article, ReviewLink, ReviewOpening, ReviewStep
from articles.previewing import Draft, stored_draft
from articles.scope import require

MOST_DAYS = 30
WORDS = 1000
# A person reads an article a few times and answers once or twice.
RATE = timedelta(minutes=10)
MOST_OPENINGS = 60
MOST_ANSWERS = 10
PERMISSION = "articles.add_reviewlink"


class TooOftenError(Exception):
    """The link was opened or answered more often than a person does."""


@transaction.atomic
def make(  # noqa: PLR0913 (the fields of the form)
    article: Article,
    *,
    by: Any,
    recipient: str,
    expires_at: datetime,
    email: str = "",
    is_pinned: bool = False,
) -> tuple[ReviewLink, str]:
    """A new link and its token, which nobody can read again afterwards.

    `is_pinned` shows for good what the article says now. Raises ValidationError by field.
    """
    require(by, PERMISSION, article.section_id)
    now = timezone.now()
    if article.status == Article.Status.WITHDRAWN:
        raise ValidationError("取り下げた記事のリンクは作れません。")
    if article.trashed_at is not None:
        raise ValidationError("ごみ箱の記事のリンクは作れません。")
    if not recipient.strip():
        raise ValidationError({"recipient": "見てもらう人の名前を書いてください。"})
    if not now < expires_at <= now + timedelta(days=MOST_DAYS):
        raise ValidationError({"expires_at": f"期限は、これから{MOST_DAYS}日以内にしてください。"})
    token = secrets.token_urlsafe(32)
    link = ReviewLink.objects.create(
        article=article,
        token_hash=_hash(token),
        recipient=recipient,
        email=email,
        expires_at=expires_at,
        version=article.version if is_pinned else None,
        created_by=by,
    )
    record("review_link", article, by=by, values=({}, _said(link)))
    return link, _signer().sign(token)


@transaction.atomic
def revoke(link: ReviewLink, *, by: Any) -> None:
    """From now on the link shows nothing. Doing it twice is one."""
    require(by, PERMISSION, link.article.section_id)
    if ReviewLink.objects.filter(pk=link.pk).end():
        record("revoke_link", link.article, by=by, values=(_said(link), {}))


def find(signed: str) -> ReviewLink | None:
    """The link of an address; None for one that was never made. It may have ended."""
    try:
        token = _signer().unsign(signed)
    except BadSignature:
        return None
    found = ReviewLink.objects.filter(token_hash=_hash(token))
    return found.select_related("article__section", "article__agency", "created_by").first()


def opened(link: ReviewLink) -> None:
    """Notes that the link was opened, and nothing of who did. Raises TooOftenError."""
    since = timezone.now() - RATE
    if link.openings.filter(at__gt=since).count() >= MOST_OPENINGS:
        raise TooOftenError
    ReviewOpening.objects.create(link=link)


@transaction.atomic
def answer(link: ReviewLink, *, words: str, agrees: bool) -> ReviewStep:
    """Notes what the person wrote, or that they agree. It changes no state of the article.

    Raises TooOftenError, or ValidationError by field.
    """
    if not agrees and not words.strip():
        raise ValidationError({"words": "ご意見を書いてください。"})
    if len(words) > WORDS:
        raise ValidationError({"words": f"{WORDS}字までです（今は{len(words)}字）。"})
    kinds = [ReviewStep.Kind.COMMENT, ReviewStep.Kind.AGREE]
    # Of this person, and in the link's turn: two at once are counted as two.
    ReviewLink.objects.select_for_update(of=("self",)).get(pk=link.pk)
    lately = ReviewStep.objects.filter(
        article=link.article_id,
        guest=link.recipient,
        kind__in=kinds,
        at__gt=timezone.now() - RATE,
    )
    if lately.count() >= MOST_ANSWERS:
        raise TooOftenError
    return ReviewStep.objects.create(
        article=link.article,
        kind=ReviewStep.Kind.AGREE if agrees else ReviewStep.Kind.COMMENT,
        guest=link.recipient,
        words=words,
        version=link.version or link.article.version,
    )


def draft_of(link: ReviewLink) -> Draft:
    """What the link shows: the newest text, or that of the version it was made for."""
    draft = stored_draft(link.article)
    if link.version is None or link.version == link.article.version:
        return draft
    revision = link.article.revisions.filter(version=link.version).first()
    return draft if revision is None else _as_of(draft, revision.document)


def _as_of(draft: Draft, document: dict[str, Any]) -> Draft:
    """The words and photos of a version; what lives on its own is as it is now."""
    article = copy(draft.article)
    for name in ("headline", "short_headline", "teaser", "body", "dateline"):
        setattr(article, name, document.get(name, ""))
    article.headline_phrases = ""
    captions = {item["photo"]: item for item in document.get("photos", ())}
    photos = [item for item in draft.rows.photos if item.photo_id in captions]
    for item in photos:
        item.caption = captions[item.photo_id]["caption"]
    rows = Rows(photos, draft.rows.authors, draft.rows.tags, draft.rows.corrections)
    return Draft(article, rows, draft.related)


def _signer() -> Signer:
    return Signer(sep=".", salt="articles.review_links")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _said(link: ReviewLink) -> dict[str, Any]:
    return {"recipient": link.recipient, "expires_at": link.expires_at.isoformat()}
