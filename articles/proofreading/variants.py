"""Words that may be written in several ways, but in one way inside an article."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

from articles.proofreading.findings import Finding, House
from articles.proofreading.passages import Passage
from articles.proofreading.words import Entry, WordIndex, stem_of

# Words as they are; those that inflect stand below. Nouns that lose their kana inside longer ones
# (申込書, 売上高) are not here in that form. A long vowel at the end of a katakana word needs no
# entry: every such pair is found.
_WORDS = """
子供 子ども こども
友達 友だち
私達 私たち
人達 人たち
我が国 わが国
我々 われわれ
貴方 あなた
今年度 本年度
一か月 一カ月 一ヵ月 一ヶ月
様々 さまざま
色々 いろいろ
時々 ときどき
全て すべて
既に すでに
例えば たとえば
是非 ぜひ
殆ど ほとんど
大勢 おおぜい
沢山 たくさん
更に さらに
但し ただし
及び および
又は または
若しくは もしくは
並びに ならびに
出来事 できごと
物事 ものごと
お陰 おかげ
見積もり 見積り
申し込み 申込み
問い合わせ 問合せ 問い合せ
受け付け 受付け
取り組み 取組み
打ち合わせ 打合せ 打ち合せ
引き上げ 引上げ
引き下げ 引下げ
締め切り 締切り
売り上げ 売上げ
組み合わせ 組合せ 組み合せ
建て替え 建替え
乗り換え 乗換え
障害者 障がい者 障碍者
下さい ください
致します いたします
取引 取り引き
バイオリン ヴァイオリン
ベトナム ヴェトナム
ウイルス ウィルス ビールス
ダイヤモンド ダイアモンド
リポート レポート
インタビュー インタヴュー
"""
_INFLECTING = """
行う 行なう おこなう
表す 表わす
現れる 現われる
断る 断わる
分かる 解る わかる
出来る できる
頂く いただく
終わる 終る
変わる 変る
起こる 起る
集まる 集る
生まれる 生れる
当たる 当る
聞こえる 聞える
落とす 落す
浮かぶ 浮ぶ
暮らす 暮す
繰り返す くり返す 繰返す
取り組む 取組む
申し込む 申込む
見つける 見付ける
持ち込む 持込む
盛り上がる 盛上がる
立ち上げる 立上げる
話し合う 話合う
"""
_KATAKANA = re.compile("[ァ-ヺー]{3,}")


def inconsistent(passages: Sequence[Passage], house: House) -> Iterator[Finding]:
    """The rarer spelling wherever an article has two of a word; not in others' words."""
    known = house.words.forms()
    places: dict[str, dict[str, list[tuple[Passage, int]]]] = defaultdict(lambda: defaultdict(list))
    for passage in passages:
        for group, form, start in _table_hits(passage, known):
            places[group][form].append((passage, start))
        for match in _KATAKANA.finditer(passage.text):
            if not passage.is_quoted(match.start()) and match.group() not in known:
                key = f"{match.group().rstrip('ー')}ー"
                places[key][match.group()].append((passage, match.start()))
    for forms in places.values():
        if len(forms) > 1:
            yield from _rarer(forms)


def _table_hits(passage: Passage, known: set[str]) -> Iterator[tuple[str, str, int]]:
    index = _table()
    for hit in index.find(passage.text):
        entry = index.entries[hit.key]
        if not passage.is_quoted(hit.start) and not known & set(entry.wrong):
            yield str(hit.key), hit.form, hit.start


def _rarer(forms: dict[str, list[tuple[Passage, int]]]) -> Iterator[Finding]:
    """Findings at all but the most frequent form; between equals the first in the text wins."""
    counts = Counter({form: len(found) for form, found in forms.items()})
    usual = counts.most_common(1)[0][0]
    shown = "、".join(f"{form}{count}" for form, count in counts.most_common())
    for form, found in forms.items():
        for passage, start in found if form != usual else []:
            message = f"表記のゆれ（{shown}）"
            yield Finding("variants", passage, start, start + len(form), message, usual)


@cache
def _table() -> WordIndex:
    index = WordIndex()
    for line in _WORDS.split("\n"):
        if line:
            index.add(Entry(tuple(line.split())))
    for line in _INFLECTING.split("\n"):
        words = tuple(line.split())
        if words and all(stem_of(word)[1] for word in words):
            index.add(Entry(words, inflects=True))
    return index
