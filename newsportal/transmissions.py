"""To whom a reader's browser sends anything but to this site: the one table of it.

Readers are told by the page 個人情報・外部送信 (電気通信事業法27条の12: what is sent, to whom, what
for), browsers by the Content-Security-Policy. Both come from here, so what is not declared does
not load.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit


class Transmission(NamedTuple):
    """One receiver of what a page makes the browser send. All words are for readers."""

    # Of the address from which something is loaded or to which it is sent: https://example.jp
    origin: str
    # The directives of the policy that let the page use it: script-src, img-src, …
    directives: tuple[str, ...]
    receiver: str
    sent: str
    # What this site does it for, and what the receiver uses it for.
    purpose: str
    receivers_purpose: str


# Nothing goes to third parties. Who adds an analytics service, a video player or a share button
# writes a line here; without it the browser loads nothing.
THIRD_PARTIES: tuple[Transmission, ...] = ()

FILE_DIRECTIVES = ("script-src", "style-src", "img-src", "font-src")


def declared(files: Iterable[str]) -> list[Transmission]:
    """All transmissions of this site; `files` are the addresses of its files and pictures.

    Where those are kept on a host of their own, that host gets what every host gets.
    """
    hosts = sorted({origin for url in files if (origin := origin_of(url))})
    own = [
        Transmission(
            origin=host,
            directives=FILE_DIRECTIVES,
            receiver=f"このサイトの画像などを置くサーバー（{urlsplit(host).netloc}）",
            sent="接続元の番号（IPアドレス）、ブラウザーの種類、読んでいるページのあるサイトの名前",
            purpose="記事の写真と、ページを表示するためのファイルを届けるため",
            receivers_purpose="このサイトに代わって届けるためだけに使います",
        )
        for host in hosts
    ]
    return [*own, *THIRD_PARTIES]


def sources(transmissions: Sequence[Transmission], directive: str) -> list[str]:
    """The origins that a directive of the policy allows."""
    return sorted({item.origin for item in transmissions if directive in item.directives})


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
