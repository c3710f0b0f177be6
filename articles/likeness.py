"""Finds photos that look like another one: the same picture in another size or quality."""

from __future__ import annotations

from PIL import Image

from articles.models import Photo, PhotoLikeness

# Two pictures that differ in no more of the 64 bits are shown to the editor as alike.
ALIKE = 6
# Four quarters of 16 bits: up to 7 differing bits leave one quarter with at most one of them.
_QUARTERS, _BITS = 4, 16
# What one question may read. Skies and studio walls share quarters.
_MOST_CANDIDATES = 2000
_BLANK = "0" * 16
# Compression moves a plain wall by as many of 255 steps.
_NOISE = 2


def likeness_of(image: Image.Image) -> str:
    """Sixteen hexadecimal digits: does it get brighter from each of 8x8 fields to the next?

    The same for other sizes, qualities and formats of a picture; not for its mirror image.
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.BOX, reducing_gap=4.0).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (small[at] + _NOISE < small[at + 1])
    return f"{bits:016x}"


def photos_like(
    phash: str, *, within: int = ALIKE, limit: int = 5, apart_from: int | None = None
) -> list[Photo]:
    """Photos whose pictures differ in at most `within` of 64 bits, the likest first.

    `within` is at most 7. Reads an index, not the table: the cost is bounded however large
    the library is, and where very many photos share a quarter of their hash the newest of
    them are compared. A blank picture is like nothing.
    """
    if not phash or phash == _BLANK:
        return []
    candidates = (
        PhotoLikeness.objects.filter(part__in=_neighbours(phash))
        .exclude(photo=apart_from)
        .order_by("-photo_id")
        .values_list("photo_id", "photo__phash")[:_MOST_CANDIDATES]
    )
    distances = {pk: _distance(phash, other) for pk, other in candidates}
    near = sorted((distance, -pk) for pk, distance in distances.items() if distance <= within)
    photos = Photo.objects.select_related("agency").in_bulk([-pk for _, pk in near[:limit]])
    return [photos[-pk] for _, pk in near[:limit] if -pk in photos]


def remember_likeness(photo: Photo, phash: str) -> None:
    """Writes what the photo's picture looks like; call it whenever the picture is another one."""
    if photo.phash == phash:
        return
    photo.phash = phash
    Photo.objects.filter(pk=photo.pk).update(phash=phash)
    PhotoLikeness.objects.filter(photo=photo).delete()
    PhotoLikeness.objects.bulk_create(
        PhotoLikeness(photo=photo, part=part) for part in _parts(int(phash, 16))
    )


def _parts(bits: int) -> list[int]:
    mask = (1 << _BITS) - 1
    return [quarter << _BITS | bits >> quarter * _BITS & mask for quarter in range(_QUARTERS)]


def _neighbours(phash: str) -> list[int]:
    """The four parts and each of them with one bit turned."""
    parts = _parts(int(phash, 16))
    return parts + [part ^ 1 << bit for part in parts for bit in range(_BITS)]


def _distance(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other or "0", 16)).bit_count()
