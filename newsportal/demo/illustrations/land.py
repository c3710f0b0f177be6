"""Mountain and snow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .canvas import Canvas, Point, Shape, disc, mix, pill, rect, ridge, smooth, stroke
from .motifs import clouds, conifer, forest, hill_line, hills, sun
from .registry import Palette, view

if TYPE_CHECKING:
    from random import Random


@view("mountain")
def single_cone(c: Canvas, p: Palette, rng: Random) -> None:
    x, top = rng.uniform(66, 84), rng.uniform(20, 28)
    sun(
        c,
        p.light,
        x + rng.choice((-1, 1)) * rng.uniform(30, 38),
        top + rng.uniform(0, 10),
        rng.uniform(8, 13),
    )
    left = smooth([(x - 90, 88), (x - 48, 72), (x - 20, top + 24), (x - 5, top)])
    right = smooth([(x + 5, top), (x + 20, top + 24), (x + 48, 72), (x + 90, 88)])
    cone = [*left, *right]
    c.fill(p.mid, cone)
    shade = [(x + 2, top), (x + 5, top), *right, (x + 22, 90), (x + 10, 60), (x + 6, top + 20)]
    c.fill(p.near, shade, alpha=0.22, clip=cone)
    snow: Shape = [(x - 40, top - 2), (x + 40, top - 2)]
    deep = rng.uniform(13, 18)
    for i in range(9):
        snow.append((x + 22 - i * 5.5, top + deep * (0.55 if i % 2 else rng.uniform(0.95, 1.35))))
    c.fill(p.accent, snow, clip=cone)
    clouds(c, rng, p.accent, 2, 46, 66, 0.85)
    c.fill(p.far, hills(rng, 76, 3, 5), alpha=0.9)
    line = hill_line(rng, 88, 4, 4)
    c.fill(p.near, ridge(line), *forest(rng, line, 9, 15, 5.5))


def _peak(c: Canvas, p: Palette, rng: Random, x: float, top: float, half: float) -> None:
    foot = 104.0
    bend = x + half * rng.uniform(-0.06, 0.1)
    lit = [(x - half, foot), (x, top), (bend, top + 22), (x - half * 0.06, top + 42), (bend, foot)]
    dark = [(x + half, foot), (x, top), (bend, top + 22), (x - half * 0.06, top + 42), (bend, foot)]
    whole = [(x - half, foot), (x, top), (x + half, foot)]
    tall = foot - top
    depth = rng.uniform(19, 26)
    share = half / tall
    teeth: Shape = [(x, top)]
    for i, low in enumerate((1.0, 0.62, 1.15, 0.7, 0.95)):
        teeth.append((x + share * depth * (1 - i * 0.5), top + depth * low))
    c.fill(p.mid, lit)
    c.fill(mix(p.mid, p.near, 0.5), dark)
    c.fill(p.accent, teeth, clip=whole)
    c.fill(p.far, teeth, alpha=0.5, clip=dark)


@view("mountain")
def jagged_range(c: Canvas, p: Palette, rng: Random) -> None:
    sun(c, p.light, rng.uniform(48, 102), rng.uniform(20, 30), rng.uniform(10, 15))
    far: Shape = [(-5, 104)]
    for i in range(9):
        far.append((-5 + i * 20, (46 if i % 2 else 60) + rng.uniform(-5, 5)))
    c.fill(mix(p.far, p.paper, 0.35), [*far, (160, 104)])
    spots = [(rng.uniform(8, 24), 40.0), (rng.uniform(118, 138), 36.0), (rng.uniform(60, 88), 22.0)]
    for x, top in spots:
        _peak(c, p, rng, x, top + rng.uniform(-3, 5), (104 - top) * rng.uniform(0.62, 0.78))
    # Mist over the feet of the peaks parts them from the wood.
    c.fill(p.paper, hills(rng, 75, 3, 4), alpha=0.35)
    line = hill_line(rng, 88, 4, 4)
    c.fill(p.near, ridge(line), *forest(rng, line, 10, 18, 5))


@view("mountain")
def lake_mirror(c: Canvas, p: Palette, rng: Random) -> None:
    shore = rng.uniform(60, 66)
    x, r = rng.uniform(52, 98), rng.uniform(9, 14)
    sun(c, p.light, x, rng.uniform(16, 26), r)
    lines = [
        smooth(hill_line(rng, shore - 20, 11, 5)),
        smooth(hill_line(rng, shore - 9, 6, 4)),
    ]
    shades = (mix(p.far, p.paper, 0.2), p.mid)
    water = mix(p.paper, p.far, 0.35)
    c.fill(water, rect(-1, shore, 151, 102))
    for line, shade in zip(lines, shades, strict=True):
        c.fill(shade, [*line, (165, shore), (-15, shore)])
        image = [(px, 2 * shore - (py - shore) * 0.8 - shore) for px, py in line]
        c.fill(mix(shade, water, 0.45), [*image, (165, shore), (-15, shore)])
    c.fill(p.accent, rect(-1, shore - 0.4, 151, shore + 0.5))
    ripples = [
        pill(rng.uniform(20, 130), shore + 6 + i * 3.6, rng.uniform(14, 40), 0.8) for i in range(8)
    ]
    c.fill(p.accent, *ripples, alpha=0.5)
    bank: list[Point] = [(-15, 84), (20, 87), (52, 95), (80, 101), (165, 103)]
    trees = [s for i in range(5) for s in conifer(4 + i * 9, 95 + i * 2.6, 46 - i * 6)]
    c.fill(p.near, ridge(bank, 106), *trees)


def _flakes(c: Canvas, colour: str, rng: Random) -> None:
    """Large flakes on a loose grid: falling snow, not noise."""
    for column in range(9):
        for row in range(5):
            x = column * 18 + (row % 2) * 9 + rng.uniform(-4, 4)
            y = row * 19 + rng.uniform(-5, 5)
            c.fill(colour, disc(x, y, rng.choice((0.7, 0.9, 1.3))), alpha=0.9)


def _snow_tree(c: Canvas, p: Palette, colour: str, x: float, foot: float, high: float) -> None:
    trunk, *tiers = conifer(x, foot, high)
    c.fill(p.near, trunk)
    for tier in tiers:
        (ax, ay), (bx, _), (tx, ty) = tier
        c.fill(colour, tier)
        low = ty + (ay - ty) * 0.56
        wide, tooth = (bx - ax) * 0.28, high * 0.025
        c.fill(
            p.accent,
            [
                (tx, ty),
                (tx + wide, low),
                (tx + wide * 0.5, low - tooth),
                (tx, low + tooth),
                (tx - wide * 0.5, low - tooth),
                (tx - wide, low),
            ],
        )


def _farmhouse(c: Canvas, p: Palette, x: float, foot: float, wide: float) -> None:
    """A steep thatched house of the snow country, deep in snow."""
    half, high = wide / 2, wide * 0.95
    eaves = foot - wide * 0.2
    c.fill(p.near, rect(x - half * 0.74, eaves - wide * 0.4, x + half * 0.74, foot))
    c.fill(mix(p.mid, p.near, 0.5), [(x - half, eaves), (x, foot - high), (x + half, eaves)])
    c.fill(p.near, [(x - half * 0.7, eaves), (x, foot - high * 0.78), (x + half * 0.7, eaves)])
    for row, count in ((0.3, 3), (0.52, 2)):
        for i in range(count):
            px = x + (i - (count - 1) / 2) * wide * 0.2
            c.fill(
                p.light,
                rect(
                    px - wide * 0.055,
                    foot - wide * (row + 0.11),
                    px + wide * 0.055,
                    foot - wide * row,
                ),
            )
    c.fill(p.light, rect(x - wide * 0.24, foot - wide * 0.16, x + wide * 0.24, foot))
    c.fill(
        p.near,
        *(
            rect(x + wide * d - 0.2, foot - wide * 0.16, x + wide * d + 0.2, foot)
            for d in (-0.12, 0, 0.12)
        ),
    )
    peak = (x, foot - high - wide * 0.02)
    for side in (-1, 1):
        c.fill(p.accent, stroke([peak, (x + side * half * 1.06, eaves + 0.4)], wide * 0.13))
        c.fill(p.accent, disc(x + side * half * 1.06, eaves + 0.4, wide * 0.064))
    c.fill(p.accent, disc(*peak, wide * 0.066))


@view("snow")
def village_in_snow(c: Canvas, p: Palette, rng: Random) -> None:
    c.fill(p.far, hills(rng, 42, 9, 3))
    line = hill_line(rng, 58, 4, 3)
    c.fill(mix(p.far, p.mid, 0.6), *forest(rng, line, 12, 20, 6), ridge(line))
    c.fill(mix(p.accent, p.far, 0.45), hills(rng, 68, 4, 3))
    spots = [
        (rng.uniform(30, 42), 76.0, 27.0),
        (rng.uniform(104, 118), 79.0, 32.0),
        (rng.uniform(66, 80), 86.0, 42.0),
    ]
    keep = spots if rng.random() < 0.6 else spots[1:]
    for x, foot, wide in keep:
        _farmhouse(c, p, x, foot, wide * rng.uniform(0.9, 1.05))
        c.fill(p.accent, disc(x, foot + 2.5, wide * 0.85, wide * 0.11))
    c.fill(p.accent, hills(rng, 88, 3, 3))
    _flakes(c, p.accent, rng)


@view("snow")
def winter_wood(c: Canvas, p: Palette, rng: Random) -> None:
    x = rng.uniform(55, 95)
    sun(c, p.light, x, rng.uniform(24, 34), rng.uniform(9, 15))
    line = hill_line(rng, 58, 4, 3)
    c.fill(p.far, *forest(rng, line, 16, 26, 7), ridge(line))
    c.fill(mix(p.accent, p.far, 0.4), hills(rng, 64, 4, 3))
    for i in range(7):
        px = 8 + i * 22 + rng.uniform(-6, 6)
        _snow_tree(c, p, p.mid, px, 74 + rng.uniform(-2, 3), rng.uniform(26, 36))
    c.fill(mix(p.accent, p.far, 0.18), hills(rng, 75, 3, 3))
    left = smooth([(x - 1.5, 75.0), (x + 4, 81), (x - 12, 89), (x - 20, 106)])
    right = smooth([(x + 1.5, 75.0), (x + 9, 81), (x + 2, 90), (x + 14, 106)])
    c.fill(mix(p.accent, p.mid, 0.3), [*left, *right[::-1]])
    for px, foot, high in ((rng.uniform(22, 34), 96, 58), (rng.uniform(116, 130), 99, 66)):
        _snow_tree(c, p, p.near, px, foot, high * rng.uniform(0.85, 1.05))
        c.fill(p.accent, disc(px, foot + 5, 36, 8))
    _flakes(c, p.accent, rng)
