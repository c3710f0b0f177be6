"""A section's colour as readers see it: its hue, in an ink that can be read in both schemes."""

from __future__ import annotations

import math

# Classes of base.css stand this many degrees apart.
HUE_STEP = 15
# Below this chroma (OKLCH) a colour is a grey and has no hue of its own.
LEAST_CHROMA = 0.02

# sRGB, linear, to the cone responses of OKLab and on to its three axes (Björn Ottosson, 2020).
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_GREEN_RED = (1.9779984951, -2.4285922050, 0.4505937099)
_BLUE_YELLOW = (0.0259040371, 0.7827717662, -0.8086757660)


def hue_class(color: str) -> str:
    """The class that gives an element the hue of `#rrggbb`; empty for black, white and greys.

    How light and strong the hue is shown is a rule of each scheme in base.css and not of the
    colour, so no choice of an editor can make a label unreadable.
    """
    cones = [math.cbrt(_dot(row, _linear(color))) for row in _CONES]
    green_red, blue_yellow = _dot(_GREEN_RED, cones), _dot(_BLUE_YELLOW, cones)
    if math.hypot(green_red, blue_yellow) < LEAST_CHROMA:
        return ""
    degrees = math.degrees(math.atan2(blue_yellow, green_red))
    return f"hue-{round(degrees / HUE_STEP) * HUE_STEP % 360:03}"


def _linear(color: str) -> list[float]:
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]


def _dot(row: tuple[float, ...], values: list[float]) -> float:
    return sum(weight * value for weight, value in zip(row, values, strict=True))
