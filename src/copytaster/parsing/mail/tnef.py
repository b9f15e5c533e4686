"""TNEF (``winmail.dat``): the text of a mail as Outlook attaches it, read from the attributes of [MS-OXTNEF]."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from copytaster.parsing.mail.compressed_rtf import unpacked

_SIGNATURE = b"\x78\x9f\x3e\x22"
_MESSAGE = 1
_BODY, _PROPERTIES, _CODE_PAGE = 0x800C, 0x9003, 0x9007
"""Attributes of a message: the plain text, the properties of MAPI, and the code page of strings."""

_PLAIN, _RTF, _HTML, _HTML_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
"""Properties of MAPI ([MS-OXPROPS]): PidTagBody, PidTagRtfCompressed, PidTagHtml, PidTagInternetCodepage."""

_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
"""Bytes of a value of each type with a fixed length, with its padding to a multiple of four."""

_STRING, _UNICODE, _SEVERAL = 30, 31, 0x1000
_VARIABLE = frozenset([13, _STRING, _UNICODE, 258])
_NAMED = 0x8000
"""The lowest id of a property that a name identifies."""

_CHARSETS = {65001: "utf-8", 20127: "us-ascii", 20866: "koi8-r", 51932: "euc-jp", 51949: "euc-kr", 50220: "iso-2022-jp"}
_ISO_8859 = range(28591, 28606)


@dataclass(frozen=True, slots=True)
class TnefText:
    """The bytes of a text, its kind (``plain``, ``html`` or ``rtf``), and the charset that is stated, if any."""

    raw: bytes
    kind: str
    charset: str | None = None


@dataclass(slots=True)
class _Stream:
    """Reads numbers and bytes in order. ``EOFError`` behind the end."""

    content: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        start, self.at = self.at, self.at + count
        if self.at > len(self.content):
            raise EOFError
        return self.content[start : self.at]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self, count: int) -> bytes:
        value = self.take(count)
        self.take(-count % 4)
        return value


def read_tnef(content: bytes) -> TnefText | None:
    """Return the text of a message: plain text, else HTML, else RTF; None without one, and for other bytes.

    Linear in the size. Of a stream that is cut off or damaged, what stands before the damage is read.
    """
    if not content.startswith(_SIGNATURE):
        return None
    found: dict[int, TnefText] = {}
    charsets: dict[int, str] = {}
    # A stream may be cut off anywhere.
    with suppress(EOFError):
        for name, kind, raw in _values(_Stream(content, len(_SIGNATURE) + 2)):
            if name in {_CODE_PAGE, _HTML_CODE_PAGE}:
                charsets.setdefault(name, _charset(int.from_bytes(raw[:4], "little")))
            elif text := _text(name, kind, raw):
                found.setdefault(name, text)
    for name in (_PLAIN, _BODY, _HTML, _RTF):
        if (text := found.get(name)) and text.raw.strip(b"\0 \t\r\n"):
            stated = charsets.get(_HTML_CODE_PAGE if name == _HTML else _CODE_PAGE)
            return replace(text, charset=text.charset or stated)
    return None


def _values(stream: _Stream) -> Iterator[tuple[int, int, bytes]]:
    """Yield id, type and value of the attributes and properties of the message."""
    for name, value in _attributes(stream):
        if name == _PROPERTIES:
            yield from _properties(_Stream(value))
        else:
            yield name, _STRING, value


def _attributes(stream: _Stream) -> Iterator[tuple[int, bytes]]:
    """Yield the attributes of the message; those of its attachments end them."""
    while stream.number(1) == _MESSAGE:
        attribute, _ = stream.number(2), stream.number(2)
        yield attribute, stream.take(stream.number())
        stream.take(2)  # the checksum


def _properties(stream: _Stream) -> Iterator[tuple[int, int, bytes]]:
    """Yield id, type and first value of the properties."""
    for _ in range(stream.number()):
        kind, name = stream.number(2), stream.number(2)
        if name >= _NAMED:
            stream.take(16)
            # Either a number or a name in UTF-16.
            stream.take(4) if not stream.number() else stream.padded(stream.number())
        yield name, kind & ~_SEVERAL, _value(stream, kind)


def _value(stream: _Stream, kind: int) -> bytes:
    single = kind & ~_SEVERAL
    count = stream.number() if kind & _SEVERAL or single in _VARIABLE else 1
    if single in _VARIABLE:
        values = [stream.padded(stream.number()) for _ in range(count)]
        return values[0] if values else b""
    if single not in _FIXED:
        # Without its length, the properties behind it cannot be found.
        raise EOFError
    size = _FIXED[single]
    return stream.take(size * count)[:size]


def _text(name: int, kind: int, raw: bytes) -> TnefText | None:
    if name == _RTF:
        return TnefText(unpacked(raw), "rtf")
    if name not in {_PLAIN, _BODY, _HTML}:
        return None
    text = "html" if name == _HTML else "plain"
    if kind == _UNICODE:
        # Without the zero at its end, which is half a character among these bytes.
        return TnefText(raw.decode("utf-16-le", "replace").rstrip("\0").encode("utf-16-le"), text, "utf-16-le")
    return TnefText(raw.rstrip(b"\0"), text)


def _charset(page: int) -> str:
    return _CHARSETS.get(page) or (f"iso-8859-{page - _ISO_8859.start + 1}" if page in _ISO_8859 else f"cp{page}")
