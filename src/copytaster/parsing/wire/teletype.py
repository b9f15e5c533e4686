"""Splits files into messages between control characters, as agencies have sent them since the teleprinter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from copytaster.errors import RefusedError
from copytaster.parsing.charset.decoding import Decoded, clean, decode
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft, Item

SOH, STX, ETX = b"\x01", b"\x02", b"\x03"
"""Start of the header, start of the text, end of the text."""

_BEFORE = re.compile(rb"[\s\x00\x16]*\x01")
_SHIFTS = re.compile(rb"[\x0e-\x1f\x7f]")
"""Control codes within a line (fonts, tabs, separators), which separate words."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: header, text and trailer, decoded, with line feeds and without control codes."""

    header: str
    text: str
    trailer: str
    decoded: Decoded


def header_of(original: Original) -> str | None:
    """Return the first message's header; None if the file does not begin like a message."""
    start = _BEFORE.match(original.head)
    if start is None:
        return None
    return _plain(original.head[start.end() :].partition(STX)[0][:500], "latin-1")


def messages_of(original: Original) -> Iterator[Message]:
    """Yield the file's messages in order; a message without an end mark ends with the file."""
    content = original.content
    decoded = decode(content)
    for part in content.split(SOH)[1:]:
        header, _, rest = part.partition(STX)
        text, _, trailer = rest.partition(ETX)
        charset = decoded.charset
        yield Message(_plain(header, charset), _plain(text, charset), _plain(trailer, charset), decoded)


def items_of(original: Original, read: Callable[[Message], Draft]) -> Iterator[Item]:
    """Yield the draft that ``read`` returns for each message; a message without text is a bad item.

    Raises ``RefusedError`` (``no_text``) for a single message without text.
    """
    messages = list(messages_of(original))
    for number, message in enumerate(messages, start=1):
        try:
            yield read(message)
        except RefusedError as error:
            if len(messages) == 1:
                raise
            yield BadItem.of(f"message {number}", error)


def daily_id(builder: DraftBuilder, service: str, number: str) -> str | None:
    """Return an id of a message; None without its date, since a service begins its numbers again each day."""
    published = builder.get("published_at")
    return f"{service.lower()}:{published.date().isoformat()}:{number}" if published else None


def _plain(part: bytes, charset: str) -> str:
    # Tabs remain: they indent paragraphs.
    return clean(_SHIFTS.sub(b" ", part.replace(b"\x08", b" ")).decode(charset, errors="replace"))
