"""Whose picture it is, as tags inside the file: what stays with it when somebody takes it."""

from __future__ import annotations

from typing import NamedTuple
from xml.sax.saxutils import escape

from PIL import Image

from articles.models import Photo

_ARTIST, _COPYRIGHT = 0x013B, 0x8298
_PACKET = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">'
    "<photoshop:Credit>{credit}</photoshop:Credit>{creator}"
    '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">{rights}</rdf:li></rdf:Alt></dc:rights>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)
_CREATOR = "<dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>"


class Tags(NamedTuple):
    """The same words twice: short in EXIF, where everything looks, and named in XMP."""

    exif: bytes
    xmp: bytes


def tags_of(photo: Photo) -> Tags:
    """Credit and copyright of a photo for its renditions; nothing else of it, no place, no device.

    EXIF takes about 120 bytes, XMP about 600: small pictures carry the first alone.
    """
    credit = photo.credit_line.strip("／/ 　")
    rights = photo.copyright or credit
    exif = Image.Exif()
    # The standard of 1998 knows ASCII only; UTF-8 is what readers of today expect there.
    exif[_ARTIST] = (photo.credit or credit).encode()
    exif[_COPYRIGHT] = rights.encode()
    creator = _CREATOR.format(escape(photo.credit)) if photo.credit else ""
    packet = _PACKET.format(credit=escape(credit), creator=creator, rights=escape(rights))
    return Tags(exif.tobytes(), packet.encode())
