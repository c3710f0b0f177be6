"""Words that leave a reader alone: a day without its month, a link that says only 「こちら」."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from articles.proofreading.findings import Finding
from articles.proofreading.passages import Passage
from articles.text import fold

_NUMBER = "[0-9０-９]{1,2}|[一二三]?十[一二三四五六七八九]?"
# What makes 「3日」 a length of time or an order, and not a date.
_NOT_A_DATE = (
    "間|目|連続|続け|当たり|あたり|ぶり|分|以内|後|前|余|程|ほど|以上|未満|あまり|ごと|おき|制|がかり|"
    "かけ|遅れ|早|弱|強|も(?:たた|かか)|に[0-9０-９一二三四五六七八九十数何]|[0-9０-９]|本|米|中両|常|系|"
    "はかか|かか|を要|経|過|たっ|休|程度"
)
_DATE = re.compile(
    rf"(?P<month>(?<![かカヵケヶ箇ヵ])(?:[0-9０-９]{{1,2}}|[一二三四五六七八九十]{{1,2}})月)"
    rf"|(?<![0-9０-９一二三四五六七八九十月数何/／.．第])(?P<day>{_NUMBER})日(?!{_NOT_A_DATE})"
)
_SAYS_NOTHING = re.compile(
    "(?:詳し[いく](?:は|情報は)?)?(?:[こそ]ちら|ここ)(?:から|へ|まで|を参照|をご覧ください|の記事)?"
    "|詳細|詳しく|リンク|続き|続きを読む|もっと見る|もっと読む|click ?here|here|more|read more|link"
)
_EDGES = "　 「」『』（）()［］[]【】<>＜＞→▶►≫»>>。、:：・！!*＊"
_DATED_FIELDS = {"teaser", "body"}


def dates_without_month(passages: Sequence[Passage]) -> Iterator[Finding]:
    """「23日」 in the text while no month was named before it."""
    month_named = False
    for passage in passages:
        if passage.field not in _DATED_FIELDS:
            continue
        for match in _DATE.finditer(passage.text):
            if match["month"]:
                month_named = True
            elif not month_named and not passage.is_quoted(match.start()):
                yield Finding("dates", passage, *match.span(), "月のない日付")


def empty_links(passage: Passage) -> Iterator[Finding]:
    """Links whose words do not say where they lead."""
    for start, end in passage.links:
        words = fold(passage.text[start:end]).strip(_EDGES)
        if _SAYS_NOTHING.fullmatch(words):
            yield Finding("links", passage, start, end, "行き先の分からないリンク")
