"""Where photos stand in the body of an article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe

from articles.models import Article, ArticlePhoto

_TAG = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
_VOID = {"br", "hr"}


class BodyPart(NamedTuple):
    """A stretch of the body and what follows it: photos, and after them a gallery."""

    html: SafeString
    photos: list[ArticlePhoto]
    gallery: list[ArticlePhoto]


def body_parts(article: Article, photos: Sequence[ArticlePhoto]) -> list[BodyPart]:
    """The body cut where its photos stand; a photo without a place comes after the body.

    Only paragraphs of the body itself count, not those of quotations and lists.
    """
    parts: list[BodyPart] = []
    waiting = list(photos)
    pending, paragraphs = "", 0
    for block in _blocks(article.body_html):
        if not block.startswith("<p"):
            pending += block
            continue
        paragraphs += 1
        pending += block if paragraphs > 1 else _with_dateline(block, article.dateline)
        here = [item for item in waiting if item.after_paragraph == paragraphs]
        if here:
            parts.append(_part(pending, here))
            waiting = [item for item in waiting if item not in here]
            pending = ""
    if pending or waiting:
        parts.append(_part(pending, waiting))
    return parts


def _part(html: str, items: Sequence[ArticlePhoto]) -> BodyPart:
    return BodyPart(
        _safe(html),
        [item for item in items if not item.in_gallery],
        [item for item in items if item.in_gallery],
    )


def _with_dateline(paragraph: str, dateline: str) -> str:
    """The first paragraph opens with where it was written: 【汐崎】."""
    if not dateline:
        return paragraph
    return f'<p><span class="dateline">【{escape(dateline)}】</span>{paragraph.removeprefix("<p>")}'


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 (whole blocks of Article.body_html)


def _blocks(html: str) -> list[str]:
    """The top-level elements of cleaned, and therefore well-formed, HTML."""
    blocks, start, depth = [], 0, 0
    for match in _TAG.finditer(html):
        closing, name = match.groups()
        if name not in _VOID:
            depth += -1 if closing else 1
        if depth == 0:
            blocks.append(html[start : match.end()].lstrip())
            start = match.end()
    blocks.append(html[start:].lstrip())
    return [block for block in blocks if block]
