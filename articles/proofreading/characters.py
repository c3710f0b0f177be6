"""Characters that do not belong in print: half-width kana, control and invisible ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from articles.proofreading.findings import Finding
from articles.proofreading.passages import Passage

_HALF_KANA = re.compile("[\uff61-\uff9f]+")
# Controls, marks without width, direction marks, soft hyphens. The joiner U+200D stays between the
# parts of an emoji, the line feed where an editor broke the line.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b\u200c\u200e\u200f"
    "\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]+"
    "|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d+"
)
_BROKEN = re.compile("[\ufffc\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]+")
_NAMES = {"\t": "タブ", "\u00ad": "ソフトハイフン", "\ufeff": "BOM", "\u200b": "ゼロ幅スペース"}


def half_width_kana(passage: Passage) -> Iterator[Finding]:
    for match in _HALF_KANA.finditer(passage.text):
        full = unicodedata.normalize("NFKC", match.group())
        yield Finding("half_kana", passage, *match.span(), "半角カタカナ", full)


def unprintable(passage: Passage) -> Iterator[Finding]:
    """What cannot be seen, and what another machine shows differently."""
    for match in _INVISIBLE.finditer(passage.text):
        first = match.group()[0]
        name = _NAMES.get(first, f"U+{ord(first):04X}")
        replacement = " " if first == "\t" else ""
        yield Finding("invisible", passage, *match.span(), f"見えない文字（{name}）", replacement)
    for match in _BROKEN.finditer(passage.text):
        yield Finding("invisible", passage, *match.span(), "文字化けか外字")
