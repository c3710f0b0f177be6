"""How the crops of a photo look at the desk before their files are made."""

from __future__ import annotations

from typing import NamedTuple

from articles.models import Photo, Rendition
from articles.renditions import RATIOS

_PLACES = {
    Rendition.Crop.WIDE: "ほかのサイトとSNS",
    Rendition.Crop.STANDARD: "トップ面と一覧",
    Rendition.Crop.SQUARE: "ランキング",
}


class Crop(NamedTuple):
    """A crop with the CSS object-position at which a browser cuts out the same piece."""

    name: str
    place: str
    across: int
    down: int
    position: str


def crops_of(photo: Photo) -> list[Crop]:
    """Every crop of the ladder, the whole picture last."""
    width, height = photo.width or 1, photo.height or 1
    crops = [
        Crop(
            str(Rendition.Crop(name).label),
            place,
            *RATIOS[name],
            position(width, height, RATIOS[name], photo.focal_x, photo.focal_y),
        )
        for name, place in _PLACES.items()
    ]
    return [*crops, Crop("全体", "記事のページ", width, height, "50% 50%")]


def position(width: int, height: int, ratio: tuple[int, int], x: float, y: float) -> str:
    """Where `object-fit: cover` must look for the focal point to lie as near the middle as can be.

    A percentage is the share of what is cut away that is cut at the left, or at the top.
    """
    across, down = ratio
    return (
        f"{_share(width, min(width, height * across / down), x)}% "
        f"{_share(height, min(height, width * down / across), y)}%"
    )


def _share(whole: float, kept: float, focal: float) -> float:
    spare = whole - kept
    if spare < 1:
        return 50.0
    return round(min(max(focal * whole - kept / 2, 0), spare) / spare * 100, 2)
