"""Compressed RTF, as Outlook stores the text of a mail: LZFu of [MS-OXRTFCP]."""

from __future__ import annotations

LARGEST = 16 * 1024 * 1024
"""Bytes of RTF that are unpacked; a longer text is beyond the limit for texts too."""

_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_HEADER = 16
_WINDOW = 4096

_FIRST_WORDS = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""The text with which the dictionary begins ([MS-OXRTFCP] 2.1.2.1)."""


def unpacked(content: bytes) -> bytes:
    """Return the RTF, at most ``LARGEST`` bytes; what is there of a stream that is cut off, empty for other bytes.

    The checksum is not compared, since a damaged text is better than none.
    """
    kind, size = content[8:12], min(int.from_bytes(content[4:8], "little"), LARGEST)
    if kind == _PLAIN:
        return content[_HEADER : _HEADER + size]
    return bytes(_decoded(content, size)) if kind == _COMPRESSED else b""


def _decoded(content: bytes, size: int) -> bytearray:
    # The output behind the first words is the dictionary: a reference names a place in the last 4,096 bytes.
    output, at, first = bytearray(_FIRST_WORDS), _HEADER, len(_FIRST_WORDS)
    while len(output) - first < size and at < len(content):
        control, at = content[at], at + 1
        for bit in range(8):
            if not control >> bit & 1:
                output += content[at : at + 1]
                at += 1
                continue
            reference, at = int.from_bytes(content[at : at + 2], "big"), at + 2
            distance = (len(output) - (reference >> 4)) % _WINDOW
            if not distance or at > len(content):
                return output[first : first + size]
            for _ in range((reference & 0xF) + 2):
                output.append(output[-distance] if distance <= len(output) else 0x20)
    return output[first : first + size]
