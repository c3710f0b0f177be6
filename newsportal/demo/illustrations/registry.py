"""The kinds, their palettes, and the views (compositions) registered for each."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from .canvas import Canvas


class Palette(NamedTuple):
    """Six colours by depth; `accent` is the one spot that catches the eye (or the snow)."""

    paper: str
    light: str
    far: str
    mid: str
    near: str
    accent: str


View = Callable[[Canvas, Palette, Random], None]

# Five of each: prime to the two or three views, so neighbouring seeds share neither.
_PALETTES: dict[str, tuple[str, ...]] = {
    "horizon": (
        "f2c9a0 e4572e 7d8ea0 35506b 1e3347 fdebd6",
        "dfe8ea f0b429 9fc0bd 4f8a8b 1f4e57 fffdf6",
        "f7d9d0 d9534f b79bb0 6d5a86 33304f fff1e6",
        "e9e2cf c8452f a9b38f 66835f 2f4a3c faf6ea",
        "c9dbe8 fff4d6 8fb0c9 4f7aa0 22456b fffefa",
    ),
    "city": (
        "dde4ec f0b429 8796ab 5f7690 35506b c8492f",
        "f6dfc9 e4572e c9a79b 8a6f7f 3f3f5e fff3e0",
        "e3ece6 f3a65a 9bb8ae 5a8580 274e55 d9604c",
        "efe6d8 d9a441 b7ab99 83786b 403a3a c0492f",
        "d3d9ea f7d08a 8f98c2 5b659c 2a3166 f28c6a",
    ),
    "waves": (
        "e8f0ef f4a259 a9c7c6 5f9ea0 2c6e75 fffaf0",
        "f5e3d0 e4572e 9fb4c4 4f7391 1d3b5a fff6ea",
        "dfe6f2 f7d774 8fa9d6 4a6fb3 1c3a78 fffef8",
        "f9e4e0 f28f79 c9b2c9 8a7cae 46427a fffafa",
        "e6ebdc e9b44c 9fc0a4 4f8f83 1f5157 fdfaf0",
    ),
    "rails": (
        "ece5d8 e9a13b b9b39c 9a8b74 4b4238 c0492f",
        "dbe7ec f6c65b 9db9c0 7f9a86 2e4450 d9573b",
        "f6dcc6 e4572e c4a3a0 8d7478 3b3550 f4efe6",
        "e4ecd9 f0b840 a7bf96 7a9a68 34503f 2f6f9f",
        "cfd8e6 fbe3a8 8fa2bf 66799b 27355a e8784f",
    ),
    "leaves": (
        "e8ece2 f6f3e6 a9c09a 4c7a4c 2b5138 c8553d",
        "f7ead8 fbf5ea e3b778 c9772f 7d3f22 a8321f",
        "e2edec f5fbf9 9cc3bd 3f8682 1e5257 e8a33d",
        "f6e4e1 fdf4f0 e3aaa6 a85d6c 5d2f48 4c7a5c",
        "efead6 fbf8ea c6c183 7f8b3a 3f5127 d9822b",
    ),
    "mountain": (
        "f3d6c2 e4572e a9b0c4 5d7394 27405f fffaf3",
        "dbe8f0 f4c95d 9bb9d0 557fa5 1f4468 fffffb",
        "efe8da d9a441 b9c0ab 7a9280 35544b fffdf5",
        "e6dcee f09a7a b6a6cf 7b6ca6 3a3468 fff8f4",
        "f9e7c4 e97f4a d6b493 9a7b6d 4d3f48 fff9ee",
    ),
    "harbour": (
        "f4e1c8 f2a04a a8b9c0 3f7588 1c3f55 d2492f",
        "dce9ef f7cf6b 9fbfd0 3d7fa6 183f66 e0573a",
        "f7d9cf f06a4a bf9fb2 6b6a9a 2f2f5c d8434e",
        "e5ebde e8b23f a6bda6 4a8a80 1f4a4c c64f32",
        "d8dcec fff0c2 949fc8 4c5fa0 1f2a5c f08a5d",
    ),
    "snow": (
        "cfdce8 f6b84a a9bfd3 6f8fae 2d4766 ffffff",
        "dcd3e0 f0a04b bcb4cc 857fa6 3b3a5f fffdfc",
        "bcd3d6 f9cf70 93b5bb 567f89 1f444f fbffff",
        "e7d9c8 e4572e c3bdbb 8d98a3 3c4a5c fffefc",
        "34486b f9cf70 4f668c 2a3c5e 14213c e8eff8",
    ),
    "night": (
        "22335c f7d774 34497a 1a2748 0d1630 f08a5d",
        "2b2a4f f9c88a 45426f 211f40 12112b ef6f6c",
        "173f4f f6e2a6 27596a 123240 0a1f2a f2a154",
        "3a2f4f ffd9a0 574670 2b2240 171229 7fc8c2",
        "1f2d3d f2b84b 35475c 18232f 0c131c e4572e",
    ),
    "market": (
        "f3e4cc f2b84b c9b79c a0765a 4a332c c8432f",
        "dce9e6 f5c04f a3c0b8 5f8f88 22474a d9573b",
        "f6dcd2 f0a04b cfa8a4 96637a 41284a d2453f",
        "e8ead2 efb23e b3c093 76905a 33482f cc5a2e",
        "d9e0ec f7c667 a2b0cc 6073a3 232f58 e2603f",
    ),
    "field": (
        "f6e3c2 e9793b a9b58a 7f9a4f 3f5f35 e8c65a",
        "dbeaf0 f6c445 9fc0b4 5f9e6b 2c5f4a c8dc86",
        "f3dccb e4572e c9a78a b9803f 6a4526 efc06a",
        "e7ecd8 f2a65a a8c39a 4f9a7a 1f5a55 d8e6b0",
        "dfe0ee f7d08a a9a9c9 8c9a62 47583a e9d27a",
    ),
    "room": (
        "f1e6d6 f6b84a cfd9d3 c79f74 4a3b35 b8442e",
        "dfe7e4 f7cf7a b5cbc6 a9825f 2c4a4f e0714a",
        "e9dfe6 f3b391 c9b7cf 9a7a86 45375a d9574f",
        "f0e9d2 e8a23c c6cfa8 a98d57 3f4c34 2f6f7f",
        "d7dde8 f9dd9a a8b6d0 8a7f8c 2a3558 e58a4e",
    ),
    "stadium": (
        "dbe7ef fff6dc a9b9c9 5b9a5f 27405f cf5a3a",
        "f5e2cc fff6e6 c9ae9f 7f9a4a 4a3a48 c8472f",
        "dfeae2 fffffa a3bfb5 3f8f6a 1d4a4a e08a3c",
        "dcdcec fff3d0 a2a3cc 5a8f86 2d2f63 e8705a",
        "efe9da fffdf2 b9b7a6 86a050 35463a 3f78a8",
    ),
    "desk": (
        "e6d3b8 fffaf0 c9b08c a8754a 43342c c0492f",
        "cfdcd8 fdfdf6 9dbab4 5f8f8a 24464c e8843f",
        "e9d9dc fffaf6 cdb0b8 9a6a80 43304f e2a03f",
        "d5dbe6 fffffc a5b3cc 6478a3 26345c e8674a",
        "e4e3cc fffdf0 bcbf94 808a52 3a4630 cf6a35",
    ),
}

PALETTES: dict[str, tuple[Palette, ...]] = {
    kind: tuple(Palette(*(f"#{code}" for code in row.split())) for row in rows)
    for kind, rows in _PALETTES.items()
}
VIEWS: dict[str, list[View]] = {}


def view(kind: str) -> Callable[[View], View]:
    """Register a composition as one of the views of a kind."""

    def register(function: View) -> View:
        VIEWS.setdefault(kind, []).append(function)
        return function

    return register
