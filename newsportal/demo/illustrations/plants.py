"""Field and leaves."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from .canvas import Canvas, Point, disc, mix, rect, ridge, smooth, stroke
from .motifs import clouds, gulls, hills, house, leaf, paint_leaf, sun
from .registry import Palette, view

if TYPE_CHECKING:
    from random import Random


@view("field")
def furrows(c: Canvas, p: Palette, rng: Random) -> None:
    level, vx = rng.uniform(46, 54), rng.uniform(50, 100)
    sun(c, p.light, vx + rng.uniform(-30, 30), level - rng.uniform(2, 16), rng.uniform(10, 17))
    clouds(c, rng, "#fffaf0", 2, 6, 26)
    c.fill(p.far, hills(rng, level - 3, 5, 4))
    c.fill(p.mid, rect(-1, level, 151, 102))
    count = rng.choice((9, 11, 13))
    for i in range(count * 2):
        left = -190 + i * 530 / (count * 2)
        right = left + 265 / (count * 2)
        shade = p.accent if i % 4 else p.near
        c.fill(shade, [(vx, level), (left, 102), (right, 102)])
    x = rng.choice((rng.uniform(30, 44), rng.uniform(106, 118)))
    c.fill(p.near, disc(x + 11, level - 4, 6, 7), disc(x - 10, level - 2.5, 5, 5))
    house(c, "#fffaf0", p.light, p.near, x, level + 1.5, rng.uniform(15, 20), 0.45)
    c.fill(p.near, rect(-1, level - 0.6, 151, level + 1.4))


@view("field")
def terraces(c: Canvas, p: Palette, rng: Random) -> None:
    """Rice terraces: every step a band of crop with a lit rim of water."""
    x = rng.uniform(45, 105)
    sun(c, p.light, x, rng.uniform(18, 26), rng.uniform(9, 14))
    c.fill(mix(p.far, p.paper, 0.4), hills(rng, 40, 8, 3))
    c.fill(p.far, hills(rng, 46, 4, 4))
    count = rng.randint(6, 8)
    slope = rng.uniform(0.04, 0.12)
    for i in range(count):
        share = i / (count - 1)
        y = 50 + 46 * share**1.15
        bend = [
            (px, y + (px - 75) * slope * (1 - share) + math.sin(px / 23 + i * 1.7) * 3.4)
            for px in range(-20, 181, 20)
        ]
        c.fill(mix(p.paper, p.light, 0.2), ridge([(px, py - 1.8) for px, py in bend]))
        c.fill(mix(p.mid, p.near, 0.75), ridge(bend))
        shade = mix(p.accent, p.mid, share) if i % 2 else mix(p.mid, p.near, share * 0.5)
        c.fill(shade, ridge([(px, py + 1.3) for px, py in bend]))
    gulls(c, rng, p.near, x + (24 if x < 75 else -46), 22)


def _ear(c: Canvas, p: Palette, x: float, top: float, lean: float) -> None:
    """A stalk of grain bowing to one side, with its grains in two rows."""
    stalk = smooth([(x, 106), (x + lean * 0.1, 78), (x + lean * 0.35, top + 14), (x + lean, top)])
    c.fill(p.near, stroke(stalk, 1.8, 0.7))
    # Only the upper part of the stalk carries grain.
    spine = stalk[len(stalk) * 5 // 9 :: 3]
    for (ax, ay), (bx, by) in pairwise(spine):
        angle = math.degrees(math.atan2(by - ay, bx - ax))
        for side in (-38, 38):
            paint_leaf(
                c,
                p.accent if side < 0 else mix(p.accent, p.light, 0.35),
                ax,
                ay,
                9.5,
                4,
                angle + side,
            )
    (ax, ay), (bx, by) = spine[-2], spine[-1]
    angle = math.degrees(math.atan2(by - ay, bx - ax))
    paint_leaf(c, p.accent, bx, by, 9.5, 4, angle)


@view("field")
def ripe_ears(c: Canvas, p: Palette, rng: Random) -> None:
    sun(c, p.light, rng.uniform(55, 95), rng.uniform(38, 50), rng.uniform(20, 28))
    c.fill(p.far, hills(rng, 66, 5, 4))
    c.fill(p.mid, hills(rng, 78, 3, 4))
    c.fill(mix(p.mid, p.near, 0.6), hills(rng, 92, 3, 4))
    side = rng.choice((-1, 1))
    count = rng.randint(5, 7)
    for i in range(count):
        x = 12 + i * 126 / (count - 1) + rng.uniform(-4, 4)
        blade = leaf(x, 106, rng.uniform(38, 52), 7, -90 - side * rng.uniform(10, 26))
        c.fill(p.near, *blade)
        _ear(c, p, x, rng.uniform(18, 44), side * rng.uniform(10, 18))


@view("leaves")
def scattered(c: Canvas, p: Palette, rng: Random) -> None:
    c.fill(p.light, disc(rng.uniform(50, 100), rng.uniform(35, 65), rng.uniform(36, 46)))
    base = rng.uniform(0, 360)
    for row in range(4):
        for column in range(6):
            x = column * 33 - 8 + (row % 2) * 16.5 + rng.uniform(-3, 3)
            y = row * 30 + 5 + rng.uniform(-3, 3)
            colour = rng.choice((p.mid, p.mid, p.near, p.far, p.accent))
            angle = base + rng.choice((0, 60, 120, 180, 240)) + rng.uniform(-15, 15)
            long = rng.uniform(25, 31)
            dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            paint_leaf(
                c,
                colour,
                x - dx * long / 2,
                y - dy * long / 2,
                long,
                long * rng.uniform(0.36, 0.46),
                angle,
            )


def _sprig(c: Canvas, p: Palette, colour: str, line: list[Point], long: float, pairs: int) -> None:
    stem = smooth(line)
    c.fill(p.near, stroke(stem, 1.4, 0.5))
    for i in range(pairs):
        share = 0.16 + 0.8 * i / pairs
        at = int(share * (len(stem) - 2))
        (ax, ay), (bx, by) = stem[at], stem[at + 1]
        angle = math.degrees(math.atan2(by - ay, bx - ax))
        size = long * (1.1 - 0.55 * share)
        for side in (-52, 52):
            paint_leaf(c, colour, ax, ay, size, size * 0.42, angle + side)
    (ax, ay), (bx, by) = stem[-2], stem[-1]
    angle = math.degrees(math.atan2(by - ay, bx - ax))
    paint_leaf(c, colour, bx, by, long * 0.6, long * 0.25, angle)


@view("leaves")
def three_sprigs(c: Canvas, p: Palette, rng: Random) -> None:
    c.fill(p.light, disc(75 + rng.uniform(-12, 12), rng.uniform(42, 54), rng.uniform(34, 42)))
    colours = [p.mid, p.near, p.accent]
    rng.shuffle(colours)
    for i, x in enumerate((34, 116, 75)):
        lean = (75 - x) * 0.2 + rng.uniform(-10, 10)
        top = rng.uniform(12, 26) + (0 if i == 2 else 8)
        line = [(x - lean * 0.4, 108.0), (x, 80.0), (x + lean * 0.3, 50.0), (x + lean, top + 8)]
        _sprig(c, p, colours[i], line, rng.uniform(21, 26), rng.randint(4, 6))


@view("leaves")
def fruit_branch(c: Canvas, p: Palette, rng: Random) -> None:
    c.fill(p.far, disc(rng.uniform(84, 104), rng.uniform(50, 62), rng.uniform(26, 34)), alpha=0.45)
    tilt = rng.uniform(-6, 10)
    line = [
        (-6.0, 22 - tilt),
        (36.0, 30.0),
        (78.0, 26 + tilt),
        (118.0, 38 + tilt),
        (140.0, 34 + tilt),
    ]
    branch = smooth(line)
    c.fill(p.near, stroke(branch, 3.6, 0.9))
    fruits: list[tuple[Point, Point]] = []
    for i in range(7):
        x, y = branch[int((i + 0.6) / 7.4 * len(branch))]
        up = i % 2 == 0
        colour = rng.choice((p.mid, p.mid, p.near, p.far))
        long = rng.uniform(22, 29)
        angle = (-1 if up else 1) * rng.uniform(35, 70)
        paint_leaf(c, colour, x, y, long, long * 0.45, angle)
        if not up or rng.random() < 0.35:
            fruits.append(((x, y), (x + rng.uniform(-9, -5), y + rng.uniform(16, 24))))
    for knot, (x, y) in fruits:
        r = rng.uniform(8, 11)
        c.fill(p.near, stroke([knot, (x + 0.5, y - r * 1.2), (x, y)], 0.9))
        c.fill(p.accent, disc(x, y, r, r * 0.9))
        c.fill("#ffffff", disc(x - r * 0.35, y - r * 0.25, r * 0.28, r * 0.22), alpha=0.35)
        for angle in (20, 160, 75, 105):
            paint_leaf(c, p.mid, x, y - r * 0.8, r * 0.75, r * 0.4, angle)
