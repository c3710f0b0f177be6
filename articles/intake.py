"""What uploaded pictures may be. Looks at the bytes, never at the name or the stated type."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image, UnidentifiedImageError

from articles.decoding import open_picture, upright, upright_size
from articles.likeness import likeness_of

SUFFIXES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "AVIF": ".avif",
    "HEIF": ".heic",
}
ACCEPT = "image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,.heic,.heif"
KINDS = "JPEG・PNG・WebP・AVIF・HEIC"
# The first files of a photo are made of what was decoded to look at it.
PREVIEW_WIDTH = 640
_USE_INSTEAD = f"{KINDS}のどれかにしてください。"
# WebP ends at 16,383 pixels, and a picture eight times as high as wide shows nothing on a page.
TALLEST = 8
_READ_AT_A_TIME = 1 << 20
# Inside one file these are several pictures of one moment, not a film.
_SEVERAL_PICTURES = {"MPO", "HEIF"}


@dataclass(frozen=True)
class Picture:
    """What the bytes of an upload say. Width and height are pixels as people see them.

    `phash` is for `likeness.photos_like()`, `preview` for `renditions.make_first()`.
    """

    suffix: str
    width: int
    height: int
    sha256: str
    phash: str
    preview: Image.Image = field(repr=False, compare=False)


def examine(file: IO[bytes]) -> Picture:
    """Reads a picture from its bytes.

    Raises ValidationError with words for the editor when it is too large, of a kind that is
    not taken, or broken. The size in pixels is known from the header, before any decoding.
    """
    size = file.seek(0, 2)
    if size > settings.PHOTO_MAX_BYTES:
        raise ValidationError(
            f"ファイルが大きすぎます（{_megabytes(size)}）。"
            f"{_megabytes(settings.PHOTO_MAX_BYTES)}までにしてください。",
            code="too_large",
        )
    image = _open(file)
    if image.width * image.height > settings.PHOTO_MAX_PIXELS:
        raise _too_many_pixels()
    if getattr(image, "is_animated", False) and image.format not in _SEVERAL_PICTURES:
        raise ValidationError(f"動く画像は使えません。静止画の{_USE_INSTEAD}", code="animated")
    preview, (width, height) = _decoded(image)
    if height > TALLEST * width:
        raise ValidationError(
            f"縦に長すぎます（横の{TALLEST}倍まで）。必要な所を切り抜いてください。",
            code="too_tall",
        )
    return Picture(
        suffix=SUFFIXES[str(image.format)],
        width=width,
        height=height,
        sha256=_sha256(file),
        phash=likeness_of(preview),
        preview=preview,
    )


def _open(file: IO[bytes]) -> Image.Image:
    head = _head(file)
    if b"<svg" in head.lower() or head.lstrip().startswith(b"<?xml"):
        raise ValidationError(f"SVGは使えません。{_USE_INSTEAD}", code="kind")
    if head.startswith(b"GIF8"):
        raise ValidationError(
            f"GIFは使えません（動く画像は最初のこまだけになるため）。{_USE_INSTEAD}", code="kind"
        )
    try:
        return open_picture(file)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        if head[4:8] == b"ftyp":
            # A HEIC or AVIF file that ends too soon cannot even be opened.
            raise _broken() from error
        raise ValidationError(
            f"画像として読めません。{_USE_INSTEAD}", code="not_a_picture"
        ) from error
    except Exception as error:
        raise _broken() from error


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(1024)


def _decoded(image: Image.Image) -> tuple[Image.Image, tuple[int, int]]:
    """The picture in a small size and the size it has.

    Every line of the file is read for it: a broken end is found here and not by a reader.
    """
    try:
        size = upright_size(image)
        return upright(image, PREVIEW_WIDTH), size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:
        # Pillow's decoders raise what they like on hostile bytes.
        raise _broken() from error


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_READ_AT_A_TIME):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}".removesuffix(".0") + "MB"


def _too_many_pixels() -> ValidationError:
    limit = settings.PHOTO_MAX_PIXELS // 10_000
    return ValidationError(
        f"画素数が多すぎます。{limit:,}万画素までにしてください。", code="too_many_pixels"
    )


def _broken() -> ValidationError:
    return ValidationError(
        "画像が途中で切れているか、壊れています。元のファイルを確かめてください。", code="broken"
    )
