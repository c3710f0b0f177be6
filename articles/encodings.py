"""Japanese bytes of unknown origin as text. Pure functions without Django."""

from __future__ import annotations

import re

# What designates a character set inside the text itself: ISO-2022-JP and its kin.
_DESIGNATION = re.compile(rb"\x1b[$(&]")
# The order decides between readings that are equally likely.
_GUESSES = ("utf-8", "cp932", "euc_jis_2004", "cp1252")
_KANA = re.compile("[ぁ-ゖァ-ヺー々、。「」『』・（）]")
_KANJI = re.compile("[一-鿿]")
_ACCENTED = re.compile("[À-ÖØ-öø-ÿ]")
_ODD = re.compile("[｡-ﾟ\ue000-\uf8ff\x80-\x9f�]")
_HALF_A_CHARACTER = 3


def encoding_of(samples: list[bytes]) -> str:
    """The encoding in which all these texts of one file were most likely written.

    Knows UTF-8, Shift_JIS, EUC-JP, ISO-2022-JP and Western texts. A text may be cut in the
    middle of its last character: fields of fixed size are.
    """
    joined = b"".join(samples)
    if joined.isascii():
        return "iso2022_jp_ext" if _DESIGNATION.search(joined) else "ascii"
    texts = {name: _readings(samples, name) for name in _GUESSES}
    # UTF-8 has so strict a form that nothing else looks like it by chance.
    if texts["utf-8"] and not texts["utf-8"].isascii():
        return "utf-8"
    likely = [(_likelihood(text), name) for name, text in texts.items() if text is not None]
    return max(likely, key=lambda pair: pair[0])[1] if likely else "cp1252"


def decoded(data: bytes, encoding: str) -> str:
    """The text; a character cut in half at the end is left out, other damage is marked."""
    for cut in range(_HALF_A_CHARACTER + 1):
        try:
            return data[: len(data) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode(encoding, "replace")


def _readings(samples: list[bytes], encoding: str) -> str | None:
    """All samples as text in this encoding, or None when one of them cannot be read so."""
    texts = [decoded(sample, encoding) for sample in samples]
    # cp1252 leaves five bytes without a character: also a sign of another encoding.
    return None if any("\ufffd" in text for text in texts) else "\n".join(texts)


def _likelihood(text: str) -> float:
    """How much a text looks like Japanese, or like a Western language, per character."""
    foreign = [character for character in text if not character.isascii()]
    points = (
        2.0 * len(_KANA.findall(text))
        + 1.0 * len(_KANJI.findall(text))
        + 0.5 * len(_ACCENTED.findall(text))
        - 2.0 * len(_ODD.findall(text))
    )
    return points / max(len(foreign), 1)
