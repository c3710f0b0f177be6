"""What differs between two texts, shown so that an editor can follow it."""

from __future__ import annotations

import pytest

from articles.comparing import keyed_lines, lines_of, pieces, readable_blocks, without_unchanged


def marked(found) -> str:
    signs = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in found)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("港を行なった。", "港を行った。", "港を行[-な-]った。"),
        ("午前五時に響いた。", "午前六時に響いた。", "午前[-五-][+六+]時に響いた。"),
        ("同じ文。", "同じ文。", "同じ文。"),
        # A letter that stayed by chance is no landmark.
        ("ＡＢＣＤ", "ＡＸＣＹ", "Ａ[-ＢＣＤ-][+ＸＣＹ+]"),
        ("", "新しい。", "[+新しい。+]"),
        ("消えた。", "", "[-消えた。-]"),
        # Outside the basic plane a character stays whole.
        ("𠮷野家へ行く人", "𠮷野屋へ行く人", "𠮷野[-家-][+屋+]へ行く人"),
    ],
)
def test_characters_are_compared_in_stretches_that_can_be_read(old, new, shown):
    assert marked(pieces(old, new)) == shown


def test_paragraphs_find_their_counterparts_before_letters_are_compared():
    old = ["一段落。ここは同じ。", "消える段落です。", "港の朝は早い。"]
    new = ["一段落。ここも同じ。", "港の朝はとても早い。", "加わる段落。"]
    assert [marked(line.merged) for line in lines_of(old, new)] == [
        "一段落。ここ[-は-][+も+]同じ。",
        "[-消える段落です。-]",
        "港の朝は[+とても+]早い。",
        "[+加わる段落。+]",
    ]


def test_each_side_shows_its_own_text_whole():
    line = lines_of(["灯台は白い。海は青い。"], ["灯台は赤い。海は青い。"])[0]
    assert "".join(piece.text for piece in line.old) == "灯台は白い。海は青い。"
    assert "".join(piece.text for piece in line.new) == "灯台は赤い。海は青い。"


def test_rows_are_compared_by_their_key_and_a_changed_order_is_told():
    lines = keyed_lines({"1": "灯台", "2": "港"}, {"2": "港町", "1": "灯台"})
    assert [marked(line.merged) for line in lines] == [
        "灯台",
        "港[+町+]",
        "[-並び順：灯台 → 港-][+並び順：港町 → 灯台+]",
    ]


def test_a_body_is_read_with_what_is_not_letters():
    html = (
        '<h2>港</h2><p>彼は<a href="https://example.jp/">語</a>る。<br>次の行</p>'
        "<blockquote><p>引用</p><p>二つめ</p></blockquote>"
        "<ul><li><p>品</p></li></ul><p><ruby>金<rt>キム</rt></ruby>と<strong>太字</strong></p>"
    )
    assert readable_blocks(html) == [
        "■ 港",
        "彼は語（→https://example.jp/）る。",
        "次の行",
        "＞ 引用",
        "＞ 二つめ",
        "・品",
        "金《キム》と【太字】",
    ]


def test_long_texts_are_shown_where_they_differ():
    old = [f"段落{number}。" for number in range(30)]
    new = [*old[:15], "直した段落。", *old[16:]]
    shown = without_unchanged(lines_of(old, new))
    assert len(shown) < 8
    assert shown[0] is None
    assert shown[-1] is None


def test_a_book_of_paragraphs_without_likeness_is_compared_in_time():
    old = [f"{number}番目の、まったくちがう段落" * 20 for number in range(60)]
    new = [f"こちらは{number}とは別の文章です" * 20 for number in range(60)]
    assert len(lines_of(old, new)) >= 60
