import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import text


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("東京、大阪", ["東京", "大阪"]),
        ("LE SSERAFIM", ["LE SSERAFIM"]),
        ("LE SSERAFIM、東京\n大阪，京都,神戸", ["LE SSERAFIM", "東京", "大阪", "京都", "神戸"]),
        ("ｶﾞｽ、ガス", ["ガス"]),
        ("Ｊａｚｚ、jazz", ["Jazz"]),
        ("  、、 \n", []),
        ("", []),
    ],
)
def test_split_tags(typed, names):
    assert text.split_tags(typed) == names


@given(st.lists(st.text(alphabet="東京大阪ab ", min_size=1, max_size=6), max_size=6))
def test_tags_survive_being_shown_and_saved_again(names):
    once = text.split_tags("、".join(names))
    assert sorted(text.split_tags(text.join_tags(once))) == sorted(once)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ﾃｽﾄ", "テスト"),
        ("テスト", "てすと"),
        ("ＡＢＣ", "abc"),
        ("㈱", "(株)"),
        ("は\u200bな", "はな"),
    ],
)
def test_fold_makes_spellings_equal(one, other):
    assert text.fold(one) == text.fold(other)


@given(st.text())
def test_fold_twice_is_fold(value):
    assert text.fold(text.fold(value)) == text.fold(value)


@given(st.text(alphabet=st.characters(codec=None)))
def test_one_line_can_be_stored_anywhere(value):
    line = text.one_line(value)
    line.encode("utf-8")
    assert "\x00" not in line
    assert "\n" not in line


def test_phrases_keep_every_character_and_escape():
    headline = "夜明けの港に<b>六十年</b>、灯台を守り続けた手の記憶"
    marked = text.mark_phrases(headline)
    assert marked.replace(text.PHRASE_MARK, "") == headline
    assert text.PHRASE_MARK in marked
    html = text.phrases_html(marked)
    assert "<wbr>" in html
    assert "<b>" not in html


def test_width_counts_half_width_as_half():
    assert text.width("東京A1") == 3


def test_cut_ends_within_the_length():
    assert text.cut("一二三四五", 5) == "一二三四五"
    assert text.cut("一二三、五六", 5) == "一二三…"


@pytest.mark.parametrize(("length", "minutes"), [(0, 1), (599, 1), (1200, 2), (3000, 5)])
def test_reading_minutes(length, minutes):
    assert text.reading_minutes("字" * length) == minutes
