"""What the page of an article shows: the same for readers and for the desk that looks ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from articles.layout import body_parts
from articles.models import Article, ArticlePhoto, Author, Correction, Tag

OLD_AFTER = timedelta(days=365)


class Rows(NamedTuple):
    """What hangs on an article; photos whatever their terms, each list in its order."""

    photos: Sequence[ArticlePhoto] = ()
    authors: Sequence[Author] = ()
    tags: Sequence[Tag] = ()
    corrections: Sequence[Correction] = ()


def page_context(article: Article, rows: Rows, at: datetime) -> dict[str, Any]:
    """The context of `articles/article.html` at a time."""
    photos = [item for item in rows.photos if item.photo.is_showable_at(at)]
    # When the term of the first one has ended, the next stands in.
    lead = photos[0] if photos else None
    return {
        "article": article,
        "corrections_first": [item for item in rows.corrections if item.changes_meaning],
        "corrections": [item for item in rows.corrections if not item.changes_meaning],
        "section": article.section,
        "authors": rows.authors,
        "lead": lead,
        "photos_ended": bool(rows.photos) and not photos,
        "photo_count": len(photos),
        "photos": photos,
        "parts": body_parts(article, [item for item in photos if item is not lead]),
        "tags": rows.tags,
        "is_old": bool(article.publish_at and article.publish_at < at - OLD_AFTER),
    }
