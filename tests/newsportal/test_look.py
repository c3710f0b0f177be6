"""The rules of the style sheets that no screenshot shows: scales, contrast, weight."""

from __future__ import annotations

import gzip
import math
import re
from itertools import product
from pathlib import Path

import pytest

from articles.colors import HUE_STEP, hue_class

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "newsportal/static/newsportal"
# What readers load; the desk has its own.
SHEETS = sorted(path for path in FOLDER.glob("*.css") if path.name != "desk.css")
BASE = (FOLDER / "base.css").read_text("utf-8")
DARK = BASE[BASE.index("prefers-color-scheme: dark") : BASE.index(':root[data-theme="dark"]')]
CHOSEN_DARK = BASE[BASE.index(':root[data-theme="dark"]') : BASE.index(':root[data-theme="light"]')]
INKS = ("--ink", "--ink-2", "--shu", "--ai")


def tokens(css):
    """Names and values, the first of each."""
    found = {}
    for name, value in re.findall(r"(--[\w-]+): ([^;]+);", css):
        found.setdefault(name, value)
    return found


SCHEMES = {"light": tokens(BASE), "dark": tokens(BASE) | tokens(DARK)}


def linear(value):
    digits = value.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def from_oklch(light, strong, degrees):
    """Linear sRGB, clipped as browsers clip."""
    a, b = (strong * turn(math.radians(degrees)) for turn in (math.cos, math.sin))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return [min(1, max(0, channel)) for channel in channels]


def contrast(one, other):
    lights = sorted(
        sum(part * c for part, c in zip((0.2126, 0.7152, 0.0722), color, strict=True)) + 0.05
        for color in (one, other)
    )
    return lights[1] / lights[0]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_ink_can_be_read_on_every_paper(scheme):
    found = SCHEMES[scheme]
    for ink, paper in product(INKS, ("--paper", "--paper-2")):
        assert contrast(linear(found[ink]), linear(found[paper])) >= 4.5, (scheme, ink, paper)
    assert contrast(linear(found["--ink"]), linear(found["--mark"])) >= 4.5
    # What is chosen stands in paper on ink, and rules that carry meaning are seen.
    assert contrast(linear(found["--rule-strong"]), linear(found["--paper"])) >= 3


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("degrees", range(0, 360, HUE_STEP))
def test_every_hue_of_a_section_can_be_read(scheme, degrees):
    found = SCHEMES[scheme]
    color = from_oklch(float(found["--hue-light"]), float(found["--hue-strong"]), degrees)
    for paper in ("--paper", "--paper-2"):
        assert contrast(color, linear(found[paper])) >= 4.5


def test_every_colour_that_a_section_can_have_has_its_class():
    declared = dict(re.findall(r"\.(hue-\d+) \{ --degrees: (\d+); \}", BASE))
    assert declared == {f"hue-{degrees:03}": str(degrees) for degrees in range(0, 360, HUE_STEP)}
    steps = ("00", "33", "66", "99", "cc", "ff")
    for parts in product(steps, repeat=3):
        name = hue_class("#" + "".join(parts))
        assert (name == "") == (len(set(parts)) == 1)
        assert not name or name in declared


@pytest.mark.parametrize(
    ("color", "name"),
    [("#9b2c2c", "hue-030"), ("#1f4e8c", "hue-255"), ("#17191D", ""), ("#1D5C46", "hue-165")],
)
def test_a_hue_is_the_one_that_people_see(color, name):
    assert hue_class(color) == name


def test_the_dark_scheme_is_the_same_by_choice_and_by_system():
    assert tokens(DARK) == tokens(CHOSEN_DARK)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_sizes_and_colours_come_from_the_scales(sheet):
    css = re.sub(r"@media print \{.*?\n\}", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    rules = css[css.index("*,\n") :] if sheet.name == "base.css" else css
    sizes = re.findall(r"font(?:-size)?: ([^;]+);", rules)
    assert [
        size for size in sizes if "var(--" not in size and size not in {"inherit", ".5em"}
    ] == []
    colors = re.findall(r"(?<!tone-\d\d\d \{ background): (#[0-9a-fA-F]+);", rules)
    assert colors == []
    assert "justify;" not in rules


def test_all_styles_together_are_light():
    size = sum(len(gzip.compress(sheet.read_bytes(), 6)) for sheet in SHEETS)
    assert size <= 15_000
