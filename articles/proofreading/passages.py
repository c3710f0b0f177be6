"""An article's text as the rules read it: one passage for each field and each paragraph."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser

_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "div", "hr"}
_READINGS = {"rt", "rp"}
# Half-width by nature, whatever the house writes elsewhere.
_ADDRESS = re.compile(r"https?://[!-~]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_QUOTE_MARKS = re.compile("[「」『』]")

Span = tuple[int, int]


@dataclass(eq=False)
class Passage:
    """A stretch of text that an editor sees as one: a line, a caption, a paragraph of the body.

    `field` is the name of the form's field and `place` what the desk calls it. Paragraphs are
    numbered from 1; the empty ones do not count.
    """

    field: str
    place: str
    text: str
    paragraph: int | None = None
    is_quotation: bool = False
    links: Sequence[Span] = ()

    @property
    def where(self) -> str:
        """The place in words: 「本文 第3段落」."""
        return self.place if self.paragraph is None else f"{self.place} 第{self.paragraph}段落"

    @cached_property
    def quotations(self) -> list[Span]:
        """Where somebody else's words stand: between 「」 and 『』, the outermost pairs."""
        if self.is_quotation:
            return [(0, len(self.text))]
        spans: list[Span] = []
        start = depth = 0
        for mark in _QUOTE_MARKS.finditer(self.text):
            if mark.group() in "「『":
                if depth == 0:
                    start = mark.start()
                depth += 1
            elif depth:
                depth -= 1
                if depth == 0:
                    spans.append((start, mark.end()))
        return spans

    @cached_property
    def addresses(self) -> list[Span]:
        return [match.span() for match in _ADDRESS.finditer(self.text)]

    def is_quoted(self, position: int) -> bool:
        return _covers(self.quotations, position)

    def is_address(self, position: int) -> bool:
        return _covers(self.addresses, position)


def passages_of_html(field: str, place: str, html: str) -> list[Passage]:
    """The paragraphs, headings and list items of rich text, without the readings of ruby.

    Positions agree with those in the editor: a ruby counts as its base, a line break as one.
    """
    parser = _Blocks()
    parser.feed(html)
    parser.close()
    parser.flush()
    return [
        Passage(field, place, text, paragraph=number, is_quotation=quoted, links=links)
        for number, (text, quoted, links) in enumerate(parser.blocks, start=1)
    ]


def _covers(spans: list[Span], position: int) -> bool:
    """Is the position in one of the spans, which are in order and apart from each other?"""
    found = bisect_right(spans, (position, float("inf"))) - 1
    return found >= 0 and spans[found][0] <= position < spans[found][1]


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[str, bool, list[Span]]] = []
        self.text: list[str] = []
        self.length = 0
        self.links: list[Span] = []
        self.link_start: int | None = None
        self.quotes = self.readings = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _BLOCKS:
            self.flush()
        if tag == "blockquote":
            self.quotes += 1
        elif tag in _READINGS:
            self.readings += 1
        elif tag == "br":
            self.handle_data("\n")
        elif tag == "a":
            self.link_start = self.length

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.flush()
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
        elif tag in _READINGS:
            self.readings = max(0, self.readings - 1)
        elif tag == "a" and self.link_start is not None:
            if self.length > self.link_start:
                self.links.append((self.link_start, self.length))
            self.link_start = None

    def handle_data(self, data: str) -> None:
        if not self.readings:
            self.text.append(data)
            self.length += len(data)

    def flush(self) -> None:
        text = "".join(self.text)
        if text.strip():
            self.blocks.append((text, self.quotes > 0, self.links))
        self.text, self.length, self.links, self.link_start = [], 0, [], None
        self.readings = 0
