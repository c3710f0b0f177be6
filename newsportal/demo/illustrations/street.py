"""Night and market."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .canvas import Canvas, arc, disc, mix, pill, rect, ridge, smooth, stroke, turned
from .motifs import gulls, hill_line, hills, house, panes, skyline, sun
from .registry import Palette, view

if TYPE_CHECKING:
    from random import Random


def _stars(c: Canvas, rng: Random, colour: str, bottom: float) -> None:
    for column in range(8):
        x, y = column * 20 + rng.uniform(-7, 9), rng.uniform(5, bottom)
        c.fill(colour, disc(x, y, rng.choice((0.45, 0.6, 0.8))), alpha=0.9)


@view("night")
def roofs_under_the_moon(c: Canvas, p: Palette, rng: Random) -> None:
    _stars(c, rng, p.light, 40)
    x, y, r = rng.uniform(55, 100), rng.uniform(24, 34), rng.uniform(11, 16)
    for ring in (1.9, 1.45):
        c.fill(p.light, disc(x, y, r * ring), alpha=0.07)
    c.fill(p.light, disc(x, y, r))
    if rng.random() < 0.5:
        bite = disc(x + r * 0.5, y - r * 0.25, r * 0.86)
        c.fill(mix(p.paper, p.light, 0.13), bite, clip=disc(x, y, r + 0.2))
    c.fill(p.far, hills(rng, 58, 7, 4), alpha=0.8)
    for row, (foot, wall, roof) in enumerate(((82, p.far, p.mid), (102, p.mid, p.near))):
        px = -8.0 + row * 5
        while px < 156:
            wide = rng.uniform(20, 27) + row * 6
            pane = rng.choice((p.light, p.light, p.accent, mix(wall, p.paper, 0.4)))
            house(c, wall, roof, pane, px + wide / 2, foot, wide, rng.uniform(0.26, 0.42))
            px += wide * 0.98
    c.fill(p.near, rect(-1, 99, 151, 102))


def _burst(c: Canvas, rng: Random, colour: str, heart: str, x: float, y: float, r: float) -> None:
    count = rng.choice((14, 16, 18))
    for ring, share in enumerate((1.0, 0.66, 0.36)):
        for i in range(count if ring < 2 else count // 2):
            angle = (i + ring * 0.5) * 360 / (count if ring < 2 else count // 2)
            ray = stroke([(x + r * share * 0.72, y), (x + r * share, y)], r * 0.025, r * 0.075)
            c.fill((colour, heart, colour)[ring], turned(ray, x, y, angle))
            c.fill(
                (colour, heart, colour)[ring],
                *[turned(disc(x + r * share, y, r * 0.046), x, y, angle)],
            )
    c.fill(heart, disc(x, y, r * 0.07))


@view("night")
def fireworks(c: Canvas, p: Palette, rng: Random) -> None:
    shore = rng.uniform(74, 80)
    c.fill(mix(p.paper, p.far, 0.5), hills(rng, 62, 5, 4))
    spots = [
        (rng.uniform(66, 84), 32.0, 27.0),
        (rng.uniform(30, 42), 44.0, 15.0),
        (rng.uniform(108, 120), 48.0, 18.0),
    ]
    tints = [p.light, p.accent, mix(p.light, p.far, 0.4)]
    rng.shuffle(tints)
    for i, (x, y, r) in enumerate(spots):
        c.fill(tints[i], disc(x, y, r * 1.12), alpha=0.09)
        _burst(c, rng, tints[i], tints[(i + 1) % 3], x, y + rng.uniform(-3, 3), r)
    c.fill(p.mid, *skyline(rng, shore, 4, 16, 0.5))
    c.fill(p.near, rect(-1, shore, 151, 102))
    for i, (x, _, r) in enumerate(spots):
        for k in range(5):
            c.fill(
                tints[i],
                pill(x + rng.uniform(-3, 3), shore + 4 + k * 4, r * (0.9 - 0.1 * k), 1),
                alpha=0.45,
            )


@view("night")
def street_lamps(c: Canvas, p: Palette, rng: Random) -> None:
    _stars(c, rng, p.light, 30)
    c.fill(p.far, *skyline(rng, 82, 14, 42, 1), alpha=0.6)
    towers = skyline(rng, 84, 8, 30, 6)
    for shape in towers:
        c.fill(p.mid, shape)
        panes(c, rng, mix(p.light, p.mid, 0.25), shape, 0.55)
    ground = 82
    c.fill(p.near, rect(-1, ground, 151, 102))
    first, gap = rng.uniform(18, 34), rng.uniform(42, 50)
    for i in range(3):
        x, high = first + i * gap, rng.uniform(44, 48)
        top = 92 - high
        c.fill(
            p.light,
            [(x + 5, top + 2), (x + 11, top + 2), (x + 24, 92), (x - 8, 92)],
            disc(x + 8, 92, 16, 3.2),
            alpha=0.2,
        )
        c.fill(p.light, disc(x + 8, 92, 12, 2.2), alpha=0.35)
        arm = smooth([(x, 92), (x, top + 6), (x + 2, top + 0.6), (x + 8, top)])
        c.fill(mix(p.far, p.light, 0.2), stroke(arm, 1.3, 0.9))
        c.fill(mix(p.far, p.light, 0.2), arc(x + 8, top + 2, 4, 180, 360, 2.6))
        c.fill(p.light, arc(x + 8, top + 2, 3, 0, 180, 1.8))
    bench = first + gap * rng.randint(0, 1) + 4
    c.fill(
        p.accent,
        rect(bench, 87, bench + 14, 88.2),
        rect(bench, 83.6, bench + 14, 85),
        rect(bench + 1.4, 83.6, bench + 2.2, 92),
        rect(bench + 11.8, 83.6, bench + 12.6, 92),
    )


def _awning(c: Canvas, first: str, second: str, x0: float, x1: float, top: float) -> None:
    count = 2 * round((x1 - x0) / 16) + 1
    step = (x1 - x0) / count
    for i in range(count):
        low, up = x0 + i * step, x0 + 3 + i * (x1 - x0 - 6) / count
        right = x0 + 3 + (i + 1) * (x1 - x0 - 6) / count
        c.fill(
            (first, second)[i % 2],
            [(up, top), (right, top), (low + step, top + 12), (low, top + 12)],
            arc(low + step / 2, top + 12, step / 2, 0, 180, 2.6),
        )


def _crate(c: Canvas, p: Palette, fruit: str, x: float, y: float, wide: float) -> None:
    r = wide / 8.4
    for row, count in ((2, 2), (1, 3), (0, 4)):
        for i in range(count):
            px = x + wide / 2 + (i - (count - 1) / 2) * r * 2
            c.fill(fruit, disc(px, y - r * 0.5 - row * r * 1.25, r))
            c.fill(
                "#ffffff", disc(px - r * 0.3, y - r * 0.85 - row * r * 1.25, r * 0.28), alpha=0.4
            )
    c.fill(p.mid, rect(x, y, x + wide, y + 9))
    c.fill(mix(p.mid, p.near, 0.5), rect(x, y + 4, x + wide, y + 4.8))


@view("market")
def fruit_stall(c: Canvas, p: Palette, rng: Random) -> None:
    if rng.random() < 0.5:
        c.fill(mix(p.far, p.paper, 0.5), *skyline(rng, 80, 30, 56, 0.5))
    else:
        c.fill(mix(p.light, p.paper, 0.45), disc(rng.uniform(60, 90), 46, rng.uniform(46, 54)))
    c.fill(mix(p.far, p.mid, 0.3), rect(-1, 80, 151, 102))
    middle, half = rng.uniform(70, 80), rng.uniform(50, 55)
    x0, x1, top = middle - half, middle + half, rng.uniform(18, 24)
    c.fill(mix(p.near, p.paper, 0.12), rect(x0 + 5, top + 6, x1 - 5, 70))
    for i in range(lamps := rng.randint(2, 4)):
        x = x0 + (i + 0.5) * half * 2 / lamps
        c.fill(p.near, rect(x - 0.2, top + 8, x + 0.2, top + 22))
        c.fill(p.light, disc(x, top + 25, 3.4))
        c.fill(p.light, disc(x, top + 25, 6.5), alpha=0.22)
    c.fill(p.near, rect(x0 + 5, top + 6, x0 + 7, 95), rect(x1 - 7, top + 6, x1 - 5, 95))
    fruits = [p.accent, p.light, mix(p.far, "#5f9a4a", 0.7), mix(p.accent, p.light, 0.5)]
    rng.shuffle(fruits)
    count = rng.randint(3, 4)
    step = (half * 2 - 20) / count
    for i in range(count):
        _crate(c, p, fruits[i], x0 + 10 + i * step + 1, 62, step - 2)
    c.fill(p.mid, rect(x0 + 5, 70, x1 - 5, 95))
    c.fill(mix(p.mid, p.paper, 0.25), rect(x0 + 3, 69, x1 - 3, 72))
    for i in range(count):
        left = x0 + 10 + i * step + step * 0.3
        c.fill("#fffaf0", rect(left, 75, left + step * 0.4, 81))
    _awning(c, rng.choice((p.accent, p.near, p.light)), "#fffaf0", x0, x1, top)


def _lantern(c: Canvas, p: Palette, x: float, y: float, r: float) -> None:
    c.fill(p.near, rect(x - r * 0.5, y, x + r * 0.5, y + r * 2.6))
    c.fill(p.accent, disc(x, y + r * 1.3, r * 0.95, r * 1.08))
    c.fill(p.light, disc(x, y + r * 1.3, r * 0.95, r * 0.3), alpha=0.55)


def _flag(c: Canvas, p: Palette, x: float, y: float, r: float) -> None:
    c.fill(p.accent, [(x - r, y), (x + r, y), (x, y + r * 2.2)])
    c.fill(p.light, [(x - r * 0.45, y), (x + r * 0.45, y), (x, y + r)])


@view("market")
def lantern_street(c: Canvas, p: Palette, rng: Random) -> None:
    """A shopping street between two rows of shops, with lanterns across it."""
    vx, level = rng.uniform(66, 84), 62.0
    c.fill(mix(p.light, p.paper, 0.4), disc(vx, level - 12, rng.uniform(18, 26)), alpha=0.8)
    c.fill(mix(p.far, p.mid, 0.25), rect(-1, level, 151, 102))
    for side in (-1, 1):
        edge = 75 + side * 92
        cuts = (1.0, 0.66, 0.43, 0.28, 0.17, 0.09)
        for i, (near, far) in enumerate(pairwise(cuts)):
            xa, xb = vx + (edge - vx) * near, vx + (edge - vx) * far
            tall = rng.uniform(66, 84)
            wall = (p.mid, p.far, p.near)[(i + (side > 0)) % 3]
            c.fill(
                wall,
                [
                    (xa, level - tall * near),
                    (xb, level - tall * far),
                    (xb, level + 36 * far),
                    (xa, level + 36 * near),
                ],
            )
            c.fill(
                mix(p.light, "#ffffff", 0.3),
                [
                    (xa + (xb - xa) * 0.12, level - 14 * near),
                    (xb - (xb - xa) * 0.1, level - 14 * far),
                    (xb - (xb - xa) * 0.1, level + 30 * far),
                    (xa + (xb - xa) * 0.12, level + 30 * near),
                ],
                alpha=0.85,
            )
            out = -side * 9
            c.fill(
                p.accent if i % 2 else mix(p.light, p.accent, 0.25),
                [
                    (xa, level - 26 * near),
                    (xb, level - 26 * far),
                    (xb + out * far, level - 13 * far),
                    (xa + out * near, level - 13 * near),
                ],
            )
    hang = rng.choice((_lantern, _flag))
    for depth, count in ((0.3, 5), (0.62, 5)):
        y, reach, r = level - 62 * depth, 66 * depth, 8.4 * depth
        rope = [
            (vx + reach * (i / 6 - 1), y + 7 * depth * (1 - (i / 6 - 1) ** 2)) for i in range(13)
        ]
        c.fill(p.near, stroke(rope, 0.5))
        for i in range(count):
            hang(c, p, *rope[2 + 2 * i], r)


@view("market")
def morning_stalls(c: Canvas, p: Palette, rng: Random) -> None:
    sun(c, p.light, rng.uniform(45, 105), rng.uniform(22, 30), rng.uniform(10, 15))
    c.fill(mix(p.far, p.paper, 0.35), ridge(hill_line(rng, 46, 6, 3)))
    x = -6.0
    while x < 150:
        wide = rng.uniform(20, 28)
        house(c, p.far, p.mid, mix(p.light, p.paper, 0.5), x + wide / 2, 70, wide, 0.3)
        x += wide
    c.fill(mix(p.paper, p.mid, 0.25), rect(-1, 69, 151, 102))
    gulls(c, rng, p.near, rng.uniform(40, 100), 16)
    for i in range(3):
        middle, s = 75 + (i - 1) * 48 + rng.uniform(-3, 3), rng.uniform(0.92, 1.06)
        foot, top = 93.0, 93 - 44 * s
        cloth = (p.accent, p.light, p.near)[(i + rng.randint(0, 1)) % 3]
        c.fill(p.near, disc(middle, foot, 22, 2), alpha=0.25)
        c.fill(p.near, rect(middle - 0.7, top, middle + 0.7, foot))
        dome = arc(middle, top + 15, 22 * s, 180, 360, 15 * s)
        c.fill(cloth, dome)
        for share in (0.68, 0.25):
            inner = arc(middle, top + 15, 22 * s * share, 180, 360, 15 * s)
            c.fill("#fffaf0" if share > 0.5 else cloth, inner)
        c.fill(p.mid, rect(middle - 17, foot - 13, middle + 17, foot))
        c.fill(mix(p.mid, p.near, 0.5), rect(middle - 18.4, foot - 14, middle + 18.4, foot - 11.6))
        for k in range(6):
            fruit = (p.accent, p.light, mix(p.far, "#5f9a4a", 0.7))[(k // 2 + i) % 3]
            c.fill(fruit, disc(middle - 13.5 + k * 5.4, foot - 16.2, 2.7))
