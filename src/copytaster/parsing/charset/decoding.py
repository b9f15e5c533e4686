"""From bytes to text: which charset a file is in, how that was found out, and its characters without control codes."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from copytaster.model.article import Provenance
from copytaster.parsing.charset.mojibake import mended
from copytaster.parsing.charset.statistics import most_likely


class How(StrEnum):
    """What spoke for a charset; becomes ``provenance["charset"]``."""

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
"""Bytes that are valid UTF-8 by chance are rarer than wrong declarations; statistics on short texts err
one time in five."""

_DAMAGE_WEIGHT = 10
"""A text of which every tenth character is lost is not to be trusted at all."""

_GIBBERISH_BITS = 7.2
"""For each byte, from which on bytes are no text in any charset: text takes four to six bits, random bytes twelve."""

LAST_RESORT = "cp1252"
"""What Western newsroom systems wrote before Unicode; an undefined byte becomes U+FFFD rather than ending the file."""

_NOBODY = {"Cn", "Co", "Cs"}
_UNASSIGNED_SHARE = 0.01
"""Of characters; newer scripts than Python's tables know are rare in the news."""

_SAMPLE_BYTES = 32_768
"""Where NULs and escape codes are looked for."""

_UTF16_NUL_SHARE = 0.25
"""Of one byte position in a pair: text in Latin script has nearly all its high bytes NUL, other text hardly any."""

# The longer mark first: UTF-32-LE begins with the mark of UTF-16-LE.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Labels that mean a larger charset in practice: the WHATWG Encoding Standard, section 4.2, for those that news uses.
_MEANT = {
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

_DAMAGE_SHARE = 3
"""Well-formed UTF-8 sequences for each broken one, from which on a file is UTF-8 with damage, not another charset."""

_ESCAPES = (
    (re.compile(rb"\x1b\$\)C"), "iso2022_kr"),
    (re.compile(rb"\x1b(?:\$[@B]|\(J)"), "iso2022_jp_2"),
    (re.compile(rb"~\{(?:[!-w][!-~])+~\}"), "hz"),
)
"""Charsets that switch by codes between bytes that are all ASCII."""

_MISREAD = re.compile(rb"\xc3[\x82-\xb4][\xc2-\xcb\xe2]")
"""How each character begins that was misread and written in UTF-8 again: a search of bytes costs next to nothing."""

_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028]")
_SELDOM = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd\ud800-\udfff]")
"""What no text has: something was lost, or read as what it is not."""

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's characters: newlines are line feeds, control codes other than tab and newline are gone.

    ``damage`` is the share (0 to 1) of characters that were lost or that no text has; ``confidence`` falls with it.
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
    """Decode ``content``, trying in order: byte order mark, declared charset, UTF-8, statistics, cp1252.

    Three exceptions from that order. Bytes that are valid UTF-8 beyond ASCII win over a declared single-byte charset,
    which would decode anything. UTF-16 and UTF-32 without a mark are recognised by where their NULs stand. UTF-8 that
    somebody took for cp1252 and wrote again is mended where that is certain (``How.REPAIRED``). Never raises; linear
    in the size, with statistics over a bounded part.
    """
    charset, how, skip = _settle(content, declared)
    text = content[skip:].decode(charset, errors="replace")
    if charset == "utf-8" and _MISREAD.search(content) and (better := mended(text)) is not None:
        text, how = better, How.REPAIRED
    # Nearly all files have nothing odd in them: one search costs less than counting and cleaning.
    odd = "\ufffd" in text or _SELDOM.search(text) is not None
    damage = sum(1 for _ in _ODD.finditer(text)) / len(text) if odd else 0.0
    confidence = CONFIDENCE[how] * max(0.0, 1 - _DAMAGE_WEIGHT * damage)
    return Decoded(clean(text) if odd else _line_feeds(text), charset, how, round(confidence, 3), round(damage, 4))


def peek(content: bytes, size: int = 4096) -> str:
    """Return roughly the first ``size`` characters for recognising a format; cheap, never raises.

    ASCII comes out right in every charset; other characters need not.
    """
    marked = _byte_order_mark(content)
    charset = marked[0] if marked else _wide_by_nuls(content)
    if charset is None or charset == "utf-8":
        return content[:size].removeprefix(codecs.BOM_UTF8).decode("latin-1")
    return content[: 2 * size].decode(charset, errors="ignore").lstrip("\ufeff")


