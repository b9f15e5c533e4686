"""Decoding of bytes: the choice of the charset, how it was found, and the text without control codes."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

from copytaster.model.article import Provenance
from copytaster.parsing.charset.detection import detect, detect_switching
from copytaster.parsing.charset.invisible import without_breaks
from copytaster.parsing.charset.mojibake import repair
from copytaster.parsing.charset.surrogates import joined_pairs, without_lone_surrogates
from copytaster.parsing.charset.wide_unicode import decodes, wide_by_nuls


class How(StrEnum):
    """How a charset was found; becomes ``provenance["charset"]``."""

    BOM = "bom"
    DECLARED = "declared"
    UTF8 = "utf-8"
    DETECTED = "detected"
    REPAIRED = "repaired"
    LAST_RESORT = "last-resort"


CONFIDENCE = {
    How.BOM: 1.0,
    How.DECLARED: 0.9,
    How.UTF8: 0.99,
    How.DETECTED: 0.7,
    How.REPAIRED: 0.8,
    How.LAST_RESORT: 0.2,
}
"""Bytes that are valid UTF-8 by chance are rarer than wrong declarations. Detection errs in one text of ten with one
or two words, and in one sentence of twenty."""

_DAMAGE_WEIGHT = 10
"""The confidence is 0 when every tenth character is lost."""

LAST_RESORT = "cp1252"
"""The charset of Western newsroom systems before Unicode. Its undefined bytes become U+FFFD."""

# UTF-32-LE comes before UTF-16-LE, because its mark begins with the mark of UTF-16-LE.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""Declared charsets that mean a larger one (WHATWG Encoding Standard, section 4.2), as far as news uses them."""

_LABELS = {
    **dict.fromkeys(("x-sjis", "windows-31j", "x-ms-cp932", "cswindows31j"), "shift_jis"),
    **dict.fromkeys(("x-euc-jp", "cp51932", "eucjp-win", "eucjp-ms", "x-eucjp"), "euc_jp"),
    **dict.fromkeys(("cp50220", "cp50221", "cp50222", "iso-2022-jp-ms", "jis"), "iso2022_jp"),
    **dict.fromkeys(("x-gbk", "gb_2312-80", "gb_2312", "x-gb2312"), "gb18030"),
    **dict.fromkeys(("windows-949", "x-windows-949", "ks_c_5601-1989", "ksc_5601"), "cp949"),
    **dict.fromkeys(("x-x-big5", "cn-big5", "x-big5"), "big5hkscs"),
    **dict.fromkeys(("dos-874", "windows-874", "x-windows-874"), "cp874"),
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    **dict.fromkeys(("x-unicode20utf8", "unicode-1-1-utf-8", "unicode11utf8", "utf8mb4"), "utf-8"),
}
"""Labels that Python does not know, or knows for another charset, with its names for them (WHATWG Encoding, 4.2)."""

_SWITCHING = ("iso2022", "hz", "utf-7")
"""Beginnings of the names of charsets that write all characters in ASCII bytes."""

_VALID_FOR_BROKEN = 3
"""Number of valid UTF-8 sequences for each broken one from which on a file is damaged UTF-8, not another charset."""

_MISREAD = re.compile(rb"\xc3[\x82-\xb4][\xc2-\xcb\xe2]")
"""The first bytes of a character that was decoded wrongly and encoded in UTF-8 again. A search in bytes is cheap."""

_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028]")
_RARE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LOST = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd\ud800-\udfff]")
"""Characters that no text has: one was lost, or the charset is wrong."""

_REMOVED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded text. Its newlines are line feeds.

    Control codes other than tab and newline, soft hyphens and zero-width spaces are removed.

    ``damage`` is the share (0 to 1) of characters that were lost or that no text has; it lowers ``confidence``.
    """

    text: str
    charset: str
    how: How
    confidence: float
    damage: float = 0.0

    def provenance(self) -> Provenance:
        """Return how the charset was found, for ``provenance["charset"]``."""
        return Provenance(from_=self.how.value, confidence=self.confidence)


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Decode ``content``, trying in order: byte order mark, declared charset, UTF-8, detection, Windows-1252.

    There are exceptions. UTF-8 with non-ASCII characters, valid or with a few broken ones, wins over a declared
    single-byte charset, which would decode any bytes. UTF-16 and UTF-32 without a mark are recognised by the positions
    of their NULs. UTF-8 that was decoded as Windows-1252 and encoded again is repaired where that is certain
    (``How.REPAIRED``), and CESU-8 is read as UTF-8. Never raises. The time is linear in the size; detection looks at a
    sample of bounded size.
    """
    content = _with_pairs_joined(content)
    charset, how, skip = _choose(content, declared)
    if charset == "utf-8":
        content = without_lone_surrogates(content)
    text = content[skip:].decode(charset, errors="replace")
    if charset == "utf-8" and _MISREAD.search(content) and (repaired := repair(text)) is not None:
        text, how = repaired, How.REPAIRED
    # Nearly all files have no such characters: one search costs less than counting and cleaning.
    has_rare = "\ufffd" in text or _RARE.search(text) is not None
    damage = sum(1 for _ in _LOST.finditer(text)) / len(text) if has_rare else 0.0
    confidence = CONFIDENCE[how] * max(0.0, 1 - _DAMAGE_WEIGHT * damage)
    text = without_breaks(clean(text) if has_rare else _line_feeds(text))
    return Decoded(text, charset, how, round(confidence, 3), round(damage, 4))


