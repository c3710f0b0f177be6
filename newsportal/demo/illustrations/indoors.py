"""Room and desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .canvas import Canvas, Shape, arc, disc, mix, moved, pill, rect, smooth, stroke, turned
from .motifs import hills, paint_leaf
from .registry import Palette, view

if TYPE_CHECKING:
    from random import Random


def _window(c: Canvas, p: Palette, rng: Random, x0: float, y0: float, x1: float, y1: float) -> None:
    """A window with the hills and the sun behind it."""
    pane = rect(x0, y0, x1, y1)
    c.fill(mix(p.far, "#ffffff", 0.5), pane)
    x, r = rng.uniform(x0 + 8, x1 - 8), rng.uniform(5, 8)
    c.fill(p.light, disc(x, y0 + (y1 - y0) * rng.uniform(0.3, 0.5), r), clip=pane)
    c.fill(p.far, hills(rng, y0 + (y1 - y0) * 0.7, 5, 5), clip=pane)
    c.fill(mix(p.far, p.near, 0.4), hills(rng, y0 + (y1 - y0) * 0.86, 3, 4), clip=pane)
    frame, middle = "#fffaf0", (x0 + x1) / 2
    c.fill(
        frame,
        rect(x0 - 1.6, y0 - 1.6, x1 + 1.6, y0),
        rect(x0 - 3, y1, x1 + 3, y1 + 2.4),
        rect(x0 - 1.6, y0, x0, y1),
        rect(x1, y0, x1 + 1.6, y1),
        rect(middle - 0.7, y0, middle + 0.7, y1),
    )


def _plant(c: Canvas, p: Palette, rng: Random, x: float, foot: float, s: float) -> None:
    for angle in (-150, -125, -104, -78, -55, -32):
        tint = mix(p.near, "#4f8a4f", rng.choice((0.45, 0.65)))
        paint_leaf(
            c, tint, x, foot - 9 * s, rng.uniform(17, 25) * s, 6.4 * s, angle + rng.uniform(-7, 7)
        )
    c.fill(
        p.accent,
        [
            (x - 6 * s, foot - 11 * s),
            (x + 6 * s, foot - 11 * s),
            (x + 4.4 * s, foot),
            (x - 4.4 * s, foot),
        ],
    )


def _floor(c: Canvas, p: Palette, y: float) -> None:
    c.fill(p.mid, rect(-1, y, 151, 102))
    c.fill(mix(p.mid, p.near, 0.35), rect(-1, y, 151, y + 1.2))


@view("room")
def table_by_the_window(c: Canvas, p: Palette, rng: Random) -> None:
    _floor(c, p, 80)
    x0 = rng.uniform(40, 52)
    x1 = x0 + rng.uniform(48, 58)
    _window(c, p, rng, x0, 12, x1, 56)
    c.fill(p.light, [(x0, 84), (x1, 84), (x1 + 16, 102), (x0 + 16, 102)], alpha=0.3)
    for side, edge in ((-1, x0 - 2), (1, x1 + 2)):
        drape = [
            (edge - side * 2, 9.0),
            (edge + side * 13, 9.0),
            (edge + side * 11, 66.0),
            (edge + side * 3, 66.0),
        ]
        c.fill(mix(p.accent, p.paper, 0.25), drape)
    c.fill(p.near, rect(x0 - 18, 8, x1 + 18, 9.4, 0.7))
    middle = (x0 + x1) / 2 + rng.uniform(-5, 5)
    c.fill(p.near, disc(middle, 96, 34, 2.6), alpha=0.2)
    c.fill(p.near, rect(middle - 31, 66, middle + 31, 69, 1.2))
    for dx in (-26, 26):
        c.fill(p.near, stroke([(middle + dx * 0.9, 68), (middle + dx, 96)], 2, 1.3))
    vase = middle + rng.choice((-1, 1)) * rng.uniform(8, 14)
    for angle in (-112, -90, -66):
        paint_leaf(c, mix(p.near, "#4f8a4f", 0.5), vase, 55, rng.uniform(16, 22), 6, angle)
    c.fill(p.accent, disc(vase, 60, 5, 6), rect(vase - 2, 51, vase + 2, 58))
    cup = 2 * middle - vase
    c.fill("#fffaf0", rect(cup - 3.4, 60, cup + 3.4, 66, 1.4), pill(cup, 65.8, 12, 1))
    c.fill("#fffaf0", stroke(arc(cup + 3.4, 62.6, 1.9, -90, 90), 0.8))


def _shelf(c: Canvas, p: Palette, rng: Random, x0: float, x1: float, y: float, high: float) -> None:
    colours = (p.accent, p.near, p.far, "#fffaf0", p.mid, mix(p.light, p.accent, 0.2))
    x = x0 + 1
    last = ""
    while x < x1 - 7:
        wide, tall = rng.uniform(2.4, 4.4), high * rng.uniform(0.62, 0.9)
        colour = rng.choice([tint for tint in colours if tint != last])
        last = colour
        c.fill(colour, rect(x, y - tall, x + wide, y))
        c.fill(mix(colour, p.near, 0.35), rect(x, y - tall * 0.86, x + wide, y - tall * 0.8))
        # A gap now and then, where a book was taken.
        x += wide + (rng.uniform(4, 6) if rng.random() < 0.12 else 0.25)


@view("room")
def reading_corner(c: Canvas, p: Palette, rng: Random) -> None:
    _floor(c, p, 82)
    x0 = rng.uniform(18, 26)
    x1 = x0 + rng.uniform(54, 62)
    first = rng.choice((0, 1))
    c.fill(mix(p.mid, p.near, 0.55), rect(x0 - 2, 10 + first * 18, x1 + 2, 84))
    if first:
        _plant(c, p, rng, rng.uniform(x0 + 14, x1 - 20), 28, 0.75)
    for i in range(first, 4):
        y = 27 + i * 18
        c.fill(mix(p.paper, p.mid, 0.35), rect(x0, y - 15.5, x1, y))
        _shelf(c, p, rng, x0, x1, y, 15.5)
    lamp = x1 + rng.uniform(38, 44)
    c.fill(p.light, [(lamp - 7, 34), (lamp + 7, 34), (lamp + 26, 92), (lamp - 26, 92)], alpha=0.3)
    c.fill(p.near, rect(lamp - 0.6, 32, lamp + 0.6, 90), pill(lamp, 90, 14, 2))
    c.fill(p.light, [(lamp - 5, 22), (lamp + 5, 22), (lamp + 9, 35), (lamp - 9, 35)])
    x = x1 + rng.uniform(14, 18)
    c.fill(p.near, disc(x, 93, 25, 2.4), alpha=0.2)
    for dx in (-14, 14):
        c.fill(p.near, stroke([(x + dx, 86), (x + dx * 1.14, 93)], 1.8, 1.1))
    c.fill(p.accent, rect(x - 17, 46, x + 17, 84, 8))
    c.fill(mix(p.accent, "#ffffff", 0.16), rect(x - 15, 68, x + 15, 80, 4))
    for dx in (-18, 18):
        c.fill(mix(p.accent, p.near, 0.3), rect(x + dx - 4, 62, x + dx + 4, 87, 4))


@view("room")
def under_the_pendant(c: Canvas, p: Palette, rng: Random) -> None:
    _floor(c, p, 84)
    x = rng.uniform(68, 82)
    c.fill(mix(p.far, p.paper, 0.35), rect(-1, 60, 151, 84))
    c.fill("#fffaf0", rect(-1, 59, 151, 60.2))
    for dx, wide, high in ((-50, 22, 28), (40, 20, 26)):
        left, top = x + dx + rng.uniform(-4, 4), rng.uniform(16, 24)
        c.fill(p.near, rect(left, top, left + wide, top + high))
        inner = rect(left + 1.4, top + 1.4, left + wide - 1.4, top + high - 1.4)
        c.fill("#fffaf0", inner)
        c.fill(p.accent, disc(left + wide * 0.55, top + high * 0.45, wide * 0.24), clip=inner)
        c.fill(p.far, disc(left + wide * 0.2, top + high, wide * 0.6), clip=inner)
        c.fill(p.mid, disc(left + wide * 0.9, top + high * 1.05, wide * 0.5), alpha=0.8, clip=inner)
    c.fill(p.light, [(x - 13, 33), (x + 13, 33), (x + 44, 71), (x - 44, 71)], alpha=0.35)
    c.fill(p.near, rect(x - 0.35, -1, x + 0.35, 20))
    c.fill(p.accent, arc(x, 33, 15, 180, 360, 14))
    c.fill(p.light, disc(x, 33.4, 5, 2.8))
    for side in (-1, 1):
        seat = x + side * rng.uniform(50, 53)
        c.fill(
            p.near,
            rect(seat - 9, 77, seat + 9, 79.4, 1),
            stroke([(seat + side * 8, 52), (seat + side * 7, 96)], 1.7),
            stroke([(seat - side * 7, 78), (seat - side * 8, 96)], 1.5),
        )
        c.fill(p.near, rect(seat + side * 8 - 1.6, 50, seat + side * 8 + 1.6, 66, 1.6))
    c.fill(p.near, rect(x - 44, 71, x + 44, 74.4, 1.4))
    c.fill(p.near, [(x - 4, 74), (x + 4, 74), (x + 2.4, 92), (x - 2.4, 92)], pill(x, 94, 34, 3.4))
    for dx in (-26, 0, 26):
        bowl = x + dx
        tint = (p.accent, "#fffaf0", p.far)[rng.randrange(3)]
        c.fill(tint, arc(bowl, 63.6, 7, 0, 180, 7.4), rect(bowl - 2.6, 69, bowl + 2.6, 71))
        steam = smooth([(bowl, 61), (bowl + 1.6, 57.6), (bowl - 1.4, 54.4), (bowl + 0.6, 51)])
        c.fill("#ffffff", stroke(steam, 1.0, 0.4), alpha=0.8)


def _shadowed(c: Canvas, p: Palette, colour: str, shape: Shape, drop: float = 1.6) -> None:
    c.fill(p.near, moved(shape, drop, drop * 1.2), alpha=0.2)
    c.fill(colour, shape)


def _cup(c: Canvas, p: Palette, x: float, y: float, r: float, turn: float) -> None:
    """A cup of coffee on its saucer, from above."""
    _shadowed(c, p, "#fffaf0", disc(x, y, r * 1.6), 2)
    c.fill(mix("#fffaf0", p.far, 0.3), disc(x, y, r * 1.2))
    c.fill(
        p.accent,
        turned(rect(x + r * 0.6, y - r * 0.2, x + r * 1.5, y + r * 0.2, r * 0.2), x, y, turn),
    )
    c.fill(p.accent, disc(x, y, r))
    c.fill(mix(p.near, "#4a2a18", 0.6), disc(x, y, r * 0.82))
    c.fill(
        "#ffffff", turned(stroke(arc(x, y, r * 0.62, 200, 280), r * 0.09), x, y, turn), alpha=0.35
    )


def _pen(c: Canvas, p: Palette, x: float, y: float, long: float, degrees: float) -> None:
    body = turned(rect(x, y - 1.3, x + long, y + 1.3, 0.8), x, y, degrees)
    _shadowed(c, p, p.near, body, 1.2)
    c.fill(p.accent, turned(rect(x + long * 0.72, y - 1.3, x + long, y + 1.3, 0.8), x, y, degrees))
    nib = [(x + 0.2, y - 1.1), (x + 0.2, y + 1.1), (x - 4, y)]
    c.fill(p.light, turned(nib, x, y, degrees))


def _page(
    c: Canvas, p: Palette, x0: float, y0: float, x1: float, y1: float, degrees: float
) -> None:
    """A sheet with a headline, a picture and two columns: our own trade."""
    x, y = (x0 + x1) / 2, (y0 + y1) / 2

    def put(colour: str, shape: Shape) -> None:
        c.fill(colour, turned(shape, x, y, degrees))

    _shadowed(c, p, p.light, turned(rect(x0, y0, x1, y1), x, y, degrees), 2)
    wide, high, edge = x1 - x0, y1 - y0, (x1 - x0) * 0.09
    put(p.near, rect(x0 + edge, y0 + high * 0.07, x1 - edge, y0 + high * 0.15))
    put(p.accent, rect(x0 + edge, y0 + high * 0.19, x1 - wide * 0.34, y0 + high * 0.225))
    photo = rect(x0 + edge, y0 + high * 0.27, x1 - edge, y0 + high * 0.56)
    put(p.far, photo)
    c.fill(
        p.accent,
        disc(*turned([(x0 + wide * 0.65, y0 + high * 0.42)], x, y, degrees)[0], high * 0.085),
    )
    slope = [
        (x0 + edge, y0 + high * 0.56),
        (x0 + edge, y0 + high * 0.47),
        (x, y0 + high * 0.43),
        (x1 - edge, y0 + high * 0.5),
        (x1 - edge, y0 + high * 0.56),
    ]
    put(p.mid, slope)
    for column in (0, 1):
        left = x0 + edge + column * (wide / 2 - edge / 2)
        right = left + wide / 2 - edge * 1.5
        for i in range(6):
            row = y0 + high * (0.62 + i * 0.052)
            end = right if i < 5 else left + (right - left) * 0.6
            put(mix(p.light, p.near, 0.35), rect(left, row, end, row + high * 0.016))


@view("desk")
def proofs_from_above(c: Canvas, p: Palette, rng: Random) -> None:
    c.fill(mix(p.paper, p.far, 0.5), turned(rect(-20, 60, 180, 140), 75, 60, rng.uniform(-14, 14)))
    tilt = rng.uniform(4, 12) * rng.choice((-1, 1))
    left = rng.uniform(34, 44)
    _page(c, p, left + 14, 14, left + 62, 82, tilt + rng.uniform(8, 14))
    _page(c, p, left, 12, left + 50, 84, -tilt)
    _cup(c, p, left + 78, rng.uniform(26, 36), rng.uniform(9, 11), rng.uniform(-50, 50))
    _pen(c, p, left + 62, rng.uniform(72, 80), 36, rng.uniform(-40, -12))
    for angle in (20, 55, 90):
        paint_leaf(c, mix(p.near, "#4f8a4f", 0.5), -2, -4, rng.uniform(30, 38), 13, angle)


@view("desk")
def lamp_and_books(c: Canvas, p: Palette, rng: Random) -> None:
    top = 78.0
    c.fill(mix(p.paper, "#ffffff", 0.35), disc(rng.uniform(60, 90), 44, rng.uniform(36, 42)))
    c.fill(p.mid, rect(-1, top, 151, 102))
    c.fill(mix(p.mid, p.near, 0.4), rect(-1, top, 151, top + 1.4))
    x = rng.uniform(100, 112)
    elbow, head = (x + 12, 44.0), (x - 20, rng.uniform(22, 27))
    c.fill(
        p.light,
        [
            (head[0] - 9, head[1] + 6),
            (head[0] + 7, head[1] + 10),
            (head[0] + 12, top),
            (head[0] - 48, top),
        ],
        alpha=0.4,
    )
    c.fill(
        p.near,
        pill(x, top - 1.2, 24, 2.6),
        stroke([(x, top - 2), elbow], 1.6),
        stroke([elbow, head], 1.6),
        disc(*elbow, 1.8),
    )
    shade = [
        (head[0] - 4, head[1] - 5),
        (head[0] + 4, head[1] - 5),
        (head[0] + 11, head[1] + 8),
        (head[0] - 11, head[1] + 8),
    ]
    c.fill(p.accent, turned(shade, *head, 16))
    y = top
    colours = [p.accent, p.near, p.far, mix(p.light, p.far, 0.5), p.mid]
    rng.shuffle(colours)
    for i in range(rng.randint(4, 5)):
        high, wide = rng.uniform(5.4, 7.6), rng.uniform(34, 44)
        left = 32 + rng.uniform(0, 8)
        c.fill(colours[i], rect(left, y - high, left + wide, y, 0.8))
        c.fill(p.light, rect(left + wide * 0.12, y - high, left + wide * 0.16, y))
        c.fill(p.light, rect(left + wide * 0.8, y - high, left + wide * 0.92, y), alpha=0.35)
        y -= high
    c.fill("#fffaf0", rect(47, y - 9, 58, y, 2), stroke(arc(58, y - 4.8, 2.8, -90, 90), 1.1))
    c.fill(p.accent, rect(47, y - 5.4, 58, y - 3.6))
    steam = smooth([(52, y - 11), (54.4, y - 15), (50.4, y - 18.6), (53, y - 23)])
    c.fill(mix(p.paper, "#ffffff", 0.7), stroke(steam, 1.6, 0.5))


@view("desk")
def keyboard_and_notes(c: Canvas, p: Palette, rng: Random) -> None:
    """A laptop from the front, its screen showing a page being written."""
    foot = rng.uniform(78, 82)
    c.fill(mix(p.paper, "#ffffff", 0.3), rect(-1, -1, 151, 24))
    c.fill(p.mid, rect(-1, foot - 4, 151, 102))
    x, half = rng.uniform(68, 80), rng.uniform(36, 41)
    c.fill(p.near, rect(x - half, 20, x + half, foot, 2.6))
    c.fill(p.light, rect(x - half + 2.6, 22.6, x + half - 2.6, foot - 4))
    c.fill(p.accent, rect(x - half + 7, 28, x + half * 0.2, 32))
    c.fill(p.near, rect(x - half + 7, 35, x + half * 0.05, 37))
    for i in range(6):
        end = x + half * (0.12 if i % 3 else -0.1)
        c.fill(mix(p.light, p.near, 0.3), rect(x - half + 7, 42 + i * 4.6, end, 43.6 + i * 4.6))
    picture = rect(x + half * 0.32, 28, x + half - 7, 58)
    c.fill(p.far, picture)
    c.fill(p.accent, disc(x + half * 0.62, 42, rng.uniform(5, 7)), clip=picture)
    c.fill(p.mid, hills(rng, 51, 4, 7), clip=picture)
    c.fill(p.near, hills(rng, 56, 2, 6), clip=picture)
    c.fill(
        mix(p.near, p.paper, 0.35),
        [
            (x - half - 5, foot),
            (x + half + 5, foot),
            (x + half + 10, foot + 5),
            (x - half - 10, foot + 5),
        ],
    )
    c.fill(p.near, pill(x, foot + 5.2, 2 * half + 20, 1.8))
    cup = x + half + rng.uniform(16, 20)
    c.fill(
        "#fffaf0",
        rect(cup - 6, foot - 7, cup + 6, foot + 8, 2),
        stroke(arc(cup + 6, foot, 3.4, -90, 90), 1.3),
    )
    for angle, tint in ((-112, p.accent), (-88, p.far), (-70, p.near)):
        pencil = rect(cup, foot - 6.8, cup + 22, foot - 4.8)
        c.fill(tint, turned(pencil, cup, foot - 5, angle))
    c.fill("#fffaf0", rect(cup - 6, foot - 7, cup + 6, foot + 8, 2))
