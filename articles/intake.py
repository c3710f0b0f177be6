"""What uploaded pictures may be. Looks at the bytes, never at the name or the stated type."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.core.exceptions import ValidationError
from PIL import Image, UnidentifiedImageError

# From half of what Pillow refuses by itself it only warns; here the warning is a refusal.
Image.MAX_IMAGE_PIXELS = settings.PHOTO_MAX_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# Cameras write several pictures into one JPEG file; Pillow calls that MPO.
SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "AVIF": ".avif"}
ACCEPT = "image/jpeg,image/png,image/webp,image/avif"
_USE_INSTEAD = "JPEG、PNG、WebP、AVIFのどれかにしてください。"
_READ_AT_A_TIME = 1 << 20


@dataclass(frozen=True)
class Picture:
    """What the bytes of an upload say. Width and height are pixels as stored."""

    suffix: str
    width: int
    height: int
    sha256: str


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
    width, height = image.size
    if width * height > settings.PHOTO_MAX_PIXELS:
        raise _too_many_pixels()
    _refuse_broken(image)
    return Picture(SUFFIXES[str(image.format)], width, height, _sha256(file))


def _open(file: IO[bytes]) -> Image.Image:
    head = _head(file)
    if b"<svg" in head.lower() or head.lstrip().startswith(b"<?xml"):
        raise ValidationError(f"SVGは使えません。{_USE_INSTEAD}", code="kind")
    if head.startswith(b"GIF8"):
        raise ValidationError(
            f"GIFは使えません（動く画像は最初のこまだけになるため）。{_USE_INSTEAD}", code="kind"
        )
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"heim"}:
        raise ValidationError(f"HEICは使えません。{_USE_INSTEAD}", code="kind")
    try:
        file.seek(0)
        return Image.open(file, formats=("JPEG", "PNG", "WEBP", "AVIF"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise ValidationError(
            f"画像として読めません。{_USE_INSTEAD}", code="not_a_picture"
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _broken() from error


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(1024)


def _refuse_broken(image: Image.Image) -> None:
    # A draft reads a whole JPEG but keeps an eighth of its lines: a broken end is found
    # without the memory that the full picture takes.
    image.draft("RGB", (max(1, image.width // 8), max(1, image.height // 8)))
    try:
        image.load()
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
