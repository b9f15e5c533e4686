"""From bytes to text: which charset a file is in, how that was found out, and its characters without control codes."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

from charset_normalizer import CharsetMatch, from_bytes

from copytaster.article import Provenance


class How(StrEnum):
    """What spoke for a charset; becomes ``provenance["charset"]``."""

    BOM = "bom"
    DECLARED = "declared"
    UTF8 = "utf-8"
    DETECTED = "detected"
    LAST_RESORT = "last-resort"


CONFIDENCE = {How.BOM: 1.0, How.DECLARED: 0.9, How.UTF8: 0.99, How.DETECTED: 0.7, How.LAST_RESORT: 0.2}
"""Bytes that are valid UTF-8 by chance are rarer than wrong declarations; statistics on short texts err
one time in five."""

LAST_RESORT = "cp1252"
"""What Western newsroom systems wrote before Unicode; an undefined byte becomes U+FFFD rather than ending the file."""

_SAMPLE_BYTES = 32_768
"""Detection time grows with the sample, its accuracy stops growing well before this."""

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

_LATIN = re.compile(
    r"iso8859_\d+|latin_1|hp_roman8|cp125[0478]|cp775|cp8[56]\d|cp437|mac_(?:roman|latin2|iceland|turkish)"
)
"""Charsets of Latin script: on little text statistics take one for another, and cp1252 is by far the commonest."""

_LANGUAGE_MARGIN = 0.1
"""A rival must look this much more like a language than cp1252 does: measured, French and German stay below it."""

_NEVER_NEWS = ("cp1125", "cp775", "hp_roman8", "kz1048", "mac_croatian", "mac_iceland", "mac_romanian", "ptcp154")
"""Charsets that no newsroom sends and that statistics take commoner ones for."""

_DAMAGE_SHARE = 10
"""Well-formed UTF-8 sequences for each broken one, from which on a file is UTF-8 with damage, not another charset."""

_BEYOND_ASCII = re.compile(rb"[\x80-\xff\x1b]")
_LINE_ENDS = re.compile("[\x0b\x0c\x85\u2028]")
_SELDOM = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's characters: newlines are line feeds, control codes other than tab and newline are gone."""

    text: str
    charset: str
    how: How
    confidence: float

    def provenance(self) -> Provenance:
        """Return how the charset was found, for ``provenance["charset"]``."""
        return Provenance(from_=self.how.value, confidence=self.confidence)


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Decode ``content``, trying in order: byte order mark, declared charset, UTF-8, statistics, cp1252.

    Two exceptions from that order. Bytes that are valid UTF-8 beyond ASCII win over a declared single-byte charset,
    which would decode anything. UTF-16 without a mark is recognised by where its NULs stand. Never raises; linear in
    the size, with statistics over at most 32 KiB.
    """
    charset, how, skip = _settle(content, declared)
    text = content[skip:].decode(charset, errors="replace")
    return Decoded(clean(text), charset, how, CONFIDENCE[how])


def peek(content: bytes, size: int = 4096) -> str:
    """Return roughly the first ``size`` characters for recognising a format; cheap, never raises.

    ASCII comes out right in every charset; other characters need not.
    """
    marked = _byte_order_mark(content)
    charset = marked[0] if marked else _utf16_by_nuls(content)
    if charset is None or charset == "utf-8":
        return content[:size].removeprefix(codecs.BOM_UTF8).decode("latin-1")
    return content[: 2 * size].decode(charset, errors="ignore").lstrip("\ufeff")


def clean(text: str) -> str:
    """Return ``text`` with newlines made line feeds and without control codes, stray marks and lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Nearly all files have none: one search costs less than half of two substitutions.
    if not _SELDOM.search(text):
        return text
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text).replace("\u2029", "\n\n"))


def _settle(content: bytes, declared: str | None) -> tuple[str, How, int]:
    """Return the charset, what spoke for it, and how many bytes the byte order mark takes."""
    if marked := _byte_order_mark(content):
        return marked[0], How.BOM, marked[1]
    is_utf8 = _decodes(content, "utf-8")
    if (named := _declared(declared)) and _decodes(content, named):
        overruled = is_utf8 and not content.isascii() and _is_single_byte(named)
        return ("utf-8", How.UTF8, 0) if overruled else (named, How.DECLARED, 0)
    if utf16 := _utf16_by_nuls(content):
        return utf16, How.DETECTED, 0
    if is_utf8 and not _escapes_charsets(content):
        return "utf-8", How.UTF8, 0
    if found := _detect(content):
        return found, How.DETECTED, 0
    return ("utf-8", How.UTF8, 0) if is_utf8 else (LAST_RESORT, How.LAST_RESORT, 0)


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


def _escapes_charsets(content: bytes) -> bool:
    """Whether it switches charsets by escape codes in the way of ISO-2022, in bytes that are all ASCII."""
    return b"\x1b$" in content[:_SAMPLE_BYTES] and content.isascii()


def _utf16_by_nuls(content: bytes) -> str | None:
    sample = content[: _SAMPLE_BYTES // 8 * 2]
    pairs = len(sample) // 2
    if pairs < 2 or len(content) % 2:  # noqa: PLR2004 - one pair says nothing
        return None
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    if max(even, odd) < _UTF16_NUL_SHARE or min(even, odd) > _UTF16_NUL_SHARE / 10:
        return None
    charset = "utf-16-le" if odd > even else "utf-16-be"
    return charset if _decodes(content, charset) else None


def _detect(content: bytes) -> str | None:
    if _is_damaged_utf8(content):
        return "utf-8"
    ranked = _prefer_western(list(from_bytes(_sample(content), cp_exclusion=list(_NEVER_NEWS))))
    return next((codecs.lookup(name).name for name in ranked if _decodes(content, name)), None)


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether a cut-off end or a few foreign bytes are all that parts it from UTF-8."""
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    # Counted in bytes, for a sequence is two to four of them: cheaper than looking at every character.
    whole = (len(text.encode()) - len(text) - 2 * broken) // 2
    return 0 < broken * _DAMAGE_SHARE <= whole


def _prefer_western(matches: list[CharsetMatch]) -> list[str]:
    """Return the charsets best first, with cp1252 before its relatives unless one of them fits the language better."""
    names = [match.encoding for match in matches]
    western = next((match for match in matches if match.encoding == LAST_RESORT), None)
    if western is None or not _LATIN.fullmatch(names[0]) or matches[0].coherence > western.coherence + _LANGUAGE_MARGIN:
        return names
    return [LAST_RESORT, *names]


def _sample(content: bytes) -> bytes:
    """Return whole lines from the first byte beyond ASCII on: an English opening says nothing about the charset."""
    beyond = _BEYOND_ASCII.search(content)
    start = content.rfind(b"\n", 0, beyond.start() if beyond else 0) + 1
    sample = content[start : start + _SAMPLE_BYTES]
    # A newline is never half a character in the charsets that statistics can tell.
    return sample if start + len(sample) == len(content) else sample[: sample.rfind(b"\n") + 1] or sample
