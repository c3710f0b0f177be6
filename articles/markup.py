"""The HTML that an article's body may hold, and the one function that makes it so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

import nh3

from articles.text import strip_unwanted

# Photos are rows, and the body only says where one stands; embeds are links. So neither img nor
# iframe is here.
ALLOWED_TAGS = {
    "p", "h2", "h3", "strong", "em", "ul", "ol", "li", "blockquote", "cite",
    "a", "br", "ruby", "rt", "rp", "hr", "i",
}  # fmt: skip
# `lang` on foreign names and quotations, `<i lang="ko">` where nothing else stands: a screen reader
# says them in their own language.
ALLOWED_ATTRIBUTES = {
    "a": {"href"}, "hr": {"data-photo"}, "blockquote": {"cite", "lang"}, "ol": {"start"},
    **{name: {"lang"} for name in ("i", "p", "cite", "em", "h2", "h3", "li")},
}  # fmt: skip
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
URL_SCHEMES = {"http", "https", "mailto", "tel"}

_cleaner = nh3.Cleaner(
    tags=ALLOWED_TAGS,
    clean_content_tags={"script", "style", "iframe", "object", "template", "svg", "math"},
    attributes=ALLOWED_ATTRIBUTES,
    url_schemes=URL_SCHEMES,
    attribute_filter=lambda _tag, name, value: value if _is_fit(name, value) else None,
    link_rel="noopener",
)
_TAG = re.compile(r"<[^>]*>")
_OPENED = re.compile(r"<(/?)([a-z0-9]+)[^>]*>")
_VOID = {"br", "hr"}
_BLOCK_END = re.compile(r"</(?:p|h2|h3|li|blockquote)>|<br>|<hr[^>]*>")
# Where a photo of the article stands: the number of the photo. A void element, so that nothing
# can stand inside it and a program that does not know it draws a line.
_PHOTO_PLACE = re.compile(r'<hr data-photo="([0-9]+)">')
_RUBY_READING = re.compile(r"<r[tp]>.*?</r[tp]>", re.DOTALL)
_EMPTY = re.compile(r"\s*(?:<p>(?:\s|&nbsp;|<br>)*</p>\s*)*")


def clean_html(html: str) -> str:
    """Only allowed tags, attributes and addresses; nothing at all for an empty document."""
    cleaned = _cleaner.clean(strip_unwanted(html or ""))
    return "" if _EMPTY.fullmatch(cleaned) else cleaned


def plain_text(html: str) -> str:
    """The words of a body, a line a block, without the readings of ruby."""
    lines = _BLOCK_END.sub("\n", _RUBY_READING.sub("", html))
    text = unescape(_TAG.sub("", lines))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def blocks(html: str) -> list[str]:
    """The top-level elements of cleaned, and therefore well-formed, HTML."""
    found, start, depth = [], 0, 0
    for match in _OPENED.finditer(html):
        closing, name = match.groups()
        if name not in _VOID:
            depth += -1 if closing else 1
        if depth == 0:
            found.append(html[start : match.end()].lstrip())
            start = match.end()
    found.append(html[start:].lstrip())
    return [block for block in found if block]


def photo_of(block: str) -> int | None:
    """The number of the photo that stands at a block's place, None when the block is text."""
    found = _PHOTO_PLACE.fullmatch(block)
    return int(found[1]) if found else None


def without_photos(html: str) -> str:
    """Cleaned HTML without the places of photos, for readers who get no photos with it."""
    return _PHOTO_PLACE.sub("", html)


def with_photos(html: str, places: Iterable[tuple[int, int]]) -> str:
    """Cleaned HTML with photos after paragraphs; `places` are paragraph and photo, in order.

    A photo that has its place in the text keeps it. Only paragraphs of the body itself count.
    """
    placed = set(map(int, _PHOTO_PLACE.findall(html)))
    parts, paragraphs = [], 0
    waiting = [(after, photo) for after, photo in places if photo not in placed]
    for block in blocks(html):
        parts.append(block)
        if block.startswith("<p"):
            paragraphs += 1
            parts += [_place(photo) for after, photo in waiting if after == paragraphs]
            waiting = [place for place in waiting if place[0] != paragraphs]
    return "".join([*parts, *(_place(photo) for _, photo in waiting)])


def from_plain(text: str) -> str:
    """HTML of a text in the light form of the demo and of imports.

    Blank lines separate paragraphs, `## ` begins a heading and `> ` a quotation.
    """
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return clean_html("".join(_block_html(block) for block in blocks))


def _block_html(block: str) -> str:
    escaped = nh3.clean_text(block.removeprefix("## "))
    if block.startswith("## "):
        return f"<h2>{escaped}</h2>"
    if block.startswith("> "):
        return f"<blockquote><p>{nh3.clean_text(block[2:])}</p></blockquote>"
    return f"<p>{escaped}</p>"


def _place(photo: int) -> str:
    return f'<hr data-photo="{photo}">'


def _is_fit(name: str, value: str) -> bool:
    if name == "lang":
        return bool(_LANGUAGE.fullmatch(value))
    return name != "data-photo" or bool(_NUMBER.fullmatch(value))
