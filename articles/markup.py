"""The HTML that an article's body may hold, and the one function that makes it so."""

from __future__ import annotations

import re
from html import unescape

import nh3

from articles.text import strip_unwanted

# Photos and embeds are rows with a place, not markup, so neither img nor iframe is here.
ALLOWED_TAGS = {
    "p", "h2", "h3", "strong", "em", "ul", "ol", "li", "blockquote", "cite",
    "a", "br", "ruby", "rt", "rp", "hr",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {"a": {"href"}, "blockquote": {"cite"}, "ol": {"start"}}
URL_SCHEMES = {"http", "https", "mailto", "tel"}

_cleaner = nh3.Cleaner(
    tags=ALLOWED_TAGS,
    clean_content_tags={"script", "style", "iframe", "object", "template", "svg", "math"},
    attributes=ALLOWED_ATTRIBUTES,
    url_schemes=URL_SCHEMES,
    link_rel="noopener",
)
_TAG = re.compile(r"<[^>]*>")
_BLOCK_END = re.compile(r"</(?:p|h2|h3|li|blockquote)>|<br>|<hr>")
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
