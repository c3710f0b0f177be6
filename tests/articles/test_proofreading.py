"""The rules of 表記チェック: what each finds, what it writes instead, and what it leaves alone."""

from __future__ import annotations

import sys

import pytest

from articles.proofreading import Entry, House, Passage, Style, WordIndex, check, passages_of_html

SENTENCE = "朝鮮を訪問し、会談を行った。、その後、両首脳は署名した。"


def body(*paragraphs):
    return passages_of_html("body", "本文", "".join(f"<p>{words}</p>" for words in paragraphs))


def found(rule, *paragraphs, house=None):
    """What a rule says of a body: words and replacement."""
    return [
        (finding.words, finding.replacement)
        for finding in check(body(*paragraphs), house)
        if finding.rule == rule
    ]


def house(*entries, **styles):
    return House(WordIndex(entries), **styles)


def test_the_sentence_that_began_it():
    [finding] = check(body(SENTENCE))
    assert (finding.rule, finding.words, finding.replacement) == ("punctuation", "。、", "。")
    assert finding.passage.where == "本文 第1段落"
    assert SENTENCE[finding.start : finding.end] == "。、"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("着いた、。", [("、。", "。")]),
        ("着いた、、そして", [("、、", "、")]),
        ("着いた。。", [("。。", "。")]),
        ("着いた。 、そして", [("。 、", "。")]),
        ("着いた，．", [("，．", "。")]),
        ("しかし・・・と語った", [("・・・", "……")]),
        ("しかし。。。と語った", [("。。。", "……")]),
        ("本当か？。", [("？。", "？")]),
        ("「行く、」と語った", [("、", "")]),
        ("「、行く」と語った", [("、", "")]),
        ("、そして着いた", [("、", "")]),
        ("着いた！？", []),
        ("しかし……と――語った。", []),
        ("Yahoo!、グーグルなど", []),
        ("東京・大阪・神戸の三都市、「港」。", []),
        ("1,000円、0.5%。", []),
    ],
)
def test_doubled_and_clashing_marks(text, expected):
    assert found("punctuation", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("「行くと語った。", ["「"]),
        ("行く」と語った。", ["」"]),
        ("（「行く）」と語った。", ["「"]),
        ("【速報】（東京『港』）「行く」", []),
        ("1）港を見る", []),
        ("ア）港を見る", []),
        ("(1) 港を見る", []),
        ("うれしい :) と書いた", []),
        ("（笑）(^_^)", []),
    ],
)
def test_brackets_come_in_pairs(text, expected):
    assert [words for words, _ in found("brackets", text)] == expected


def test_half_width_kana_become_whole():
    assert found("half_kana", "ｶﾞﾗｽとﾊﾟﾝ、ガラス") == [("ｶﾞﾗｽ", "ガラス"), ("ﾊﾟﾝ", "パン")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("灯\u200b台", [("\u200b", "")]),
        ("灯\u00ad台", [("\u00ad", "")]),
        ("灯\x0b台", [("\x0b", "")]),
        ("灯\t台", [("\t", " ")]),
        ("灯\u202e台", [("\u202e", "")]),
        ("灯\ufffd台", [("\ufffd", None)]),
        ("灯\ue123台", [("\ue123", None)]),
        ("灯\u200d台", [("\u200d", "")]),
        ("👨\u200d👩\u200d👧と灯台", []),
        ("葛\U000e0100城市", []),
    ],
)
def test_what_cannot_be_seen(text, expected):
    assert found("invisible", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25人と30人と１０人", [("１０", "10")]),
        ("２５人と３０人と10人", [("10", "１０")]),
        ("2０人", [("2０", "20")]),
        ("５人と25人と1,000人", []),
        ("「２５人」と25人", []),
        ("25人。http://example.jp/2026 と２５", [("２５", "25")]),
        ("25人と30人", []),
    ],
)
def test_digits_are_written_one_way_inside_an_article(text, expected):
    assert found("digits", text) == expected


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (Style.HALF, [("５", "5"), ("３０", "30")]),
        (Style.FULL, [("25", "２５")]),
        (Style.SINGLE_FULL, [("３０", "30")]),
    ],
)
def test_the_house_says_how_digits_are_written(style, expected):
    assert found("digits", "５人と25人と３０人", house=house(digits=style)) == expected


def test_latin_letters_likewise():
    assert found("latin", "ＮＡＴＯとEUとWHO") == [("ＮＡＴＯ", "NATO")]
    assert found("latin", "Ａ社とEU") == []
    assert found("latin", "EU", house=house(latin=Style.FULL)) == [("EU", "ＥＵ")]


def test_the_dictionary_says_what_to_write():
    words = house(Entry(("サーバ", "サーヴァー"), "サーバー"), Entry(("障碍",), "障害"))
    assert found("dictionary", "サーバとサーバーとサーヴァーと障碍", house=words) == [
        ("サーバ", "サーバー"),
        ("サーヴァー", "サーバー"),
        ("障碍", "障害"),
    ]
    assert found("dictionary", "ウェブサーバとサーバント", house=words) == []
    words = house(Entry(("朝鮮",), "北朝鮮"))
    assert found("dictionary", "北朝鮮と朝鮮", house=words) == [("朝鮮", "北朝鮮")]


def test_verbs_are_found_in_every_ending():
    words = house(Entry(("磨き込む",), "磨きこむ", inflects=True))
    assert found("dictionary", "磨き込まれた手すりを磨き込んだ。", house=words) == [
        ("磨き込", "磨きこ"),
        ("磨き込", "磨きこ"),
    ]
    assert found("dictionary", "磨き込度", house=words) == []
    words = house(Entry(("見付ける",), "見つける", inflects=True))
    assert found("dictionary", "見付けた。見付けられない。", house=words) == [
        ("見付け", "見つけ"),
        ("見付け", "見つけ"),
    ]


