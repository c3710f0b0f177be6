"""Small things that several scenes share: sun, clouds, hills, boats, houses, trees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .canvas import (
    Canvas,
    Point,
    Shape,
    arc,
    disc,
    mix,
    moved,
    pill,
    rect,
    ridge,
    smooth,
    stroke,
    turned,
)

if TYPE_CHECKING:
    from random import Random

    from .registry import Palette


def sun(c: Canvas, colour: str, x: float, y: float, r: float, rings: int = 2) -> None:
    for ring in range(rings, 0, -1):
        c.fill(colour, disc(x, y, r * (1 + 0.3 * ring)), alpha=0.13)
    c.fill(colour, disc(x, y, r))


def clouds(
    c: Canvas, rng: Random, colour: str, count: int, top: float, bottom: float, alpha: float = 0.6
) -> None:
    """Stepped bars of mist, as in old picture scrolls; one per band, so they never pile up."""
    step = (bottom - top) / count
    for i in range(count):
        x = rng.uniform(8, 62) + 80 * (i % 2) - 8
        y = top + step * (i + rng.uniform(0.3, 0.7))
        long, high = rng.uniform(26, 42), rng.uniform(2.8, 3.8)
        shift = long * rng.choice((-0.3, 0.3))
        bars = [pill(x, y, long, high), pill(x + shift, y + high * 0.9, long * 0.7, high)]
        c.fill(colour, *bars, alpha=alpha)


def hill_line(rng: Random, y: float, swing: float, count: int = 4) -> list[Point]:
    """A line that rises and falls in turn, never flat and never jagged."""
    sign = rng.choice((-1, 1))
    gap = 180 / count
    return [
        (
            -15 + gap * (i + (rng.uniform(-0.2, 0.2) if 0 < i < count else 0)),
            y + sign * (-1) ** i * swing * rng.uniform(0.5, 1),
        )
        for i in range(count + 1)
    ]


def hills(rng: Random, y: float, swing: float, count: int = 4) -> Shape:
    return ridge(hill_line(rng, y, swing, count))


def gull(x: float, y: float, size: float) -> Shape:
    wings = [(-1.0, 0.05), (-0.55, -0.38), (0.0, 0.1), (0.55, -0.38), (1.0, 0.05)]
    return stroke(smooth([(x + dx * size, y + dy * size) for dx, dy in wings]), size * 0.16)


def gulls(c: Canvas, rng: Random, colour: str, x: float, y: float) -> None:
    for i in range(rng.randint(2, 4)):
        c.fill(colour, gull(x + i * 7 + rng.uniform(-2, 2), y + rng.uniform(-6, 6), 3.4 - i * 0.4))


def glitter(c: Canvas, rng: Random, colour: str, x: float, top: float, width: float) -> None:
    """The light of the sun on water: bars that widen towards us."""
    y, gap, long = top, 2.2, width * 0.55
    while y < 98:
        sway = rng.uniform(-0.12, 0.12) * long
        c.fill(colour, pill(x + sway, y, long, gap * 0.42), alpha=0.75)
        y, gap, long = y + gap * 1.5, gap * 1.17, long * rng.choice((0.78, 1.22, 1.05))
        long = min(max(long, width * 0.4), width)


def lighthouse(
    c: Canvas, p: Palette, x: float, foot: float, high: float, body: str, band: str
) -> None:
    wide, top = high * 0.24, foot - high

    def slice_(low: float, up: float) -> Shape:
        a, b = wide / 2 * (1 - 0.42 * low), wide / 2 * (1 - 0.42 * up)
        ya, yb = foot - high * low, foot - high * up
        return [(x - a, ya), (x + a, ya), (x + b, yb), (x - b, yb)]

    c.fill(body, slice_(-0.15, 1))
    c.fill(band, slice_(0.22, 0.42), slice_(0.64, 0.84))
    half = wide * 0.42
    c.fill(p.near, rect(x - half, top - high * 0.04, x + half, top))
    c.fill(p.light, rect(x - half * 0.6, top - high * 0.16, x + half * 0.6, top - high * 0.04))
    c.fill(band, arc(x, top - high * 0.16, half * 0.75, 180, 360))


def beam(c: Canvas, colour: str, x: float, y: float, reach: float) -> None:
    for spread, alpha in ((0.16, 0.25), (0.09, 0.25)):
        half = abs(reach) * spread
        c.fill(colour, [(x, y), (x + reach, y - half * 1.6), (x + reach, y + half)], alpha=alpha)


def sailboat(c: Canvas, hull: str, sail: str, jib: str, x: float, y: float, s: float) -> None:
    c.fill(sail, [(x + 0.3 * s, y - 11 * s), (x + 0.3 * s, y - s), (x + 6 * s, y - s)])
    c.fill(jib, [(x - 0.3 * s, y - 9.5 * s), (x - 0.3 * s, y - s), (x - 4.6 * s, y - s)])
    c.fill(
        hull,
        [
            (x - 6 * s, y - 0.4 * s),
            (x + 7 * s, y - 0.4 * s),
            (x + 4.6 * s, y + 2.4 * s),
            (x - 4.4 * s, y + 2.4 * s),
        ],
    )


def fishing_boat(c: Canvas, p: Palette, hull: str, x: float, y: float, s: float) -> None:
    """Bow to the right; y is the waterline."""
    c.fill(p.near, rect(x - 1.2 * s, y - 15 * s, x - 0.7 * s, y - 4 * s))
    c.fill(p.near, stroke([(x - 1 * s, y - 14 * s), (x - 10 * s, y - 5 * s)], 0.4 * s))
    c.fill(p.near, stroke([(x - 1 * s, y - 14 * s), (x + 12 * s, y - 5 * s)], 0.3 * s))
    c.fill("#fffaf0", rect(x - 5 * s, y - 9.5 * s, x + 4 * s, y - 3 * s))
    c.fill(p.near, rect(x - 5.8 * s, y - 10.4 * s, x + 5 * s, y - 9 * s))
    c.fill(p.far, rect(x - 3.6 * s, y - 8 * s, x - 0.6 * s, y - 5.6 * s))
    c.fill(p.far, rect(x + 0.2 * s, y - 8 * s, x + 3 * s, y - 5.6 * s))
    top = smooth([(x - 12 * s, y - 4 * s), (x - 2 * s, y - 3.4 * s), (x + 15 * s, y - 7 * s)])
    c.fill(hull, [*top, (x + 9.6 * s, y + 1.6 * s), (x - 10.6 * s, y + 1.6 * s)])
    c.fill("#fffaf0", stroke(moved(top, 0, 1.2 * s), 0.7 * s))


def conifer(x: float, foot: float, high: float) -> list[Shape]:
    """Three tiers, the lowest first."""
    tiers: list[Shape] = []
    for low, up, half in ((0.1, 0.55, 0.25), (0.34, 0.78, 0.2), (0.6, 1.0, 0.14)):
        tiers.append(
            [
                (x - high * half, foot - high * low),
                (x + high * half, foot - high * low),
                (x, foot - high * up),
            ]
        )
    return [rect(x - high * 0.025, foot - high * 0.12, x + high * 0.025, foot + 0.5), *tiers]


def forest(rng: Random, line: list[Point], low: float, high: float, gap: float) -> list[Shape]:
    """Conifers along a line of the ground."""
    shapes: list[Shape] = []
    ground = smooth(line)
    x = -4.0
    while x < 154:
        foot = min(ground, key=lambda point: abs(point[0] - x))[1]
        tall = rng.uniform(low, high)
        # Sunk a little, or the sky shows as a slit below the lowest tier.
        shapes += conifer(x, foot + tall * 0.18, tall)
        x += gap * rng.uniform(0.6, 1.5)
    return shapes


def tree(c: Canvas, crown: str, trunk: str, x: float, foot: float, high: float) -> None:
    c.fill(trunk, rect(x - high * 0.04, foot - high * 0.5, x + high * 0.04, foot))
    c.fill(crown, disc(x, foot - high * 0.64, high * 0.3, high * 0.36))
    # The shaded half gives the ball its volume without a gradient.
    half = arc(x, foot - high * 0.64, high * 0.3, -90, 90, high * 0.36)
    c.fill(trunk, half, alpha=0.25)


def house(
    c: Canvas, wall: str, roof: str, pane: str, x: float, foot: float, wide: float, steep: float
) -> None:
    """A gable house, front view; x is its middle."""
    eaves = foot - wide * 0.48
    c.fill(
        wall,
        [
            (x - wide * 0.42, foot),
            (x - wide * 0.42, eaves),
            (x, eaves - wide * steep),
            (x + wide * 0.42, eaves),
            (x + wide * 0.42, foot),
        ],
    )
    peak = (x, eaves - wide * steep - wide * 0.03)
    for side in (-1, 1):
        edge = (x + side * wide * 0.56, eaves + wide * 0.1)
        c.fill(roof, stroke([peak, edge], wide * 0.11))
    c.fill(roof, disc(*peak, wide * 0.055))
    for dx in (-0.22, 0.08):
        left, top = x + wide * dx, foot - wide * 0.36
        c.fill(pane, rect(left, top, left + wide * 0.15, top + wide * 0.17))


def leaf(x: float, y: float, long: float, wide: float, degrees: float) -> tuple[Shape, Shape]:
    """Two halves of a leaf growing from (x, y); 0 degrees points to the right."""
    steps = [i / 24 for i in range(25)]
    edge = [(x + long * t, math.sin(math.pi * t**0.85) * wide / 2) for t in steps]
    upper = turned([(px, y - dy) for px, dy in edge], x, y, degrees)
    lower = turned([(px, y + dy) for px, dy in edge], x, y, degrees)
    return upper, lower


def paint_leaf(
    c: Canvas, colour: str, x: float, y: float, long: float, wide: float, degrees: float
) -> None:
    upper, lower = leaf(x, y, long, wide, degrees)
    c.fill(colour, upper, lower)
    c.fill(mix(colour, "#ffffff", 0.16), upper)
    tip = turned([(x + long * 0.86, y)], x, y, degrees)[0]
    c.fill(mix(colour, "#ffffff", 0.42), stroke([(x, y), tip], long * 0.02, long * 0.006))


def skyline(rng: Random, foot: float, low: float, high: float, gap: float) -> list[Shape]:
    """Houses side by side, low at the edges and high in the middle."""
    shapes: list[Shape] = []
    x = -4.0
    while x < 152:
        wide = rng.uniform(9, 16)
        middle = 1 - abs(x + wide / 2 - 75) / 110
        top = foot - (low + (high - low) * middle * rng.uniform(0.45, 1.0))
        shapes.append(_tower(rng, x, top, x + wide, foot))
        x += wide + gap * rng.uniform(0.5, 1.5)
    return shapes


def _tower(rng: Random, x0: float, top: float, x1: float, foot: float) -> Shape:
    wide = x1 - x0
    roof = rng.choice(("flat", "flat", "slant", "step", "mast"))
    if roof == "slant":
        return [(x0, top + wide * 0.35), (x1, top), (x1, foot), (x0, foot)]
    if roof == "step":
        cut = x0 + wide * 0.55
        return [(x0, top + 6), (cut, top + 6), (cut, top), (x1, top), (x1, foot), (x0, foot)]
    if roof == "mast":
        mid = (x0 + x1) / 2
        return [
            (x0, top),
            (mid - 0.4, top),
            (mid - 0.4, top - 7),
            (mid + 0.4, top - 7),
            (mid + 0.4, top),
            (x1, top),
            (x1, foot),
            (x0, foot),
        ]
    return rect(x0, top, x1, foot)


def panes(c: Canvas, rng: Random, colour: str, shape: Shape, share: float) -> None:
    """Windows in straight columns on a tower; whole floors are lit or dark."""
    x0, x1 = min(x for x, _ in shape), max(x for x, _ in shape)
    foot = max(y for _, y in shape)
    columns = max(2, int((x1 - x0 - 2) / 3.2))
    step = (x1 - x0 - 2) / columns
    y = min(y for _, y in shape) + 12
    while y < foot - 8:
        if rng.random() < share:
            run = rng.randint(1, columns)
            for i in range(run):
                left = x0 + 1 + step * (i + 0.22)
                c.fill(colour, rect(left, y, left + step * 0.56, y + 2.2))
        y += 4.6
