"""Horizon, waves and harbour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .canvas import Canvas, Shape, disc, mix, moved, pill, rect, ridge, smooth, stroke, wave
from .motifs import (
    beam,
    clouds,
    fishing_boat,
    glitter,
    gulls,
    hill_line,
    hills,
    house,
    lighthouse,
    sailboat,
    sun,
    tree,
)
from .registry import Palette, view

if TYPE_CHECKING:
    from random import Random


@view("horizon")
def sunrise_over_hills(c: Canvas, p: Palette, rng: Random) -> None:
    clouds(c, rng, p.accent, rng.randint(2, 3), 6, 36)
    sun(c, p.light, rng.uniform(55, 100), rng.uniform(48, 58), rng.uniform(18, 28))
    c.fill(mix(p.far, p.paper, 0.35), hills(rng, 66, 6, 5))
    line = hill_line(rng, 75, 9, 3)
    c.fill(p.mid, ridge(line))
    if rng.random() < 0.6:
        x, y = min(smooth(line)[10:-10], key=lambda point: abs(point[0] - rng.uniform(40, 60)))
        tree(c, p.near, p.near, x, y + 2, rng.uniform(17, 24))
    c.fill(p.near, hills(rng, 91, 6, 3), alpha=0.85)


@view("horizon")
def sea_with_lighthouse(c: Canvas, p: Palette, rng: Random) -> None:
    level, x = rng.uniform(60, 68), rng.uniform(78, 104)
    r = rng.uniform(14, 22)
    clouds(c, rng, p.accent, 2, 6, 34)
    sun(c, p.light, x, level - r * rng.uniform(0.0, 0.6), r)
    c.fill(p.mid, rect(-1, level, 151, 102))
    glitter(c, rng, p.light, x, level + 2.5, r * 1.5)
    foot = level - rng.uniform(4, 9)
    cape = [(-12.0, foot - 5), (20.0, foot - 4), (44.0, foot + 1), (58.0, level + 9), (74.0, 104.0)]
    c.fill(mix(p.mid, p.near, 0.5), ridge([(px + 12, py + 3) for px, py in cape], 104), alpha=0.8)
    c.fill(p.near, ridge(cape, 104))
    tall = rng.uniform(30, 40)
    beam(c, p.accent, 37, foot - tall * 1.09, rng.choice((-170, 170)))
    lighthouse(c, p, 37, foot + 1, tall, p.accent, p.light)


@view("horizon")
def mist_in_layers(c: Canvas, p: Palette, rng: Random) -> None:
    x = rng.uniform(45, 105)
    sun(c, p.light, x, rng.uniform(24, 36), rng.uniform(9, 14), 3)
    count = rng.randint(5, 6)
    for i in range(count):
        y = 46 + i * 52 / count
        shade = mix(mix(p.far, p.paper, 0.45), p.near, i / (count - 1))
        c.fill(shade, hills(rng, y, rng.uniform(5, 10), rng.randint(3, 5)))
    gulls(c, rng, p.near, x + (24 if x < 75 else -46), 22)


@view("waves")
def even_rows(c: Canvas, p: Palette, rng: Random) -> None:
    sun(c, p.light, rng.uniform(40, 110), rng.uniform(20, 32), rng.uniform(11, 17))
    count, top = rng.randint(5, 7), rng.uniform(40, 52)
    boat = rng.randint(1, 2)
    x = rng.uniform(42, 108)
    for i in range(count):
        share = i / (count - 1)
        y = top + (98 - top) * share * 0.92
        c.fill(
            mix(p.far, p.near, share),
            wave(y, 1.6 + 2.2 * share, 15 + 12 * share, rng.uniform(0, 6.3)),
        )
        if i == boat:
            # Set before the next row, so that water covers the keel.
            step = (98 - top) * 0.92 / (count - 1)
            sailboat(c, p.near, p.accent, p.light, x, y + step * 0.75, rng.uniform(1.5, 2.1))


@view("waves")
def scale_pattern(c: Canvas, p: Palette, rng: Random) -> None:
    """Seigaiha, the old pattern of waves, under a large sun."""
    top = rng.uniform(44, 56)
    sun(c, p.light, rng.uniform(55, 95), top - rng.uniform(2, 10), rng.uniform(20, 27))
    r = rng.uniform(11, 16)
    rows = int((108 - top) / (r * 0.5)) + 1
    for row in range(rows):
        y, shift = top + r + row * r * 0.5, (row % 2) * r
        shade = mix(p.far, p.near, min(1.0, row / (rows - 2)))
        for column in range(int(150 / (2 * r)) + 3):
            x = column * 2 * r - shift
            for ring, share in enumerate((1.0, 0.8, 0.6, 0.4, 0.2)):
                c.fill(p.accent if ring % 2 == 0 else shade, disc(x, y, r * share))
                c.fill(shade, disc(x, y, r * (share - 0.035)) if ring % 2 == 0 else [(x, y)] * 3)


@view("waves")
def long_swell(c: Canvas, p: Palette, rng: Random) -> None:
    x, r = rng.uniform(50, 100), rng.uniform(12, 20)
    clouds(c, rng, p.accent, 2, 8, 30, 0.7)
    sun(c, p.light, x, rng.uniform(36, 44), r)
    count = 5
    for i in range(count):
        share = i / (count - 1)
        line = hill_line(rng, 52 + 40 * share, 6 + 6 * (1 - abs(share - 0.5)), rng.randint(3, 4))
        c.fill(mix(p.far, p.near, share), ridge(line))
        crest = smooth(line)
        c.fill(p.accent, stroke(moved(crest, 0, 2.0), 0.7), alpha=0.9)
        c.fill(p.accent, stroke(moved(crest, 0, 4.6), 0.35), alpha=0.5)
    gulls(c, rng, p.near, x + (26 if x < 75 else -50), 24)


def _crane(c: Canvas, colour: str, x: float, foot: float, s: float) -> None:
    """A gantry crane that reaches out to the left."""
    top = foot - 42 * s
    for dx in (-6, 6):
        c.fill(colour, rect(x + dx * s - 0.9 * s, top + 14 * s, x + dx * s + 0.9 * s, foot))
    c.fill(colour, stroke([(x - 6 * s, foot - 3 * s), (x + 6 * s, top + 15 * s)], 0.9 * s))
    c.fill(colour, rect(x - 28 * s, top + 12 * s, x + 14 * s, top + 14.6 * s))
    c.fill(colour, stroke([(x - 4 * s, top + 13 * s), (x, top)], 1.4 * s))
    c.fill(colour, stroke([(x + 5 * s, top + 13 * s), (x, top)], 1.4 * s))
    c.fill(colour, stroke([(x, top + 0.6 * s), (x - 26 * s, top + 12.5 * s)], 0.6 * s))
    c.fill(colour, stroke([(x, top + 0.6 * s), (x + 13 * s, top + 12.5 * s)], 0.6 * s))
    c.fill(colour, rect(x + 7 * s, top + 8.4 * s, x + 13 * s, top + 13 * s))
    c.fill(colour, rect(x - 20.2 * s, top + 14 * s, x - 19.8 * s, top + 21 * s))


def _containers(c: Canvas, p: Palette, rng: Random, x: float, foot: float, columns: int) -> None:
    colours = (p.accent, p.light, p.far, "#fffaf0", mix(p.mid, p.light, 0.35))
    for column in range(columns):
        for row in range(rng.randint(2, 4)):
            left, low = x + column * 8.2, foot - row * 4.1
            c.fill(rng.choice(colours), rect(left, low - 3.8, left + 7.8, low))


@view("harbour")
def container_port(c: Canvas, p: Palette, rng: Random) -> None:
    sun(c, p.light, rng.uniform(35, 70), rng.uniform(22, 34), rng.uniform(9, 15))
    c.fill(p.far, hills(rng, 64, 5, 4), alpha=0.6)
    quay = rng.uniform(72, 76)
    c.fill(p.mid, rect(-1, quay + 1, 151, 102))
    c.fill(mix(p.mid, p.near, 0.75), rect(90, quay + 1, 152, 102))
    c.fill(mix(p.far, p.paper, 0.3), rect(90, quay + 1, 152, quay + 3))
    _crane(c, mix(p.accent, p.paper, 0.25), 129, quay + 2, rng.uniform(0.85, 1.05))
    _crane(c, p.accent, 102, quay + 2, rng.uniform(1.1, 1.3))
    left, deck = rng.uniform(12, 20), quay - 2
    _containers(c, p, rng, left + 15, deck, 6)
    c.fill("#fffaf0", rect(left + 4, deck - 17, left + 12, deck))
    c.fill(p.near, *(rect(left + 5, deck - y, left + 11, deck - y + 1.6) for y in (15, 11)))
    right = left + 76
    c.fill(p.near, [(left, deck - 1), (right, deck - 1), (right - 8, 88), (left + 5, 88)])
    c.fill(p.accent, [(left + 4.2, 85), (right - 6.2, 85), (right - 8, 88), (left + 5, 88)])
    c.fill(mix(p.mid, p.near, 0.35), wave(88, 0.9, 14, rng.uniform(0, 6)))
    c.fill(mix(p.mid, p.near, 0.6), wave(94, 1.1, 18, rng.uniform(0, 6)))


@view("harbour")
def boat_and_breakwater(c: Canvas, p: Palette, rng: Random) -> None:
    level = rng.uniform(50, 56)
    x = rng.uniform(60, 90)
    sun(c, p.light, x, level - rng.uniform(2, 14), rng.uniform(12, 18))
    c.fill(p.far, ridge([(60, level + 2), (90, level - 6), (120, level - 10), (165, level - 14)]))
    c.fill(p.mid, rect(-1, level, 151, 102))
    glitter(c, rng, p.light, x, level + 2, 18)
    c.fill(p.near, [(-2, level - 3), (36, level - 3), (42, level + 4), (-2, level + 4)])
    lighthouse(c, p, 28, level - 2.5, rng.uniform(24, 30), "#fffaf0", p.accent)
    hull = rng.choice((p.accent, p.near))
    fishing_boat(c, p, hull, rng.uniform(78, 90), 84, rng.uniform(1.8, 2.1))
    c.fill(mix(p.mid, p.near, 0.45), wave(84.5, 0.9, 16, rng.uniform(0, 6)))
    c.fill(mix(p.mid, p.near, 0.75), wave(92, 1.2, 22, rng.uniform(0, 6)))
    gulls(c, rng, p.near, rng.uniform(84, 100), 22)


@view("harbour")
def fishing_village(c: Canvas, p: Palette, rng: Random) -> None:
    clouds(c, rng, "#fffaf0", 2, 6, 26)
    sun(c, p.light, rng.uniform(50, 104), rng.uniform(20, 28), rng.uniform(8, 12))
    c.fill(mix(p.far, p.paper, 0.3), hills(rng, 44, 8, 3))
    c.fill(p.far, hills(rng, 54, 5, 4))
    walls = ("#fffaf0", mix(p.light, "#ffffff", 0.35), p.accent, mix(p.mid, p.paper, 0.4))
    x, wall = -2.0, ""
    quay = rng.uniform(66, 69)
    while x < 150:
        wide = rng.uniform(15, 21)
        wall = rng.choice([tint for tint in walls if tint != wall])
        house(c, wall, p.near, p.mid, x + wide / 2, quay, wide, rng.uniform(0.28, 0.5))
        x += wide * 0.92
    c.fill(mix(p.far, p.near, 0.55), rect(-1, quay - 0.5, 151, quay + 4))
    c.fill(p.mid, rect(-1, quay + 3.5, 151, 102))
    streaks: list[Shape] = [
        pill(rng.uniform(5, 145), quay + 8 + i * 2.6, rng.uniform(12, 26), 0.9) for i in range(10)
    ]
    c.fill(p.far, *streaks, alpha=0.5)
    for i, colour in enumerate((p.accent, p.near)):
        middle = 52 + 48 * i + rng.uniform(-6, 6)
        c.fill(p.near, disc(middle, 87 + 2 * i, 19, 1.6), alpha=0.35)
        fishing_boat(c, p, colour, middle, 86 + 2 * i, rng.uniform(1.15, 1.4))
