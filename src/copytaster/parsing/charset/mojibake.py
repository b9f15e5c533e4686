"""Text that was UTF-8, was read as cp1252 or latin-1, and was written again: ``Ã©`` for ``é``; and back."""

from __future__ import annotations

import re

CERTAIN_SHARE = 0.8
"""Of the characters beyond ASCII that must belong to such sequences: the rest is what somebody typed later."""

LEAST_WEIGHT = 3
"""Characters in such sequences: one accented letter proves nothing, a quotation mark or two letters do."""

MOST_ROUNDS = 2
"""Some systems have done it twice; nobody has been seen to do it three times."""

_HIGH = {
    byte: bytes([byte]).decode("cp1252", errors="ignore") or chr(byte)  # the five undefined ones stay control codes
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


def mended(text: str) -> str | None:
    """Return what ``text`` was before it was misread, None unless that is certain. Linear in the size."""
    better = None
    for _ in range(MOST_ROUNDS):
        once = _once(text)
        if once is None:
            break
        better = text = once
    return better


def _once(text: str) -> str | None:
    weight = 0

    def whole(sequence: re.Match[str]) -> str:
        nonlocal weight
        try:
            character = bytes(map(_BYTES.__getitem__, sequence.group())).decode()
        except UnicodeDecodeError:  # an overlong form, or half of a surrogate pair
            return sequence.group()
        weight += len(sequence.group())
        return character

    if not _SEQUENCE.search(text):
        return None
    found = _SEQUENCE.sub(whole, text)
    beyond = sum(len(each) for each in _BEYOND_ASCII.findall(text))
    return found if weight >= LEAST_WEIGHT and weight >= CERTAIN_SHARE * beyond else None
