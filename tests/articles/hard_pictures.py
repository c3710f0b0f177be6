"""Pictures as cameras, scanners, agencies and attackers make them; each is made by code.

Upright, every one shows blue on the left and red on the right, 96 pixels wide and 64 high.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageCms

BLUE, RED = (30, 60, 200), (200, 40, 30)
SIZE = (96, 64)
# iPhone's own kind, held upright, with GPS; no library here can write one.
HEIC = (Path(__file__).parent / "images/upright.heic").read_bytes()


def scene(size=SIZE, mode="RGB"):
    image = Image.new("RGB", size, BLUE)
    image.paste(RED, (size[0] // 2, 0, *size))
    return image.convert(mode)


def saved(image, kind="JPEG", **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned(orientation):
    """What a camera stores that was held in one of the eight ways."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = scene()
    if orientation in undo:
        image = image.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(image, quality=95, exif=exif)


def swapped_profile():
    """A file whose profile says that its red is blue: right only for who reads profiles."""
    srgb = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", srgb[128:132])[0]
    at = {bytes(srgb[132 + 12 * n : 136 + 12 * n]): 136 + 12 * n for n in range(count)}
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    srgb[red : red + 8], srgb[blue : blue + 8] = srgb[blue : blue + 8], srgb[red : red + 8]
    name = at[b"desc"]
    offset, length = struct.unpack(">II", srgb[name : name + 8])
    text = bytes(srgb[offset : offset + length])
    srgb[offset : offset + length] = text.replace(b"sRGB", b"swap").replace(
        "sRGB".encode("utf-16-be"), "swap".encode("utf-16-be")
    )
    image = Image.merge("RGB", scene().split()[::-1])
    return saved(image, "PNG", icc_profile=bytes(srgb))


def png(width, height, depth, colour, rows):
    """A PNG file of raw rows, for depths that Pillow does not write."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\x00" + row for row in rows), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def deep_colour():
    """Sixteen bits a colour."""
    left, right = (
        b"".join(struct.pack(">H", value * 257) for value in color) for color in (BLUE, RED)
    )
    return png(*SIZE, 16, 2, [left * 48 + right * 48] * 64)


def deep_grey():
    """Sixteen bits of grey: dark on the left, bright on the right."""
    row = struct.pack(">H", 20 * 257) * 48 + struct.pack(">H", 230 * 257) * 48
    return png(*SIZE, 16, 0, [row] * 64)


def palette_with_holes():
    """A palette with a transparent colour on the right half."""
    image = scene().quantize(2)
    right = image.getpixel((90, 10))
    return saved(image, "PNG", transparency=right)


def bomb():
    """400 megapixels in less than 50 KB."""
    return saved(Image.new("1", (20_000, 20_000)), "PNG", optimize=True)


def animated(kind):
    frames = [scene(), scene().transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def several():
    """MPO: what cameras with two lenses and panorama phones write, named .jpg."""
    out = BytesIO()
    scene().save(out, "MPO", save_all=True, append_images=[scene((32, 32))], quality=95)
    return out.getvalue()


def iptc(fields, *, charset=None, image=None):
    """A JPEG file with IPTC data sets, as agencies send them; values are bytes."""
    data = b""
    if charset is not None:
        data += b"\x1c\x01\x5a" + struct.pack(">H", len(charset)) + charset
    for number, value in fields:
        data += b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(value)) + value
    block = (
        b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(data)) + data + b"\x00" * (len(data) % 2)
    )
    body = b"Photoshop 3.0\x00" + block
    jpeg = image or saved(scene(), quality=95)
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def with_gps(kind="JPEG"):
    """Where and with what it was taken, and who owns which camera."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0xA431] = "SECRETMAKE", "SECRETCAMERA", "SERIAL12345"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (35.0, 41.0, 22.0), "E", (139.0, 41.0, 30.0)
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="35,41.3N" '
        b'exif:GPSLongitude="139,41.5E"/></rdf:RDF></x:xmpmeta>'
    )
    return saved(scene(), kind, exif=exif, xmp=xmp)
