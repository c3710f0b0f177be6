"""An article as one document: what a revision keeps, an export writes and an import reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from articles.models import Article

FORMAT = 1
_PLAIN = (
    "headline", "short_headline", "teaser", "body", "dateline", "status", "publish_at",
    "unpublish_at", "embargo_until", "updated_at", "withdrawn_at", "withdrawn_reason",
    "noindex", "is_sensitive", "version", "external_id",
)  # fmt: skip


def article_document(article: Article) -> dict[str, Any]:
    """All that an editor wrote of an article, as JSON types.

    Times are ISO 8601 with offset. Rows that live on their own (section, authors, agency,
    topics) are named by slug, photos by their SHA-256, related articles by id.
    """
    document: dict[str, Any] = {"format": FORMAT, "id": article.pk}
    document |= {name: _plain(getattr(article, name)) for name in _PLAIN}
    document["section"] = article.section.slug
    document["agency"] = article.agency.slug if article.agency else None
    document["authors"] = list(
        article.article_authors.order_by("order", "id").values_list("author__slug", flat=True)
    )
    document["tags"] = sorted(article.tags.names())
    document["related"] = list(
        article.related_items.order_by("order", "id").values_list("other_id", flat=True)
    )
    document["photos"] = [
        {
            "sha256": item.photo.sha256,
            "photo": item.photo_id,
            "caption": item.caption,
            "library_caption": item.photo.caption,
            "credit": item.photo.credit_line,
            "after_paragraph": item.after_paragraph,
            "in_gallery": item.in_gallery,
        }
        for item in article.article_photos.select_related("photo__agency")
    ]
    document["teasers"] = [
        {
            "topic": teaser.topic.slug,
            "headline": teaser.headline,
            "teaser": teaser.teaser,
            "is_pinned": teaser.is_pinned,
            "starts_at": _plain(teaser.starts_at),
            "ends_at": _plain(teaser.ends_at),
        }
        for teaser in article.teasers.select_related("topic").order_by("id")
    ]
    return document


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, (date, datetime)) else value