def clean(text: str) -> str:
    """Return ``text`` with newlines made line feeds and without control codes, stray marks and lone surrogates."""
    text = _line_feeds(text)
    if not _SELDOM.search(text):
        return text
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n"))


def _line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _settle(content: bytes, declared: str | None) -> tuple[str, How, int]:
    """Return the charset, what spoke for it, and how many bytes the byte order mark takes."""
    if marked := _byte_order_mark(content):
        return marked[0], How.BOM, marked[1]
    if wide := _wide_by_nuls(content):
        return wide, How.DETECTED, 0
    is_utf8, named = _decodes(content, "utf-8"), _declared(declared)
    if named and _decodes(content, named):
        overruled = is_utf8 and not content.isascii() and _is_single_byte(named)
        return ("utf-8", How.UTF8, 0) if overruled else (named, How.DECLARED, 0)
    return (*(_utf8(content) if is_utf8 else _by_statistics(content, named)), 0)


def _utf8(content: bytes) -> tuple[str, How]:
    switched = _by_escapes(content) if content.isascii() else None
    return (switched, How.DETECTED) if switched else ("utf-8", How.UTF8)


def _by_statistics(content: bytes, named: str | None) -> tuple[str, How]:
    if _is_damaged_utf8(content, 1 if named == "utf-8" else _DAMAGE_SHARE):
        return "utf-8", How.DETECTED
    guess = most_likely(content, named)
    if guess is None or guess.bits > _GIBBERISH_BITS:
        return LAST_RESORT, How.LAST_RESORT
    return guess.charset, How.DETECTED


def _byte_order_mark(content: bytes) -> tuple[str, int] | None:
    return next(((charset, len(mark)) for mark, charset in _BOMS if content.startswith(mark)), None)


def _declared(label: str | None) -> str | None:
    try:
        name = codecs.lookup(label.strip()).name if label else None
    except (LookupError, ValueError):  # an unknown label, or one with a NUL in it
        return None
    # A page whose declaration can be read byte by byte is not in UTF-16 or -32 (HTML standard, 13.2.3.2).
    return None if name is None or name.startswith(("utf-16", "utf-32")) else _MEANT.get(name, name)


def _decodes(content: bytes, charset: str) -> bool:
    try:
        content.decode(charset)
    except (ValueError, LookupError):  # LookupError: codecs that are not charsets, such as "hex"
        return False
    return True


def _is_single_byte(charset: str) -> bool:
    return len("é".encode(charset, errors="replace")) == 1


def _by_escapes(content: bytes) -> str | None:
    sample = content[:_SAMPLE_BYTES]
    return next((name for code, name in _ESCAPES if code.search(sample) and _decodes(content, name)), None)


def _wide_by_nuls(content: bytes) -> str | None:
    """Return UTF-16 or UTF-32 without a mark: every number of the latter begins or ends with a NUL, and is in range."""
    sample = content[: _SAMPLE_BYTES // 8 * 4]
    if len(content) % 2 or b"\x00" not in sample:
        return None
    if len(content) % 4 == 0:
        found = next((name for name in ("utf-32-le", "utf-32-be") if _decodes(sample, name)), None)
        if found and _is_assigned(sample.decode(found)):
            return found if _decodes(content, found) else None
    pairs = len(sample) // 2
    if pairs < 2:  # noqa: PLR2004 - one pair says nothing
        return None
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    if max(even, odd) < _UTF16_NUL_SHARE or min(even, odd) > _UTF16_NUL_SHARE / 10:
        return None
    charset = "utf-16-le" if odd > even else "utf-16-be"
    return charset if _decodes(content, charset) else None


def _is_assigned(text: str) -> bool:
    """Say whether nearly all are characters at all: of the numbers in UTF-32's range three in four are not."""
    nobody = sum(unicodedata.category(letter) in _NOBODY for letter in text)
    return nobody <= len(text) * _UNASSIGNED_SHARE


def _is_damaged_utf8(content: bytes, least: int) -> bool:
    """Whether a cut-off end or a few foreign bytes, one for ``least`` whole characters, are all that is wrong."""
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    # Counted in bytes, for a sequence is two to four of them: cheaper than looking at every character.
    whole = (len(text.encode()) - len(text) - 2 * broken) // 2
    return 0 < broken * least <= whole
