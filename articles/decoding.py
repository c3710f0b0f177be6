"""From a picture file of any kind to upright pixels in sRGB, no larger than is of use."""

from __future__ import annotations

import warnings
from functools import cache
from io import BytesIO
from typing import IO

from django.conf import settings
from PIL import Image, ImageCms

# From half of what Pillow refuses by itself it only warns; here the warning is a refusal.
Image.MAX_IMAGE_PIXELS = settings.PHOTO_MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# Cameras write several pictures into one JPEG file; Pillow calls that MPO, and opens it as JPEG.
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")
UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    RuntimeError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_ITS_SIDE = {5, 6, 7, 8}


def open_picture(file: IO[bytes]) -> Image.Image:
    """The picture's header; nothing is decoded yet. Raises one of UNREADABLE."""
    _know_heif()
    file.seek(0)
    return Image.open(file, formats=FORMATS)


@cache
def _know_heif() -> None:
    # Here, and not for web processes that only send pages.
    import pi_heif  # noqa: PLC0415

    # Only the picture itself is wanted of what a HEIC file holds.
    pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def orientation_of(image: Image.Image) -> int:
    """How the camera was held, 1 to 8 as EXIF counts; 1 when the file does not say it well."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001 (EXIF is written by anybody; damage there costs no picture)
        return 1
    return value if value in _TURNS else 1


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of the picture as people see it."""
    width, height = image.size
    return (height, width) if orientation_of(image) in _ON_ITS_SIDE else (width, height)


def upright(image: Image.Image, width: int) -> Image.Image:
    """Decodes an opened picture: upright, on white, in sRGB, mode RGB.

    It comes at least `width` pixels wide where it has that many, and less than twice that
    where the file allows to decode less. Raises what Pillow's decoders raise.
    """
    turn = orientation_of(image)
    across = 1 if turn in _ON_ITS_SIDE else 0
    scale = max(1, image.size[across] // width)
    # A JPEG decoder leaves out what is not needed: a quarter of the time and of the memory.
    image.draft(None, (image.width // scale, image.height // scale))
    image.load()
    profile = image.info.get("icc_profile")
    plain = _without_depth(image)
    scale = plain.size[across] // width
    if scale > 1:
        plain = plain.reduce(scale)
    plain = _to_srgb(plain, profile)
    picture = plain.transpose(_TURNS[turn]) if turn in _TURNS else plain.copy()
    # Pillow writes what it finds here into the next file: profiles, comments, EXIF.
    picture.info.clear()
    return picture


def _without_depth(image: Image.Image) -> Image.Image:
    """Eight bits a colour, nothing to look through: mode RGB, CMYK or L."""
    if image.mode.startswith("I"):
        # 16 bits of grey: convert() alone would cut off everything brighter than 255.
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return paper
    if image.mode in {"RGB", "CMYK", "L"}:
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        # A damaged profile must not cost the picture; it is then read as plain colours.
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if image.mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(source):
                return image
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")
