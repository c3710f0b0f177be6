"""Where photos stand in the body of an article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe

from articles.markup import blocks, photo_of, with_photos, without_photos
from articles.models import Article, ArticlePhoto
from articles.text import phrased_html

# A paragraph that is one link to a video or a post: what other systems load from elsewhere.
_EMBED = re.compile(
    r'<p>(?P<link><a href="https://(?:(?P<video>www\.youtube\.com/watch\?v=[\w-]{11})'
    r'|x\.com/\w{1,15}/status/[0-9]{1,20})"[^>]*>[^<]+</a>)</p>',
    re.ASCII,
)
# A heading of words alone; one with ruby or a link in it breaks where browsers break it.
_PLAIN_HEADING = re.compile(r"<(h[23])>([^<]+)</\1>")


class BodyPart(NamedTuple):
    """A stretch of the body and what follows it: photos, and after them a gallery."""

    html: SafeString
    photos: list[ArticlePhoto]
    gallery: list[ArticlePhoto]


def body_parts(article: Article, photos: Sequence[ArticlePhoto]) -> list[BodyPart]:
    """The body cut where its photos stand; a photo without a place comes after the body.

    A photo stands where the text says so. Rows that no form has saved since may name a paragraph
    instead; only paragraphs of the body itself count, not those of quotations and lists.
    """
    parts: list[BodyPart] = []
    waiting = list(photos)
    pending, paragraphs = "", 0
    for block in blocks(_with_places(article.body_html, photos)):
        photo = photo_of(block)
        if photo is None:
            if block.startswith("<p"):
                paragraphs += 1
            opens = block.startswith("<p") and paragraphs == 1
            pending += _with_dateline(block, article.dateline) if opens else _for_readers(block)
            continue
        here = [item for item in waiting if item.photo_id == photo]
        waiting = [item for item in waiting if item.photo_id != photo]
        if here and (pending or not parts):
            parts.append(_part(pending, here))
            pending = ""
        elif here:
            # Photos one after the other belong together, in a gallery above all.
            parts[-1] = _part(parts[-1].html, [*parts[-1].photos, *parts[-1].gallery, *here])
    if pending or waiting:
        parts.append(_part(pending, waiting))
    return parts


def settled_body(article: Article) -> str:
    """The body as the desk keeps it: with places in the text for photos that name a paragraph."""
    rows = article.article_photos.exclude(after_paragraph=None).order_by("order", "id")
    return _with_places(article.body, list(rows))


def _with_places(html: str, photos: Sequence[ArticlePhoto]) -> str:
    places = [(item.after_paragraph, item.photo_id) for item in photos if item.after_paragraph]
    return with_photos(html, places) if places else html


def _for_readers(block: str) -> str:
    """A block of text as readers get it: headings in phrases, embeds as links."""
    embed = _EMBED.fullmatch(block)
    if embed:
        words = "YouTubeの動画を見る" if embed["video"] else "Xの投稿を見る"
        link = embed["link"]
        return (
            f'<figure class="embed">{link}<figcaption>{words}（別のサイトが開きます）</figcaption>'
            "</figure>"
        )
    # A place inside a quotation or a list is none.
    return without_photos(_heading(block))


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


def _heading(block: str) -> str:
    """A heading of the body with `<wbr>` between its phrases; any other block as it is."""
    found = _PLAIN_HEADING.fullmatch(block)
    if found is None:
        return block
    tag, words = found.groups()
    return f"<{tag}>{phrased_html(unescape(words))}</{tag}>"


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 (whole blocks of Article.body_html)
