"""What is read from a file to prefill the form."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from unittest import TestCase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from articles.metadata import Facts, read
from tests.articles import hard_pictures as hard

CAPTION = "雪の残る岬で灯台を見上げる高校生ら（左）と灯台守の高橋さん"
NAMES = {80: "髙井悠人", 110: "時事", 116: "(c)2025 時事通信社", 95: "北海道", 90: "根室市"}


def facts(data):
    file = BytesIO(data)
    found = read(file)
    assert file.tell() == 0
    return found


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", b"\x1b%G"),
        ("utf-8", None),
        ("cp932", None),
        ("cp932", b"\x1b$B"),
        ("euc_jis_2004", None),
        ("iso2022_jp_ext", None),
        ("iso2022_jp_ext", b"\x1b$B"),
    ],
)
def test_iptc_in_every_encoding_that_agencies_write(encoding, charset):
    # Who writes 髙 has it in Shift_JIS and UTF-8 only.
    names = NAMES if encoding in {"utf-8", "cp932"} else NAMES | {80: "高井悠人"}
    fields = [(120, CAPTION), *names.items(), (55, "20251019"), (101, "日本")]
    data = hard.iptc([(n, text.encode(encoding)) for n, text in fields], charset=charset)
    assert facts(data) == Facts(
        caption=CAPTION,
        byline=names[80],
        credit="時事",
        copyright="(c)2025 時事通信社",
        taken_on=date(2025, 10, 19),
        place="北海道根室市",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
@pytest.mark.parametrize("name", ["時事", "共同", "林", "高橋 誠", "ロイター＝共同", "写真部"])
def test_short_names_alone_say_enough(encoding, name):
    assert facts(hard.iptc([(80, name.encode(encoding))])).byline == name


def test_a_western_agency_keeps_its_accents():
    data = hard.iptc([(80, "José Müller".encode("cp1252")), (110, b"AFP")])
    assert (facts(data).byline, facts(data).credit) == ("José Müller", "AFP")


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
def test_a_field_cut_in_the_middle_of_a_character(encoding):
    cut = "東京都千代田区霞が関で開かれた会見".encode(encoding)[:-1]
    assert facts(hard.iptc([(120, cut)])).caption == "東京都千代田区霞が関で開かれた会"


def test_several_photographers():
    data = hard.iptc([(80, "高井".encode()), (80, "森".encode())])
    assert facts(data).byline == "高井、森"


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
def test_exif_of_japanese_cameras_and_programs(encoding):
    exif = Image.Exif()
    exif[0x010E] = CAPTION.encode(encoding)
    exif[0x013B] = "高井悠人".encode(encoding)
    exif[0x8298] = "北岬新聞社".encode(encoding)
    exif.get_ifd(0x8769)[0x9003] = "2025:10:19 06:12:00"
    found = facts(hard.saved(hard.scene(), exif=exif))
    assert found == Facts(
        caption=CAPTION, byline="高井悠人", copyright="北岬新聞社", taken_on=date(2025, 10, 19)
    )


@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\x00" + "夜明けの灯台".encode("utf-16-le"),
        b"UNICODE\x00" + "夜明けの灯台".encode("utf-16-be"),
        b"JIS\x00\x00\x00\x00\x00" + "夜明けの灯台".encode("iso2022_jp"),
        b"\x00" * 8 + "夜明けの灯台".encode("cp932"),
    ],
)
def test_the_comment_of_exif(comment):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    assert facts(hard.saved(hard.scene(), exif=exif)).caption == "夜明けの灯台"


@pytest.mark.parametrize("talk", ["OLYMPUS DIGITAL CAMERA", "SONY DSC", "DSC_0042", "IMG_1234"])
def test_what_a_camera_says_by_itself_is_no_caption(talk):
    exif = Image.Exif()
    exif[0x010E] = talk
    assert facts(hard.saved(hard.scene(), exif=exif)).caption == ""


XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
    photoshop:Credit="AFP" photoshop:City="パリ" photoshop:Country="フランス"
    photoshop:DateCreated="{created}">
   <dc:description><rdf:Alt>
     <rdf:li xml:lang="x-default">A lighthouse</rdf:li>
     <rdf:li xml:lang="ja">夜明けの灯台</rdf:li>
   </rdf:Alt></dc:description>
   <dc:creator><rdf:Seq><rdf:li>Anna Ito</rdf:li><rdf:li>森 茜</rdf:li></rdf:Seq></dc:creator>
   <dc:rights><rdf:Alt>
     <rdf:li xml:lang="x-default">(c) AFP &amp; others</rdf:li></rdf:Alt></dc:rights>
   <Iptc4xmpCore:AltTextAccessibility><rdf:Alt>
     <rdf:li xml:lang="x-default">岬に立つ灯台</rdf:li>
   </rdf:Alt></Iptc4xmpCore:AltTextAccessibility>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta><?xpacket end="w"?>"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_xmp_in_every_kind_of_file(kind):
    packet = XMP.format(created="2025-10-19T08:00:00+09:00").encode()
    options = {"xmp": packet}
    if kind == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        options = {"pnginfo": info}
    assert facts(hard.saved(hard.scene(), kind, **options)) == Facts(
        caption="夜明けの灯台",
        alt="岬に立つ灯台",
        byline="Anna Ito、森 茜",
        credit="AFP",
        copyright="(c) AFP & others",
        taken_on=date(2025, 10, 19),
        place="フランスパリ",
    )


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2025-10-18T22:30:00Z", date(2025, 10, 19)),
        ("2025-10-18T22:30:00.12+01:00", date(2025, 10, 19)),
        ("2025-10-18T22:30", date(2025, 10, 18)),
        ("2025-10-18", date(2025, 10, 18)),
        ("2999-01-01", None),
        ("0000-00-00", None),
        ("1800-01-01", None),
        ("きのう", None),
        ("2025-10-18T99:30:00Z", None),
    ],
)
def test_the_day_in_japan(written, day):
    data = hard.saved(hard.scene(), xmp=XMP.format(created=written).encode())
    assert facts(data).taken_on == day


def test_what_an_agency_wrote_goes_before_what_the_camera_wrote():
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = "camera", "カメラの持ち主".encode()
    jpeg = hard.saved(hard.scene(), exif=exif)
    found = facts(hard.iptc([(120, CAPTION.encode())], image=jpeg))
    assert (found.caption, found.byline) == (CAPTION, "カメラの持ち主")


def test_a_place_is_noticed_and_not_told():
    for data in (hard.with_gps(), hard.HEIC):
        found = facts(data)
        assert found.has_location
        assert found.place == ""


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>'
)


@pytest.mark.parametrize(
    "xmp", [LAUGHS, b"<broken", b"\xff\xfe", b"<a>" * 5000, b"<x/>" + b" " * 1_100_000, b" "]
)
def test_hostile_xmp_says_nothing(xmp):
    data = hard.saved(hard.scene(), "WEBP", xmp=xmp)
    assert facts(data) == Facts()


def test_words_are_clean_and_fit_their_columns():
    long = "\x00\u200b灯台\r\n" + "長" * 3000
    found = facts(hard.iptc([(120, long.encode()), (80, ("名" * 300).encode())]))
    assert found.caption.startswith("灯台\n長")
    assert (len(found.caption), len(found.byline)) == (400, 80)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_word(data):
    everywhere = [
        data,
        hard.iptc([(120, data), (80, data[:20]), (55, data[:8])], charset=data[:5]),
        hard.saved(hard.scene((8, 8)), "WEBP", xmp=data or b" ", exif=b"Exif\x00\x00" + data),
    ]
    with TestCase().assertNoLogs("articles.metadata"):
        for file in everywhere:
            read(BytesIO(file))
