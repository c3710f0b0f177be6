"""What cameras and agencies wrote into a picture file: words for the form, and nothing else."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from typing import IO, Any
from xml.etree.ElementTree import Element

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils import timezone as django_timezone
from PIL import Image, IptcImagePlugin, JpegImagePlugin

from articles.decoding import open_picture
from articles.encodings import decoded, encoding_of
from articles.text import one_line, strip_unwanted

log = logging.getLogger(__name__)

# Editing programs write their whole history into XMP; what is larger is left alone.
_MAX_XMP = 1_000_000
_MAX_CAPTION, _MAX_LINE = 400, 80
# Nothing was photographed before Niépce.
_FIRST_PHOTOGRAPH = date(1826, 1, 1)
# What cameras write into the caption by themselves.
_CAMERA_TALK = re.compile(
    r"^(.{0,20}digital (still )?camera|sony dsc|dcim|dsc[ _n]?\d*|img[ _]?\d*|screenshot|"
    r"created with.*|exif_jpeg_.*|default|untitled|kodak.*camera|cof|hdr|rbt|ptr|mde|oznor.*)$",
    re.IGNORECASE,
)
_UTF8 = b"\x1b%G"

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_DESCRIPTION, _ARTIST, _COPYRIGHT = 0x010E, 0x013B, 0x8298
_TAKEN, _TAKEN_OFFSET, _USER_COMMENT = 0x9003, 0x9011, 0x9286
_WINDOWS_TITLE, _WINDOWS_AUTHOR = 0x9C9B, 0x9C9D

_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_IPTC_CORE = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_XMP_EXIF = "{http://ns.adobe.com/exif/1.0/}"


@dataclass(frozen=True)
class Facts:
    """What the file says of the picture; every field may be empty.

    Texts are clean and cut to what the library's columns take. `has_location` says that the
    original holds where it was taken: to warn, for it is never passed on.
    """

    caption: str = ""
    alt: str = ""
    byline: str = ""
    credit: str = ""
    copyright: str = ""
    taken_on: date | None = None
    place: str = ""
    has_location: bool = False


def read(file: IO[bytes]) -> Facts:
    """Reads XMP, else IPTC, else EXIF, field by field. Never raises: what is damaged is empty."""
    try:
        image = open_picture(file)
    except Exception:  # noqa: BLE001 (says nothing that the intake does not say better)
        return Facts()
    sources = [_said_by(source, image) for source in (_from_xmp, _from_iptc, _from_exif)]
    file.seek(0)

    def first(name: str) -> Any:
        return next((source[name] for source in sources if source.get(name)), "")

    caption = first("caption")
    return Facts(
        caption="" if _CAMERA_TALK.match(caption) else caption[:_MAX_CAPTION],
        alt=first("alt")[:200],
        byline=first("byline")[:_MAX_LINE],
        credit=first("credit")[:_MAX_LINE],
        copyright=first("copyright")[:120],
        taken_on=first("taken_on") or None,
        place=first("place")[:_MAX_LINE],
        has_location=bool(first("has_location")),
    )


def _said_by(source: Callable[[Image.Image], dict[str, Any]], image: Image.Image) -> dict[str, Any]:
    try:
        return source(image)
    except Exception:
        # A prefilled form is a kindness: no damage that nobody thought of may refuse a photo.
        log.exception("a picture's %s could not be read", source.__name__)
        return {}


# --- XMP
def _from_xmp(image: Image.Image) -> dict[str, Any]:
    packet = image.info.get("xmp") or b""
    if isinstance(packet, str):
        packet = packet.encode()
    if not packet or len(packet) > _MAX_XMP:
        return {}
    try:
        root = ElementTree.fromstring(packet.strip(b"\x00 \r\n\t"))
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        return {}
    said = _properties(root)

    def line(*names: str) -> str:
        return next((text for name in names if (text := "、".join(said.get(name, [])))), "")

    return {
        "caption": _prose(line(_DC + "description")),
        "alt": one_line(line(_IPTC_CORE + "AltTextAccessibility")),
        "byline": one_line(line(_DC + "creator")),
        "credit": one_line(line(_PHOTOSHOP + "Credit", _PHOTOSHOP + "Source")),
        "copyright": one_line(line(_DC + "rights")),
        "taken_on": _day(
            line(_PHOTOSHOP + "DateCreated", _XMP_EXIF + "DateTimeOriginal", _XMP + "CreateDate")
        ),
        "place": _place(
            line(_PHOTOSHOP + "Country"),
            line(_PHOTOSHOP + "State"),
            line(_PHOTOSHOP + "City"),
            line(_IPTC_CORE + "Location"),
        ),
        "has_location": _XMP_EXIF + "GPSLatitude" in said,
    }


def _properties(root: Element) -> dict[str, list[str]]:
    """XMP's properties, which may be attributes, elements or lists, as lists of text."""
    said: dict[str, list[str]] = {}
    for description in root.iter(_RDF + "Description"):
        for name, value in description.attrib.items():
            said.setdefault(name, [value])
        for element in description:
            items = list(element.iter(_RDF + "li"))
            texts = _in_japanese(items) if items else [element.text or ""]
            said.setdefault(element.tag, [text for text in texts if text.strip()])
    return said


def _in_japanese(items: list[Element]) -> list[str]:
    """Of translations the Japanese one, else the default; of a list all its items."""
    by_language = {item.get(_XML + "lang", "").lower(): item.text or "" for item in items}
    for language in ("ja", "ja-jp", "x-default"):
        if by_language.get(language):
            return [by_language[language]]
    return [item.text or "" for item in items]


