"""Numbers and names that change: what is a fact, and what is wording."""

import pytest

from articles.facts import changed_facts


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        ("負傷者は12人。", "負傷者は13人。", ["12"], ["13"]),
        ("１２人", "13人", ["12"], ["13"]),
        ("1,200円", "1,300円", ["1200"], ["1300"]),
        ("午前5:30", "午前5:40", ["5:30"], ["5:40"]),
        ("3.5倍", "3.6倍", ["3.5"], ["3.6"]),
        ("ジョンさんが語る。", "ジャンさんが語る。", ["ジョン"], ["ジャン"]),
        ("高井氏は話した。", "高居氏は話した。", ["高井"], ["高居"]),
    ],
)
def test_another_number_or_name_is_another_fact(old, new, gone, come):
    assert changed_facts(old, new) == (gone, come)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("負傷者は12人。", "けが人は12名だった。"),
        ("１２人", "12人"),
        ("1,200円", "1200円"),
        ("12人が3台で", "3台で12人が"),
        ("十二人", "12人"),
        ("港で。", "港で。2026年に。"),
        ("港で。2026年に。", "港で。"),
        ("昨日高井さんが", "きのう、高井さんが"),
        ("高井さんは", "高井氏は"),
        ("灯台を守る", "灯台を護る"),
        ("", ""),
    ],
)
def test_a_change_of_wording_is_none(old, new):
    assert changed_facts(old, new) == ([], [])