def peek(content: bytes, size: int = 4096) -> str:
    """Return roughly the first ``size`` characters for recognition of a format; cheap, never raises.

    ASCII characters are right in every charset; others may be wrong.
    """
    marked = _byte_order_mark(content)
    charset = marked[0] if marked else wide_by_nuls(content)
    if charset is None or charset == "utf-8":
        return content[:size].removeprefix(codecs.BOM_UTF8).decode("latin-1")
    return content[: 2 * size].decode(charset, errors="ignore").lstrip("\ufeff")


def clean(text: str) -> str:
    """Return ``text`` with newlines made line feeds and without control codes, byte order marks and lone surrogates."""
    text = _line_feeds(text)
    if not _RARE.search(text):
        return text
    return _REMOVED.sub("", _LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n"))


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_pairs_joined(content: bytes) -> bytes:
    """Return CESU-8 as UTF-8; bytes that are in no form of UTF-8, where a pair is there by chance, do not change."""
    joined = joined_pairs(content)
    is_utf8 = joined != content and (decodes(joined, "utf-8") or _is_damaged_utf8(joined, _VALID_FOR_BROKEN))
    return joined if is_utf8 else content


def _choose(content: bytes, declared: str | None) -> tuple[str, How, int]:
    """Return the charset, how it was found, and the length of the byte order mark."""
    if marked := _byte_order_mark(content):
        return marked[0], How.BOM, marked[1]
    if wide := wide_by_nuls(content):
        return wide, How.DETECTED, 0
    is_utf8, named = decodes(content, "utf-8"), _declared(declared)
    if named and not named.startswith(_SWITCHING) and content.isascii() and (switching := detect_switching(content)):
        return switching, How.DETECTED, 0
    if named and decodes(content, named):
        found = _utf8_in_place_of(named, content, is_utf8=is_utf8)
        return (*(found or (named, How.DECLARED)), 0)
    return (*(_utf8(content) if is_utf8 else _by_detection(content, named)), 0)


def _utf8_in_place_of(named: str, content: bytes, *, is_utf8: bool) -> tuple[str, How] | None:
    """Return UTF-8 if the bytes show that the declaration of a single-byte charset, which decodes them, is wrong."""
    if content.isascii() or not _is_single_byte(named):
        return None
    if is_utf8:
        return "utf-8", How.UTF8
    return ("utf-8", How.DETECTED) if _is_damaged_utf8(content, _VALID_FOR_BROKEN) else None


def _utf8(content: bytes) -> tuple[str, How]:
    switching = detect_switching(content) if content.isascii() else None
    return (switching, How.DETECTED) if switching else ("utf-8", How.UTF8)


def _by_detection(content: bytes, named: str | None) -> tuple[str, How]:
    if _is_damaged_utf8(content, 1 if named == "utf-8" else _VALID_FOR_BROKEN):
        return "utf-8", How.DETECTED
    found = detect(content, named)
    return (found, How.DETECTED) if found else (LAST_RESORT, How.LAST_RESORT)


def _byte_order_mark(content: bytes) -> tuple[str, int] | None:
    return next(((charset, len(mark)) for mark, charset in _BOMS if content.startswith(mark)), None)


def _declared(label: str | None) -> str | None:
    try:
        name = codecs.lookup(_LABELS.get(label.strip().lower(), label.strip())).name if label else None
    except (LookupError, ValueError):  # an unknown label, or one with a NUL in it
        return None
    # A declaration that was found in ASCII bytes cannot mean UTF-16 or UTF-32 (HTML standard, 13.2.3.2).
    return None if name is None or name.startswith(("utf-16", "utf-32")) else _LARGER.get(name, name)


def _is_single_byte(charset: str) -> bool:
    return len("é".encode(charset, errors="replace")) == 1


def _is_damaged_utf8(content: bytes, least: int) -> bool:
    """Say whether it is UTF-8 but for a cut-off end or a few foreign bytes, at most one for ``least`` characters."""
    text = without_lone_surrogates(content).decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    # Counted in bytes, which is cheaper than looking at every character: a sequence has two to four bytes.
    whole = (len(text.encode()) - len(text) - 2 * broken) // 2
    return 0 < broken * least <= whole
