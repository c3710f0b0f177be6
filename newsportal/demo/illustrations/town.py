"""City and rails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .canvas import Canvas, Point, arc, disc, mix, pill, rect, smooth, stroke
from .motifs import clouds, hills, panes, skyline, sun, tree
from .registry import Palette, view

if TYPE_CHECKING:
    from random import Random


def _lattice(c: Canvas, colour: str, x: float, foot: float, high: float) -> None:
    """A red and white sort of television tower."""
    half = high * 0.19
    for side in (-1, 1):
        leg = [
            (x + side * half, foot),
            (x + side * half * 0.42, foot - high * 0.34),
            (x + side * half * 0.14, foot - high * 0.72),
        ]
        c.fill(colour, stroke(smooth(leg), high * 0.042, high * 0.022))
    for share, wide in ((0.3, 0.58), (0.62, 0.3)):
        c.fill(
            colour,
            rect(
                x - half * wide, foot - high * (share + 0.045), x + half * wide, foot - high * share
            ),
        )
    for low, up in ((0.12, 0.3), (0.3, 0.46), (0.46, 0.62)):
        a, b = half * (1 - low * 1.25), half * (1 - up * 1.25)
        c.fill(colour, stroke([(x - a, foot - high * low), (x + b, foot - high * up)], 0.6))
        c.fill(colour, stroke([(x + a, foot - high * low), (x - b, foot - high * up)], 0.6))
    c.fill(colour, stroke([(x, foot - high * 0.68), (x, foot - high)], high * 0.028, 0.4))


@view("city")
def towers_and_trees(c: Canvas, p: Palette, rng: Random) -> None:
    sun(c, p.light, rng.uniform(38, 112), rng.uniform(20, 30), rng.uniform(9, 15))
    c.fill(mix(p.far, p.paper, 0.45), *skyline(rng, 102, 34, 74, 1))
    if rng.random() < 0.6:
        _lattice(c, p.accent, rng.uniform(50, 100), 96, rng.uniform(72, 80))
    for i, shape in enumerate(skyline(rng, 102, 22, 58, 2)):
        shade = (p.mid, p.near)[i % 2]
        c.fill(shade, shape)
        if i % 3 != 1:
            panes(c, rng, mix(p.light, p.paper, 0.35), shape, 0.6)
    ground = mix(p.near, "#000000", 0.35)
    c.fill(ground, rect(-1, 95, 151, 102))
    for i in range(9):
        tree(c, ground, ground, 4 + i * 18 + rng.uniform(-3, 3), 96, rng.uniform(12, 17))


@view("city")
def river_and_bridge(c: Canvas, p: Palette, rng: Random) -> None:
    shore = rng.uniform(66, 72)
    x, r = rng.uniform(45, 105), rng.uniform(13, 19)
    sun(c, p.light, x, rng.uniform(26, 38), r)
    c.fill(mix(p.far, p.paper, 0.4), *skyline(rng, shore, 18, 48, 1))
    towers = skyline(rng, shore, 10, 36, 3)
    for i, shape in enumerate(towers):
        c.fill((p.far, p.mid)[i % 2], shape)
    water = mix(p.paper, p.mid, 0.45)
    c.fill(water, rect(-1, shore, 151, 102))
    mirror = [[(px, shore + (shore - py) * 0.55) for px, py in shape] for shape in towers]
    c.fill(p.mid, *mirror, alpha=0.35)
    for i in range(7):
        c.fill(
            p.paper,
            pill(x + rng.uniform(-9, 9), shore + 5 + i * 4, r * (1.1 + 0.1 * i), 1.1),
            alpha=0.6,
        )
    deck = shore - 1
    span = rng.choice((50.0, 75.0))
    for i in range(-1, 4):
        middle = 75 + (i - 1) * span
        rib = arc(middle, deck + 1, span / 2, 180, 360, rng.uniform(13, 13.5))
        c.fill(p.accent, stroke(rib, 1.5))
        for k in range(-3, 4):
            px = middle + k * span / 8
            rise = 13.2 * math.sqrt(1 - (k / 4) ** 2)
            c.fill(p.accent, rect(px - 0.25, deck - rise + 1, px + 0.25, deck))
        c.fill(p.near, rect(middle + span / 2 - 1.8, deck, middle + span / 2 + 1.8, shore + 10))
    c.fill(p.near, rect(-1, deck, 151, deck + 3))


def _carriage(c: Canvas, p: Palette, x: float, foot: float, long: float) -> None:
    high = 11.0
    c.fill(p.near, rect(x + 3, foot - 2, x + long - 3, foot + 0.6))
    c.fill(p.accent, rect(x, foot - high, x + long, foot - 1.2, 1.4))
    c.fill(p.light, rect(x, foot - 4.4, x + long, foot - 3.2))
    count = max(3, round(long / 6))
    step = (long - 3) / count
    for i in range(count):
        left = x + 1.5 + step * (i + 0.14)
        c.fill(p.near, rect(left, foot - 9.2, left + step * 0.72, foot - 5.6, 0.5))


def _train(c: Canvas, p: Palette, x: float, foot: float, cars: int, long: float) -> None:
    for i in range(cars):
        _carriage(c, p, x + i * (long + 1), foot, long)


@view("city")
def elevated_line(c: Canvas, p: Palette, rng: Random) -> None:
    clouds(c, rng, mix(p.paper, "#ffffff", 0.6), 2, 6, 26, 0.9)
    sun(c, p.light, rng.uniform(40, 110), rng.uniform(24, 34), rng.uniform(10, 16))
    c.fill(mix(p.far, p.paper, 0.3), *skyline(rng, 80, 22, 58, 1))
    towers = skyline(rng, 84, 12, 40, 2)
    for i, shape in enumerate(towers):
        c.fill((p.far, p.mid)[i % 2], shape)
        if i % 2:
            panes(c, rng, mix(p.light, p.paper, 0.5), shape, 0.6)
    deck = rng.uniform(70, 74)
    c.fill(mix(p.mid, p.near, 0.4), rect(-1, 93, 151, 102))
    _train(c, p, rng.uniform(-20, 20), deck, rng.choice((3, 4)), 34)
    c.fill(p.near, rect(-1, deck, 151, deck + 4.5))
    offset = rng.uniform(0, 20)
    for i in range(5):
        x = offset + i * 34
        c.fill(
            p.near,
            [
                (x - 5, deck + 4),
                (x + 5, deck + 4),
                (x + 2.2, deck + 9),
                (x + 2.2, 94),
                (x - 2.2, 94),
                (x - 2.2, deck + 9),
            ],
        )
        tree(c, mix(p.far, p.mid, 0.4), p.near, x + 17, 95, rng.uniform(11, 14))


@view("rails")
def vanishing_track(c: Canvas, p: Palette, rng: Random) -> None:
    level, vx = rng.uniform(44, 52), rng.uniform(62, 88)
    sun(c, p.light, vx + rng.uniform(-12, 12), level - rng.uniform(2, 10), rng.uniform(13, 20))
    c.fill(mix(p.far, p.paper, 0.25), hills(rng, level - 4, 7, 4))
    c.fill(p.far, hills(rng, level + 1, 3, 4))
    c.fill(p.mid, rect(-1, level + 3, 151, 102))
    level += 3
    foot = 75 + (75 - vx) * 0.5

    def at(offset: float, depth: float) -> Point:
        """`depth` is 1 at our feet and 0 at the horizon."""
        return vx + (foot + offset - vx) * depth, level + (102 - level) * depth

    c.fill(mix(p.mid, p.near, 0.55), [at(-46, 0.012), at(46, 0.012), at(46, 1), at(-46, 1)])
    for k in range(22):
        depth = 1 / (1 + 0.3 * k)
        back = 1 / (1 + 0.3 * k + 0.1)
        c.fill(
            mix(p.paper, p.mid, 0.35), [at(-38, depth), at(38, depth), at(38, back), at(-38, back)]
        )
    for rail in (-24, 24):
        c.fill(p.near, [at(rail - 2.2, 1), at(rail + 2.2, 1), at(rail, 0.0)])
    side = rng.choice((-1, 1))
    for k in range(5):
        depth = 0.62 / (1 + 0.55 * k)
        (x, y), high = at(side * 74, depth), 118 * depth
        c.fill(p.near, rect(x - 1.5 * depth, y - high, x + 1.5 * depth, y))
        tip = at(side * 8, depth)[0]
        c.fill(p.near, stroke([(x, y - high * 0.92), (tip, y - high * 0.86)], 1.6 * depth))
        c.fill(p.accent, disc(x, y - high * 0.6, 3.4 * depth))


@view("rails")
def viaduct(c: Canvas, p: Palette, rng: Random) -> None:
    sun(c, p.light, rng.uniform(38, 112), rng.uniform(18, 28), rng.uniform(9, 15))
    c.fill(mix(p.far, p.paper, 0.35), hills(rng, 46, 11, 3))
    c.fill(p.far, hills(rng, 58, 7, 4))
    deck = rng.uniform(52, 58)
    span = rng.choice((25.0, 30.0, 37.5))
    stone = mix(p.near, p.paper, 0.12)
    _train(c, p, rng.uniform(-6, 44), deck, rng.randint(2, 3), rng.uniform(28, 34))
    c.fill(p.near, rect(-1, deck, 151, deck + 3))
    half, spring = span / 2, deck + 7 + span * 0.42
    for i in range(-1, int(150 / span) + 2):
        x = i * span
        opening = arc(x + half, spring, half - 2.6, 180, 360)
        c.fill(
            stone,
            [
                (x, deck + 3),
                (x, 102),
                (x + 2.6, 102),
                *opening,
                (x + span - 2.6, 102),
                (x + span, 102),
                (x + span, deck + 3),
            ],
        )
    c.fill(mix(p.mid, p.far, 0.4), hills(rng, 88, 3, 3))
    c.fill(p.mid, hills(rng, 94, 3, 3))
    for i in range(3):
        x = 26 + i * 48 + rng.uniform(-13, 13)
        tree(c, mix(p.mid, p.near, 0.4), p.near, x, 97, rng.uniform(15, 21))


@view("rails")
def oncoming_train(c: Canvas, p: Palette, rng: Random) -> None:
    sun(
        c,
        p.light,
        rng.choice((rng.uniform(22, 38), rng.uniform(112, 128))),
        rng.uniform(22, 32),
        rng.uniform(10, 14),
    )
    c.fill(mix(p.far, p.paper, 0.3), hills(rng, 50, 8, 3))
    c.fill(p.far, hills(rng, 60, 4, 4))
    c.fill(p.mid, rect(-1, 70, 151, 102))
    x = rng.uniform(64, 86)
    c.fill(mix(p.mid, p.near, 0.5), [(x - 17, 78), (x + 17, 78), (x + 40, 102), (x - 40, 102)])
    for k in range(4):
        y, half = 85 + k * 4.6, 18 + k * 5.2
        c.fill(p.paper, rect(x - half, y, x + half, y + 1.3 + k * 0.25), alpha=0.7)
    for side in (-1, 1):
        c.fill(p.near, stroke([(x + side * 11, 80), (x + side * 20, 103)], 1.4, 2.6))
        pole = x + side * rng.uniform(33, 36)
        c.fill(p.near, rect(pole - 0.8, 12, pole + 0.8, 76))
    c.fill(p.near, rect(x - 34, 16, x + 34, 17.2))
    c.fill(p.near, stroke([(x - 7, 32), (x, 24), (x + 7, 32)], 0.9), rect(x - 9, 23, x + 9, 24))
    c.fill(p.near, rect(x - 18, 76, x + 18, 84, 2))
    c.fill(p.accent, rect(x - 22, 31, x + 22, 80, 7))
    c.fill(mix(p.accent, p.near, 0.18), rect(x - 22, 31, x + 22, 38, 7))
    lower = rng.uniform(61, 64)
    c.fill(p.light, rect(x - 22, lower, x + 22, lower + 3.6))
    c.fill(p.near, rect(x - 18, 43, x - 6.4, 58, 1.6), rect(x + 6.4, 43, x + 18, 58, 1.6))
    c.fill(p.near, rect(x - 4.6, 43, x + 4.6, 58, 1.6), rect(x - 8, 34, x + 8, 39.4, 1.2))
    c.fill(p.light, rect(x - 6, 35.6, x + 6, 37.8))
    for left in (x - 18, x + 6.4):
        c.fill(
            p.far,
            [(left + 7, 43.6), (left + 10.6, 43.6), (left + 4.4, 57.4), (left + 0.8, 57.4)],
            alpha=0.45,
        )
    for dx in (-15, 15):
        c.fill(p.near, disc(x + dx, 72, 3.4))
        c.fill("#fff6d8", disc(x + dx, 72, 2.4))
