"""The rules by name, in the desk's words, with the level that each has unless the house says so."""

from __future__ import annotations

from typing import NamedTuple

from articles.proofreading.findings import Level


class Rule(NamedTuple):
    label: str
    level: Level
    help_text: str


RULES: dict[str, Rule] = {
    "punctuation": Rule("句読点の重なり", Level.BLOCKING, "「。、」「、、」「！。」など。"),
    "brackets": Rule("かっこの対応", Level.BLOCKING, "とじていない、入れちがったかっこ。"),
    "invisible": Rule("見えない文字", Level.BLOCKING, "制御文字、ゼロ幅文字、文字化け。"),
    "half_kana": Rule("半角カタカナ", Level.ADVISORY, "全角に直します。"),
    "digits": Rule("数字の全角・半角", Level.ADVISORY, "記事の中か、社の書き方にそろえます。"),
    "latin": Rule("英字の全角・半角", Level.ADVISORY, "記事の中か、社の書き方にそろえます。"),
    "dictionary": Rule("社の表記", Level.ADVISORY, "表記辞書の言い換え。"),
    "banned": Rule("使わない語", Level.BLOCKING, "表記辞書の「使わない語」。"),
    "variants": Rule("表記のゆれ", Level.ADVISORY, "一つの記事に二通りの書き方。"),
    "dates": Rule("月のない日付", Level.ADVISORY, "前に月が出てこない「23日」。"),
    "links": Rule("リンクの言葉", Level.ADVISORY, "「こちら」「ここ」だけのリンク。"),
}
