"""Recognises UTF-16 and UTF-32 without a byte order mark by the positions of their NULs."""

from __future__ import annotations

import re
import unicodedata

_NOT_ASSIGNED = {"Cn", "Co", "Cs"}
"""Unicode categories of code points that are no characters, or private ones."""

_NOT_ASSIGNED_SHARE = 0.01
"""Share of such code points that a text may have: scripts that are newer than Python's tables are rare in the news."""

_SAMPLE_BYTES = 32_768
"""Bytes in which NULs are counted: enough for a share, and a bounded time."""

_UTF16_NUL_SHARE = 0.25
"""Share of NULs among the first or the second bytes of pairs. In UTF-16 the high bytes of Latin letters are NULs."""

_CONTROL_BYTES = bytes([*range(0x01, 0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_PRINTABLE_BYTES = bytes([*b"\t\n\f\r", *range(0x20, 0x7F)])

_WIDE_CONTROLS = 0.01
"""Least share of control codes among the bytes of UTF-16 in other scripts than Latin: Korean has .02, Greek .4."""

_WIDE_PRINTABLE = 0.75
"""Largest share of printable ASCII among these bytes: Japanese has .7; a wire message with control codes has .85."""

_WIDE_ASCII = 0.7
"""Least share of ASCII among the characters with NULs: spaces and digits are more frequent than signs of Latin-1."""

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd]")
"""Characters that no text has."""


def wide_by_nuls(content: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the positions of the NULs in a text without a mark show it, else None."""
    sample = content[: _SAMPLE_BYTES // 8 * 4]
    if len(content) % 2 or b"\x00" not in sample:
        return None
    if len(content) % 4 == 0:
        found = next((name for name in ("utf-32-le", "utf-32-be") if decodes(sample, name)), None)
        if found and _is_assigned(sample.decode(found)):
            return found if decodes(content, found) else None
    pairs = len(sample) // 2
    if pairs < 2:  # noqa: PLR2004 - one pair proves nothing
        return None
    even, odd = sample[0::2].count(0) / pairs, sample[1::2].count(0) / pairs
    charset = "utf-16-le" if odd > even else "utf-16-be"
    is_latin = max(even, odd) >= _UTF16_NUL_SHARE and min(even, odd) <= _UTF16_NUL_SHARE / 10
    if not (is_latin or _is_wide_text(sample, charset)):
        return None
    return charset if decodes(content, charset) else None


def _is_wide_text(sample: bytes, charset: str) -> bool:
    """Say whether bytes that are no text in any charset of single bytes are one in ``charset``, beyond Latin script.

    Only its spaces, digits and line ends have NULs. Its other bytes are control codes and letters by chance.
    """
    controls = len(sample) - len(sample.translate(None, _CONTROL_BYTES))
    printable = len(sample) - len(sample.translate(None, _PRINTABLE_BYTES))
    if controls < _WIDE_CONTROLS * len(sample) or printable > _WIDE_PRINTABLE * len(sample):
        return False
    text = sample.decode(charset, errors="ignore")
    narrow = sum(character <= "\xff" for character in text)
    ascii_ = sum(map(str.isascii, text))
    if ascii_ < _WIDE_ASCII * narrow or _CONTROLS.search(text):
        return False
    return any(map(text.__contains__, " \n")) and _is_assigned(text)


def _is_assigned(text: str) -> bool:
    """Say whether nearly all are assigned characters: of all code points three in four are not."""
    others = sum(unicodedata.category(character) in _NOT_ASSIGNED for character in text)
    return others <= len(text) * _NOT_ASSIGNED_SHARE


def decodes(content: bytes, charset: str) -> bool:
    """Say whether all bytes are valid in a charset of Python; False for an unknown one."""
    try:
        content.decode(charset)
    except (ValueError, LookupError):  # LookupError: codecs that are not charsets, such as "hex"
        return False
    return True
