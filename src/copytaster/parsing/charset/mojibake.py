"""Repair of mojibake: UTF-8 that was decoded as Windows-1252 or Latin-1 and saved, such as ``Ã©`` for ``é``."""

from __future__ import annotations

import re

CERTAIN_SHARE = 0.8
"""Share of the non-ASCII characters that must belong to such sequences. The rest may have been typed later."""

LEAST_WEIGHT = 3
"""Characters in such sequences: one accented letter proves nothing, two letters or a quotation mark are enough."""

_IN_USE = re.compile(
    "[\u0080-\u017f\u0192\u01a0\u01a1\u01af\u01b0\u01cd-\u01dc\u0218-\u021b\u0259\u02bb-\u02bf\u02c6-\u02dd\u0300-\u0303"
    "\u0370-\u0556\u0561-\u0587\u05b0-\u06ff\u0900-\u0dff\u0e00-\u0eff\u0f00-\u0fff\u1000-\u10ff\u1100-\u13ff\u1780-\u17ff"
    "\u1e00-\u1fff\u2000-\u22ff\u2460-\u27bf\u3000-\u30ff\u3130-\u318f\u4e00-\u9fff\uac00-\ud7a3\ufb00-\ufb4f\ufe0f"
    "\ufeff\uff00-\uffee\U0001f000-\U0001faff\U00020000-\U0002fa1f]"
)
"""Characters of the scripts in which news is written, punctuation and pictures. A sequence that would become another
character was typed: ``SANTÉ`` before a no-break space would become ``SANTɠ``."""

MAX_ROUNDS = 2
"""Some systems decode wrongly twice in a row; three times has not been observed."""

_HIGH = {
    byte: bytes([byte]).decode("cp1252", errors="ignore")
    or chr(byte)  # the five undefined bytes become control codes, as in browsers
    for byte in range(0x80, 0x100)
}
_BYTES = {character: byte for byte, character in _HIGH.items()} | {chr(byte): byte for byte in range(0x80, 0x100)}


def _any_of(first: int, last: int) -> str:
    both = {_HIGH[byte] for byte in range(first, last + 1)} | {chr(byte) for byte in range(first, last + 1)}
    return f"[{re.escape(''.join(sorted(both)))}]"


_NEXT = _any_of(0x80, 0xBF)
_SEQUENCE = re.compile(
    f"{_any_of(0xC2, 0xDF)}{_NEXT}|{_any_of(0xE0, 0xEF)}{_NEXT}{{2}}|{_any_of(0xF0, 0xF4)}{_NEXT}{{3}}"
)
_OTHER_LETTER = re.compile("(?![\u1e00-\u1eff])[\u0370-\U0002fa1f]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")


def repair(text: str) -> str | None:
    """Return the original of ``text``, or None if it is not certain that ``text`` is mojibake. Linear in the size."""
    repaired = None
    for _ in range(MAX_ROUNDS):
        once = _repair_once(text)
        if once is None:
            break
        repaired = text = once
    return repaired


def _repair_once(text: str) -> str | None:
    weight = 0

    def decoded(sequence: re.Match[str]) -> str:
        nonlocal weight
        try:
            character = bytes(map(_BYTES.__getitem__, sequence.group())).decode()
        except UnicodeDecodeError:  # an overlong sequence or a surrogate
            return sequence.group()
        if not _IN_USE.match(character) or _breaks_a_word(sequence, character):
            return sequence.group()
        weight += len(sequence.group())
        return character

    if not _SEQUENCE.search(text):
        return None
    found = _SEQUENCE.sub(decoded, text)
    beyond = sum(len(each) for each in _BEYOND_ASCII.findall(text))
    return found if weight >= LEAST_WEIGHT and weight >= CERTAIN_SHARE * beyond else None


def _breaks_a_word(sequence: re.Match[str], character: str) -> bool:
    """Return whether the character would continue a word in Latin letters in another script.

    The accent of ``café`` and two no-break spaces behind it would become a Chinese character.
    """
    before = sequence.string[max(0, sequence.start() - 1) : sequence.start()]
    return character.isalpha() and bool(_OTHER_LETTER.match(character)) and before.isascii() and before.isalpha()
