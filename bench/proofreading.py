"""How long 表記チェック takes for an article: 5,000 characters, and ten and a hundred times that.

Run: .venv/bin/python bench/proofreading.py. The desk asks for less than 200 ms at 5,000.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from articles.proofreading import Entry, House, WordIndex, check, passages_of_html

SENTENCES = (
    "潮の匂いがまだ冷たい午前五時、階段を上る足音が響いた。",
    "23日に子供と子どもが「ここだけは毎朝」と、サーバとサーバーを２５人で拭いた。、",
    "AFP通信によると、会談は行なわれ、ﾊﾟﾝと（水）が配られた。",
)


def text(length: int) -> str:
    paragraphs, size = [], 0
    while size < length:
        words = SENTENCES[len(paragraphs) % len(SENTENCES)] * 4
        paragraphs.append(f"<p>{words}</p>")
        size += len(words)
    return "".join(paragraphs)


def main() -> None:
    entries = [Entry((f"語{number}を誤って書く形",), f"語{number}") for number in range(5_000)]
    house = House(WordIndex(entries))
    check(passages_of_html("body", "本文", text(100)), house)
    for length in (5_000, 50_000, 500_000):
        html = text(length)
        begun = time.process_time()
        found = check(passages_of_html("body", "本文", html), house)
        spent = (time.process_time() - begun) * 1000
        print(f"{length:>8,} characters, 5,000 words: {spent:8.1f} ms, {len(found):,} findings")
    for name, hostile in {"「": "「" * 100_000, "a": "a" * 100_000, "。 ": "。 " * 50_000}.items():
        begun = time.process_time()
        check(passages_of_html("body", "本文", hostile), house)
        spent = (time.process_time() - begun) * 1000
        print(f" 100,000 characters of {name!r}: {spent:8.1f} ms")


if __name__ == "__main__":
    main()
