"""Stadium."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .canvas import Canvas, Point, Shape, arc, disc, mix, moved, rect, smooth, stroke, turned
from .motifs import clouds
from .registry import Palette, view

if TYPE_CHECKING:
    from random import Random


@view("stadium")
def running_lanes(c: Canvas, p: Palette, rng: Random) -> None:
    """The bend of a track seen from above."""
    x, y = rng.uniform(8, 26), rng.uniform(100, 118)
    lanes, inner = rng.randint(5, 7), rng.uniform(42, 50)
    wide = rng.uniform(8.5, 10)
    squash = rng.uniform(0.8, 0.95)
    outer = inner + lanes * wide
    c.fill(mix(p.mid, p.paper, 0.35), disc(x, y, outer + 26, (outer + 26) * squash))
    c.fill(p.near, disc(x, y, outer + 7, (outer + 7) * squash))
    for i in range(lanes, 0, -1):
        r = inner + i * wide
        c.fill(p.light, disc(x, y, r, r * squash))
        shade = p.accent if i % 2 else mix(p.accent, p.near, 0.12)
        c.fill(shade, disc(x, y, r - 0.7, (r - 0.7) * squash))
    c.fill(p.light, disc(x, y, inner, inner * squash))
    c.fill(p.mid, disc(x, y, inner - 0.8, (inner - 0.8) * squash))
    c.fill(mix(p.mid, p.light, 0.18), disc(x, y, inner * 0.6, inner * 0.6 * squash))
    start = math.radians(rng.uniform(-70, -32))
    line: list[Point] = [
        (x + r * math.cos(start), y + r * math.sin(start) * squash) for r in (inner, outer)
    ]
    c.fill(p.light, stroke(line, 1.3))
    # Hurdles, one to a lane, stepping outwards as the start does.
    for i in range(lanes):
        turn, r = start + 0.16 + 0.075 * i, inner + (i + 0.5) * wide
        a = (
            x + (r - wide * 0.34) * math.cos(turn),
            y + (r - wide * 0.34) * math.sin(turn) * squash,
        )
        b = (
            x + (r + wide * 0.34) * math.cos(turn),
            y + (r + wide * 0.34) * math.sin(turn) * squash,
        )
        c.fill(p.near, stroke(moved([a, b], 1.2, 1.4), 1.6), alpha=0.35)
        c.fill(p.light, stroke([a, b], 1.7))


def _floodlight(c: Canvas, p: Palette, x: float, foot: float, high: float) -> None:
    c.fill(p.near, stroke([(x, foot), (x, foot - high)], 1.8, 1.1))
    c.fill(p.near, rect(x - 7, foot - high - 7, x + 7, foot - high + 1.5, 0.8))
    for row in (0, 1):
        for i in range(4):
            c.fill(p.light, disc(x - 4.8 + i * 3.2, foot - high - 4.6 + row * 3.4, 1.1))


def _centre(c: Canvas, p: Palette, x: float, level: float) -> None:
    c.fill(p.light, stroke(arc(x, 80, 33, 0, 360, 9.5), 1.1), disc(x, 80, 1.8, 0.9))
    far, near = 75 + (x - 75) * 0.62, x + (x - 75) * 0.9
    c.fill(p.light, stroke([(far, level + 3.4), (x, 80), (near, 102)], 0.7, 1.5))


def _goal(c: Canvas, p: Palette, x: float, level: float) -> None:
    top, foot, half = level - 17, level + 3.4, 27.0
    c.fill(
        p.light,
        stroke([(x - 40, foot), (x - 52, 84)], 0.7, 1.1),
        rect(x - 52, 83.5, x + 52, 84.5),
        stroke([(x + 40, foot), (x + 52, 84)], 0.7, 1.1),
    )
    net = [stroke([(x + dx, top), (x + dx * 0.88, foot)], 0.35) for dx in range(-24, 25, 4)]
    net += [rect(x - half, top + dy, x + half, top + dy + 0.35) for dy in (4, 8, 12, 16)]
    c.fill(p.light, *net, alpha=0.6)
    c.fill(
        "#ffffff",
        rect(x - half, top, x + half, top + 1.5),
        rect(x - half, top, x - half + 1.5, foot),
        rect(x + half - 1.5, top, x + half, foot),
    )


@view("stadium")
def pitch_under_lights(c: Canvas, p: Palette, rng: Random) -> None:
    clouds(c, rng, "#fffdf8", 2, 6, 26, 0.7)
    level = rng.uniform(58, 62)
    for x in (26, 124):
        _floodlight(c, p, x + rng.uniform(-4, 4), level, rng.uniform(34, 42))
    roof = rng.uniform(22, 27)
    c.fill(
        mix(p.far, p.near, 0.5),
        [
            (-2, level - roof - 5),
            *smooth(
                [
                    (-2, level - roof - 5),
                    (40, level - roof + 3),
                    (110, level - roof + 3),
                    (152, level - roof - 5),
                ]
            ),
            (152, level),
            (-2, level),
        ],
    )
    for i in range(4):
        drop = 4 + i * 5.4
        row = smooth(
            [
                (-2, level - roof - 4 + drop),
                (40, level - roof + 4 + drop),
                (110, level - roof + 4 + drop),
                (152, level - roof - 4 + drop),
            ]
        )
        shade = (p.far, mix(p.far, p.paper, 0.4))[i % 2]
        c.fill(shade, [*row, (152, level), (-2, level)])
    c.fill(p.accent, rect(-1, level - 3.4, 151, level))
    c.fill(p.mid, rect(-1, level, 151, 102))
    vx, count = 75.0, rng.choice((8, 10))
    for i in range(0, count * 2, 2):
        a, b = -75 + i * 300 / (count * 2), -75 + (i + 1) * 300 / (count * 2)
        c.fill(
            mix(p.mid, p.light, 0.16),
            [(vx + (a - vx) * 0.5, level), (vx + (b - vx) * 0.5, level), (b, 102), (a, 102)],
        )
    middle = rng.uniform(66, 84)
    c.fill(p.light, rect(-1, level + 3, 151, level + 3.7))
    rng.choice((_centre, _goal))(c, p, middle, level)
    ball = middle + rng.choice((-1, 1)) * rng.uniform(10, 16)
    c.fill(p.near, disc(ball + 1, 92.4, 5.4, 1.2), alpha=0.3)
    c.fill("#fffdf8", disc(ball, 87.4, 5))
    c.fill(
        p.near,
        [
            (ball + 2 * math.cos(math.radians(a)), 87.4 + 2 * math.sin(math.radians(a)))
            for a in range(-90, 270, 72)
        ],
    )
    for a in range(-90, 270, 72):
        spot = disc(ball + 5 * math.cos(math.radians(a)), 87.4 + 5 * math.sin(math.radians(a)), 1.5)
        c.fill(p.near, spot, clip=disc(ball, 87.4, 5))


@view("stadium")
def diamond(c: Canvas, p: Palette, rng: Random) -> None:
    """A ball park from above; the whole field leans a little."""
    x, y, tilt = rng.uniform(66, 84), 92.0, rng.uniform(-14, 14)
    soil = mix(p.accent, p.paper, 0.35)

    def lean(shape: Shape) -> Shape:
        return turned(shape, 75, 55, tilt)

    def fan(r: float) -> Shape:
        return lean([(x, y), *arc(x, y, r, 225, 315)])

    c.fill(p.far, fan(118), lean(disc(x, y, 26)))
    c.fill(p.near, fan(99), lean(disc(x, y, 20)))
    c.fill(soil, fan(95), lean(disc(x, y, 16)))
    c.fill(p.mid, fan(88))
    for i in range(0, 8, 2):
        wedge = arc(x, y, 88, 225 + i * 11.25, 225 + (i + 1) * 11.25)
        c.fill(mix(p.mid, p.light, 0.14), lean([(x, y), *wedge]))
    c.fill(soil, fan(56), lean(disc(x, y, 8)))
    side = 34.0
    box: Shape = [
        (x, y - 3),
        (x + side * 0.7, y - 3 - side * 0.7),
        (x, y - 3 - side * 1.4),
        (x - side * 0.7, y - 3 - side * 0.7),
    ]
    c.fill(mix(p.mid, p.light, 0.08), lean(box))
    for end in (225, 315):
        tip = arc(x, y, 95, end, end)[0]
        c.fill(p.light, lean(stroke([(x, y), tip], 0.9)))
    mound = (x, y - 3 - side * 0.7)
    c.fill(soil, lean(disc(*mound, 5.4)))
    c.fill(p.light, lean(rect(mound[0] - 1.6, mound[1] - 0.5, mound[0] + 1.6, mound[1] + 0.5)))
    for px, py in box:
        c.fill(p.light, lean(turned(rect(px - 1.7, py - 1.7, px + 1.7, py + 1.7), px, py, 45)))
