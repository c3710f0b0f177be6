"""Whether what is about to go out is what somebody approved.

An approval is of a content, not of a row: of everything that readers would see of the article.
Its state, its window and who saved it are not part of that.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from articles.models import Article, ReviewStep, Revision

_NOT_CONTENT = frozenset({
    "format", "id", "status", "version", "publish_at", "unpublish_at", "embargo_until",
    "updated_at", "withdrawn_at", "withdrawn_reason", "withdrawn_for", "external_id",
})  # fmt: skip
Kind = ReviewStep.Kind
# What people without an account say changes no state.
_BY_GUESTS = (Kind.COMMENT, Kind.AGREE)
# How far back is looked for who changed the text last; saves that change nothing are rare.
_LOOKED_AT = 50


def digest_of(document: dict[str, Any]) -> str:
    """Two documents with the same digest show readers the same."""
    content = {name: value for name, value in document.items() if name not in _NOT_CONTENT}
    written = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


def latest_step(article: Article) -> ReviewStep | None:
    """The last thing that the desk did between draft and publication."""
    return article.review_steps.exclude(kind__in=_BY_GUESTS).order_by("-id").first()


def is_approved(article: Article, document: dict[str, Any]) -> bool:
    """Does an approval that still stands cover exactly this content?"""
    step = latest_step(article)
    if step is None or step.digest != digest_of(document):
        return False
    if step.kind == Kind.URGENT:
        return True
    return step.kind == Kind.APPROVE and (step.is_independent or not article.section.four_eyes)


def is_unchanged(article: Article, document: dict[str, Any]) -> bool:
    """Is this what was published before, in the version before this one?"""
    before = (
        article.revisions.filter(
            version__lt=document["version"], document__status=Article.Status.PUBLISHED
        )
        .order_by("-version")
        .first()
    )
    return before is not None and digest_of(before.document) == digest_of(document)


def writers_of(article: Article, digest: str) -> set[int]:
    """Who may not approve this content where four eyes are asked for.

    Who began the article, and who changed it last: a save that changed nothing is nobody's.
    """
    people = {article.created_by_id}
    rows = article.revisions.order_by("-version").only("document", "created_by_id")
    last: Revision | None = None
    for revision in rows[:_LOOKED_AT].iterator(chunk_size=5):
        if digest_of(revision.document) != digest:
            break
        last = revision
    if last is not None:
        people.add(last.created_by_id)
    return {pk for pk in people if pk is not None}
