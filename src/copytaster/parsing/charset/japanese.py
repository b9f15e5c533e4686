"""EUC-JP and ISO-2022-JP with the extensions of NEC and IBM, as browsers decode them (WHATWG Encoding, 12.1 and 12.2).

Python's codecs of these names know only the standard characters, and those for JIS X 0213 have other characters in some
of the places. Importing this module registers the codecs ``eucjp_ms`` and ``iso2022_jp_ms``.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

EUC, ISO_2022 = "eucjp_ms", "iso2022_jp_ms"
"""Names of the codecs. Both decode pairs by Windows-31J, which has the extensions."""

_EUC_CHARACTER = re.compile(rb"[\x00-\x7f]+|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|[\xa1-\xfe]{2}|.", re.DOTALL)

_ESCAPE = re.compile(rb"\x1b(?:\([BJIH]|\$\(?[@BD])|[\x0e\x0f]")
_ASCII, _KANA, _PAIRS, _SUPPLEMENT = range(4)
_STATES = {
    b"\x1b(B": _ASCII,
    b"\x1b(J": _ASCII,
    b"\x1b(H": _ASCII,
    b"\x0f": _ASCII,
    b"\x1b(I": _KANA,
    b"\x0e": _KANA,
    b"\x1b$@": _PAIRS,
    b"\x1b$B": _PAIRS,
    b"\x1b$(@": _PAIRS,
    b"\x1b$(B": _PAIRS,
    b"\x1b$(D": _SUPPLEMENT,
    b"\x1b$D": _SUPPLEMENT,
}
"""The sets of characters that the codes switch to. JIS X 0201 differs from ASCII in two signs, as which it is read."""


def _euc_text(content: bytes) -> Iterator[str]:
    for found in _EUC_CHARACTER.finditer(content):
        character = found.group()
        if character[0] < 0x80:  # noqa: PLR2004 - the end of ASCII
            yield character.decode("ascii")
        elif character[0] in {0x8E, 0x8F} and len(character) > 1:
            yield character.decode("euc_jp", "replace")
        else:
            yield _pair(character, 0x80) if len(character) > 1 else "\ufffd"


def _iso_2022_text(content: bytes) -> Iterator[str]:
    state, at = _ASCII, 0
    for code in (*_ESCAPE.finditer(content), None):
        yield from _run(content[at : code.start() if code else len(content)], state)
        if code:
            state, at = _STATES.get(code.group(), _ASCII), code.end()


def _run(run: bytes, state: int) -> Iterator[str]:
    """Yield the characters of a run; a line end switches back to ASCII, as it does where the code was forgotten."""
    for number, line in enumerate(run.splitlines(keepends=True)):
        words = line.rstrip(b"\r\n")
        if state == _ASCII or number:
            # Bytes above ASCII are half-width kana, which old programs wrote in eight bits.
            yield words.decode("shift_jis", "replace") if not words.isascii() else words.decode("ascii")
        elif state == _KANA:
            yield bytes(byte | 0x80 for byte in words).decode("shift_jis", "replace")
        else:
            yield from _pairs_of(words, state)
        yield line[len(words) :].decode("ascii")


def _pairs_of(words: bytes, state: int) -> Iterator[str]:
    for at in range(0, len(words), 2):
        pair = words[at : at + 2]
        if state == _SUPPLEMENT:
            yield (b"\x8f" + bytes(byte | 0x80 for byte in pair)).decode("euc_jp", "replace")
        else:
            yield _pair(pair, 0)


def _pair(pair: bytes, offset: int) -> str:
    """Return the character in a row and cell, each counted from ``offset`` and 0x21."""
    row, cell = pair[0] - offset - 0x21, (pair[1] - offset - 0x21) if len(pair) > 1 else -1
    if not (0 <= row < 94 and 0 <= cell < 94):  # noqa: PLR2004 - rows and cells of JIS X 0208
        return "\ufffd"
    lead, trail = row // 2, cell + (94 if row % 2 else 0)
    # Shift_JIS leaves out the bytes of half-width kana in the first byte, and 0x7F in the second.
    lead += 0x81 if lead < 0x1F else 0xC1  # noqa: PLR2004
    trail += 0x40 if trail < 0x3F else 0x41  # noqa: PLR2004
    return bytes([lead, trail]).decode("cp932", "replace")


def _codec(name: str) -> codecs.CodecInfo | None:
    readers = {EUC: (_euc_text, "euc_jp"), ISO_2022: (_iso_2022_text, "iso2022_jp_ext")}
    if name not in readers:
        return None
    read, standard = readers[name]

    def decode(content: Any, errors: str = "strict", /) -> tuple[str, int]:
        raw = bytes(content)
        text = "".join(read(raw))
        if errors == "strict" and "\ufffd" in text:
            raise UnicodeDecodeError(name, raw, 0, len(raw), "it has bytes that are no characters")
        return (text.replace("\ufffd", "") if errors == "ignore" else text), len(raw)

    return codecs.CodecInfo(encode=codecs.getencoder(standard), decode=decode, name=name)


codecs.register(_codec)