def test_words_of_others_stand_as_they_said_them_but_banned_words_do_not():
    words = house(
        Entry(("子供",), "子ども"),
        Entry(("こっち",), "こちら", in_quotations=True),
        Entry(("片手落ち",), is_banned=True, note="不公平と書く"),
    )
    text = "「子供はこっち」と、子供に片手落ちを「片手落ち」と言った。"
    assert found("dictionary", text, house=words) == [("こっち", "こちら"), ("子供", "子ども")]
    assert found("banned", text, house=words) == [("片手落ち", None), ("片手落ち", None)]
    [finding] = check(body("片手落ちだ"), words)
    assert finding.message == "使わない語（不公平と書く）"
    quotation = passages_of_html("body", "本文", "<blockquote><p>子供</p></blockquote>")
    assert check(quotation, words) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("会談を行った。演説を行なっては、行い、行う。", [("行な", "行")]),
        ("子供と子どもと子ども", [("子供", "子ども")]),
        ("サーバーを置き、サーバーを替え、サーバを捨てた", [("サーバ", "サーバー")]),
        ("パーティーとパーティ", [("パーティ", "パーティー")]),
        ("現われた人が現れた。", [("現れ", "現われ")]),
        ("子供と「子ども」", []),
        ("子供と子供", []),
        ("申込書で申し込み、売上高の売り上げ", []),
        ("終わった。最終まで", []),
        ("ビルとビール", []),
    ],
)
def test_one_word_has_one_spelling_inside_an_article(text, expected):
    assert found("variants", text) == expected


def test_spellings_are_compared_across_paragraphs_and_fields():
    passages = [Passage("headline", "見出し", "子供の港"), *body("子どもの港", "子どもの船")]
    [finding] = check(passages)
    assert (finding.passage.where, finding.words) == ("見出し", "子供")
    assert "子ども2、子供1" in finding.message


def test_what_the_dictionary_speaks_of_is_not_said_twice():
    words = house(Entry(("子供",), "子ども"))
    rules = [finding.rule for finding in check(body("子供と子どもと子ども"), words)]
    assert rules == ["dictionary"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("23日に着いた。", ["23日"]),
        ("２３日に着いた。", ["２３日"]),
        ("二十三日に着いた。", ["二十三日"]),
        ("23、24日に着いた。", ["24日"]),
        ("11月23日に着き、24日に発った。", []),
        ("十一月に着き、二十三日に発った。", []),
        ("2026/11/23日報", []),
        ("3日間、3日目、2日連続、1日当たり、10日ぶり、1日1回、10日以内、5日後、3日前", []),
        ("3か月と3カ月、23日に着いた。", ["23日"]),
        ("「23日」と語った。", []),
    ],
)
def test_a_day_needs_its_month(text, expected):
    assert [words for words, _ in found("dates", text)] == expected


def test_a_month_in_an_earlier_paragraph_is_enough():
    assert found("dates", "11月の港。", "23日に着いた。") == []
    assert [words for words, _ in found("dates", "23日に着いた。", "11月の港。")] == ["23日"]


@pytest.mark.parametrize(
    ("words", "says_nothing"),
    [
        ("こちら", True),
        ("「こちら」", True),
        ("詳しくはこちらから", True),
        ("ここ", True),
        ("Click here", True),
        ("続きを読む→", True),
        ("灯台の日誌はこちら", False),
        ("国土交通省の発表", False),
    ],
)
def test_links_say_where_they_lead(words, says_nothing):
    text = f'日誌は<a href="https://example.jp/">{words}</a>にある。'
    assert [one for one, _ in found("links", text)] == ([words] if says_nothing else [])


def test_paragraphs_are_counted_as_an_editor_sees_them():
    html = (
        "<h2>見出し</h2><p>一<br>二</p><p> </p>\n<ul><li><p>三</p></li><li>四</li></ul>"
        "<blockquote><p>五</p></blockquote><p><ruby>岬<rp>(</rp><rt>みさき</rt></ruby>の街</p>"
    )
    passages = passages_of_html("body", "本文", html)
    assert [(one.paragraph, one.text) for one in passages] == [
        (1, "見出し"), (2, "一\n二"), (3, "三"), (4, "四"), (5, "五"), (6, "岬の街"),
    ]  # fmt: skip
    assert [one.is_quotation for one in passages] == [False, False, False, False, True, False]


@pytest.mark.parametrize("html", ["<", "<p", "</p></p>", "<a><p>x</a>", "&#x110000;<rt>", "<!--"])
def test_broken_html_is_read_all_the_same(html):
    check(passages_of_html("body", "本文", html))


@pytest.mark.parametrize(
    "hostile",
    ["「" * 40_000, "」（" * 20_000, "a" * 80_000, "。 " * 40_000, "9" * 80_000, "ー" * 80_000],
)
def test_the_work_grows_with_the_length_and_not_faster(hostile):
    """Twice the text is about twice the steps; counted, because clocks lie on a busy machine."""
    half, whole = (steps(hostile[: len(hostile) // part]) for part in (2, 1))
    assert whole < 3 * half + 5_000


def steps(text):
    count = 0

    def trace(_frame, _event, _argument):
        nonlocal count
        count += 1
        return trace

    old = sys.gettrace()
    sys.settrace(trace)
    try:
        check([Passage("body", "本文", text)])
    finally:
        sys.settrace(old)
    return count
