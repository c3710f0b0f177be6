"""A canvas in design units (150 x 100, cropped to cover any size) and its flat shapes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageChops, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[float, float]
Shape = list[Point]

WIDTH, HEIGHT = 150.0, 100.0
# Pillow's polygons are not anti-aliased: we draw twice as large and reduce at the end.
SUPERSAMPLE = 2


class Canvas:
    """Paints polygons given in design units; the visible part is always inside 150 x 100."""

    def __init__(self, size: tuple[int, int], paper: str) -> None:
        self.size = size
        wide, high = size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE
        self._image = Image.new("RGBA", (wide, high), paper)
        self._pen = ImageDraw.Draw(self._image)
        self._scale = max(wide / WIDTH, high / HEIGHT)
        self._left = (wide - WIDTH * self._scale) / 2
        self._top = (high - HEIGHT * self._scale) / 2

    def fill(
        self, colour: str, *shapes: Shape, alpha: float = 1.0, clip: Shape | None = None
    ) -> None:
        """Paint the union of the shapes, so that overlaps inside one call never show."""
        outlines = [self._pixels(shape) for shape in shapes]
        if alpha >= 1 and clip is None:
            for outline in outlines:
                self._pen.polygon(outline, fill=colour)
            return
        box = self._bounds(outlines)
        if box is None:
            return
        mask = _mask(outlines, box, round(255 * alpha))
        if clip is not None:
            mask = ImageChops.multiply(mask, _mask([self._pixels(clip)], box, 255))
        # A layer only as large as its shapes keeps a picture well under half a second.
        layer = Image.new("RGBA", mask.size, colour)
        layer.putalpha(mask)
        self._image.alpha_composite(layer, dest=box[:2])

    def finish(self, *, mirrored: bool = False) -> Image.Image:
        """The picture at its final size."""
        picture = self._image.convert("RGB").resize(self.size, Image.Resampling.LANCZOS)
        return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else picture

    def _pixels(self, shape: Shape) -> Shape:
        return [(self._left + x * self._scale, self._top + y * self._scale) for x, y in shape]

    def _bounds(self, outlines: Sequence[Shape]) -> tuple[int, int, int, int] | None:
        xs = [x for outline in outlines for x, _ in outline]
        ys = [y for outline in outlines for _, y in outline]
        left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
        right = min(self._image.width, math.ceil(max(xs)) + 1)
        bottom = min(self._image.height, math.ceil(max(ys)) + 1)
        return (left, top, right, bottom) if right > left and bottom > top else None


def _mask(outlines: Iterable[Shape], box: tuple[int, int, int, int], value: int) -> Image.Image:
    left, top, right, bottom = box
    mask = Image.new("L", (right - left, bottom - top), 0)
    pen = ImageDraw.Draw(mask)
    for outline in outlines:
        pen.polygon([(x - left, y - top) for x, y in outline], fill=value)
    return mask


def mix(first: str, second: str, share: float) -> str:
    """The colour that lies `share` of the way from the first to the second."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def arc(x: float, y: float, r: float, start: float, end: float, ry: float | None = None) -> Shape:
    """Points on an ellipse; degrees, clockwise on the screen from three o'clock."""
    steps = max(8, round(abs(end - start) / 3))
    turns = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    high = r if ry is None else ry
    return [(x + r * math.cos(t), y + high * math.sin(t)) for t in turns]


def disc(x: float, y: float, r: float, ry: float | None = None) -> Shape:
    return arc(x, y, r, 0, 360, ry)


def rect(x0: float, y0: float, x1: float, y1: float, r: float = 0.0) -> Shape:
    if r <= 0:
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    r = min(r, (x1 - x0) / 2, (y1 - y0) / 2)
    return [
        *arc(x0 + r, y0 + r, r, 180, 270),
        *arc(x1 - r, y0 + r, r, 270, 360),
        *arc(x1 - r, y1 - r, r, 0, 90),
        *arc(x0 + r, y1 - r, r, 90, 180),
    ]


def pill(x: float, y: float, width: float, height: float) -> Shape:
    """A bar with round ends, centred on (x, y)."""
    return rect(x - width / 2, y - height / 2, x + width / 2, y + height / 2, height / 2)


def smooth(points: Sequence[Point], steps: int = 14) -> Shape:
    """A Catmull-Rom curve through the points."""
    ends = [points[0], *points, points[-1]]
    curve: Shape = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for i in range(steps):
            t = i / steps
            curve.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    return [*curve, points[-1]]


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    bend = (2 * a - 5 * b + 4 * c - d) * t + (3 * b - a - 3 * c + d) * t * t
    return b + ((c - a) + bend) * t / 2


def stroke(points: Sequence[Point], width: float, end: float | None = None) -> Shape:
    """A line of the given width, tapering to `end`, as one polygon."""
    last = width if end is None else end
    left: Shape = []
    right: Shape = []
    for i, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[max(0, i - 1)], points[min(len(points) - 1, i + 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        half = (width + (last - width) * i / (len(points) - 1)) / 2
        nx, ny = -(by - ay) / length * half, (bx - ax) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


def ridge(points: Sequence[Point], base: float = HEIGHT + 2) -> Shape:
    """Everything below a smooth line through the points."""
    return [*smooth(points), (points[-1][0], base), (points[0][0], base)]


def wave(y: float, height: float, period: float, phase: float, base: float = HEIGHT + 2) -> Shape:
    """Everything below a sine line across the whole width."""
    line = [(x, y + height * math.sin(2 * math.pi * (x / period) + phase)) for x in range(-1, 152)]
    return [*line, (151, base), (-1, base)]


def turned(shape: Shape, x: float, y: float, degrees: float) -> Shape:
    """The shape turned clockwise about (x, y)."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (x + (px - x) * cos - (py - y) * sin, y + (px - x) * sin + (py - y) * cos)
        for px, py in shape
    ]


def moved(shape: Shape, dx: float, dy: float) -> Shape:
    return [(x + dx, y + dy) for x, y in shape]
