"""Flat editorial illustrations drawn by code for the demo newsroom: `draw()` and `jpeg()`."""

from __future__ import annotations

from io import BytesIO
from random import Random
from typing import TYPE_CHECKING

# Importing the scenes registers their views.
from . import indoors, land, plants, stadium, street, town, water  # noqa: F401
from .canvas import Canvas
from .registry import PALETTES, VIEWS

if TYPE_CHECKING:
    from PIL import Image

KINDS: tuple[str, ...] = (
    "horizon",
    "city",
    "waves",
    "rails",
    "leaves",
    "mountain",
    "harbour",
    "snow",
    "night",
    "market",
    "field",
    "room",
    "stadium",
    "desk",
)
SIZE = (1600, 1067)


def draw(kind: str, seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """The picture of that kind; the same kind, seed and size always give the same picture."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; one of {', '.join(KINDS)}")
    palettes, views = PALETTES[kind], VIEWS[kind]
    palette = palettes[seed % len(palettes)]
    # A text seed gives the same numbers in every process; hash() of a tuple would not.
    rng = Random(f"{kind}:{seed}")
    canvas = Canvas(size, palette.paper)
    mirrored = rng.random() < 0.5
    views[seed % len(views)](canvas, palette, rng)
    return canvas.finish(mirrored=mirrored)


def jpeg(kind: str, seed: int, size: tuple[int, int] = SIZE, quality: int = 88) -> bytes:
    """The picture as a progressive JPEG file."""
    out = BytesIO()
    draw(kind, seed, size).save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


__all__ = ["KINDS", "draw", "jpeg"]
