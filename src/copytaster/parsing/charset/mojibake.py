"""Repair of mojibake: UTF-8 that was decoded as Windows-1252 or Latin-1 and saved, such as ``Ã©`` for ``é``."""

from __future__ import annotations

import re

CERTAIN_SHARE = 0.8
"""Share of the non-ASCII characters that must belong to such sequences. The rest may have been typed later."""

LEAST_WEIGHT = 3
"""Characters in such sequences: one accented letter proves nothing, two letters or a quotation mark are enough."""

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
        weight += len(sequence.group())
        return character

    if not _SEQUENCE.search(text):
        return None
    found = _SEQUENCE.sub(decoded, text)
    beyond = sum(len(each) for each in _BEYOND_ASCII.findall(text))
    return found if weight >= LEAST_WEIGHT and weight >= CERTAIN_SHARE * beyond else None