# --- IPTC
def _from_iptc(image: Image.Image) -> dict[str, Any]:
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return {}
    try:
        found = IptcImagePlugin.getiptcinfo(image) or {}
    except (SyntaxError, OSError, ValueError, TypeError, AttributeError):
        return {}
    raw = {key: _as_list(value) for key, value in found.items()}
    texts = [text for (record, _), values in raw.items() if record == 2 for text in values]
    declared = b"".join(raw.get((1, 90), []))
    encoding = "utf-8" if declared == _UTF8 else encoding_of(texts)

    def line(number: int, separator: str = "、") -> str:
        values = [one_line(decoded(value, encoding)) for value in raw.get((2, number), [])]
        return separator.join(value for value in values if value)

    caption = b"".join(raw.get((2, 120), []))
    return {
        "caption": _prose(decoded(caption, encoding)),
        "byline": line(80),
        "credit": line(110) or line(115),
        "copyright": line(116),
        "taken_on": _day(line(55, "") + line(60, "")),
        "place": _place(line(101), line(95), line(90), line(92)),
    }


def _as_list(value: bytes | list[bytes] | None) -> list[bytes]:
    values = value if isinstance(value, list) else [value]
    return [value for value in values if value]


# --- EXIF
def _from_exif(image: Image.Image) -> dict[str, Any]:
    try:
        exif = image.getexif()
        inner = exif.get_ifd(_EXIF_IFD)
        has_location = bool(exif.get_ifd(_GPS_IFD))
    except Exception:  # noqa: BLE001 (EXIF is written by anybody and damaged in every way)
        return {}
    raw = {tag: _raw(exif.get(tag)) for tag in (_DESCRIPTION, _ARTIST, _COPYRIGHT)}
    text = partial(decoded, encoding=encoding_of([value for value in raw.values() if value]))
    caption = text(raw[_DESCRIPTION]) or _windows_text(exif.get(_WINDOWS_TITLE))
    return {
        "caption": _prose(caption) or _prose(_user_comment(inner.get(_USER_COMMENT))),
        "byline": one_line(text(raw[_ARTIST]))
        or one_line(_windows_text(exif.get(_WINDOWS_AUTHOR))),
        # The photographer's and the editor's notices, parted by a zero byte.
        "copyright": one_line(text(raw[_COPYRIGHT].replace(b"\x00", b" "))),
        "taken_on": _day(f"{inner.get(_TAKEN, '')}{inner.get(_TAKEN_OFFSET, '')}"),
        "has_location": has_location,
    }


def _raw(value: object) -> bytes:
    """The bytes of an EXIF text, which Pillow reads as Latin-1."""
    if isinstance(value, bytes):
        return value.strip(b"\x00 ")
    return str(value or "").encode("latin-1", "replace").strip(b"\x00 ")


def _windows_text(value: object) -> str:
    if isinstance(value, tuple):
        value = bytes(value)
    return value.decode("utf-16-le", "ignore").rstrip("\x00") if isinstance(value, bytes) else ""


def _user_comment(value: object) -> str:
    if not isinstance(value, bytes) or len(value) <= 8:
        return ""
    kind, text = value[:8].rstrip(b"\x00 "), value[8:].strip(b"\x00 ")
    if kind == b"UNICODE":
        # Which end comes first is not said; in the wrong order the text is no Japanese.
        readings = [value[8:].decode(name, "ignore") for name in ("utf-16-le", "utf-16-be")]
        return min(
            readings,
            key=lambda reading: len(re.findall(r"[^\x00-\x7fぁ-ヿ一-鿿、-〟！-～]", reading)),
        )
    if kind == b"JIS":
        return decoded(text, "iso2022_jp_ext")
    return decoded(text, encoding_of([text])) if kind in {b"ASCII", b""} else ""


# --- words, days, places
def _prose(text: str) -> str:
    return strip_unwanted(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


_DAY = re.compile(
    r"(?P<year>\d{4})[:/-]?(?P<month>\d{2})[:/-]?(?P<day>\d{2})"
    r"(?:[T ]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?\d{2}(?:\.\d+)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)


def _day(text: str) -> date | None:
    """The day in Japan: with a time zone its own, without one as the camera's clock has it."""
    match = _DAY.match(text.strip())
    if match is None:
        return None
    part = match.groupdict()
    try:
        day = date(int(part["year"]), int(part["month"]), int(part["day"]))
        if part["zone"]:
            at = datetime(
                day.year, day.month, day.day, int(part["hour"]), int(part["minute"]),
                tzinfo=_zone(part["zone"]),
            )  # fmt: skip
            day = django_timezone.localtime(at).date()
    except (ValueError, OverflowError):
        return None
    # A clock that was never set says 1970 or 2000, one set wrong the future.
    tomorrow = django_timezone.localdate() + timedelta(days=1)
    return day if _FIRST_PHOTOGRAPH <= day <= tomorrow else None


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _place(country: str, *parts: str) -> str:
    """From the large to the small as Japanese addresses go; Japan itself is not said."""
    abroad = [] if country.casefold() in {"日本", "日本国", "japan", "jpn", "jp"} else [country]
    kept: list[str] = []
    for part in map(one_line, [*abroad, *parts]):
        if part and not any(part in other for other in kept):
            kept = [other for other in kept if other not in part]
            kept.append(part)
    return _joined(kept)


def _joined(parts: Iterable[str]) -> str:
    text = ""
    for part in parts:
        touches = (text and text[-1].isascii()) or part[0].isascii()
        text += f" {part}" if text and touches else part
    return text
