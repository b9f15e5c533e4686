"""Splits files into messages between control characters, as agencies have sent them since the teleprinter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from copytaster.errors import RefusedError
from copytaster.parsing.charset.decoding import Decoded, clean, decode, peek
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft, Item

SOH, STX, ETX = b"\x01", b"\x02", b"\x03"
"""Start of the header, start of the text, end of the text."""

_BEFORE = re.compile(rb"[\s\x00\x16\x7f]*\x01")
"""Blanks, fillers of synchronous lines, and the DEL of paper tape, which punches out any other character."""

_TELETYPE_LINES = re.compile(r"^(?:ZCZC\b.*|NNNN\s*)(?:\n|\Z)", re.MULTILINE)
_SHIFTS = re.compile(rb"[\x0e-\x1f\x7f]")
"""Control codes within a line (fonts, tabs, separators), which separate words."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: header, text and trailer, decoded, with line feeds and without control codes."""

    header: str
    text: str
    trailer: str
    decoded: Decoded


def header_of(original: Original, stripped: re.Pattern[str]) -> str | None:
    """Return the first message's header; None if the file does not begin like a message.

    ``stripped`` matches the header of messages whose control codes were removed by a gateway.
    """
    start = _BEFORE.match(original.head)
    if start is None:
        match = stripped.match(_stripped_head(original.head))
        return match.group() if match else None
    return _plain(original.head[start.end() :].partition(STX)[0][:500], "latin-1")


@lru_cache(maxsize=1)
def _stripped_head(head: bytes) -> str:
    """Return the beginning of a file without fillers; the parsers of two formats read it one after the other."""
    return _without_fillers(peek(head))


def messages_of(original: Original, stripped: re.Pattern[str]) -> Iterator[Message]:
    """Yield the file's messages in order; a message without an end mark ends with the file."""
    content = original.content
    decoded = decode(content)
    if not _BEFORE.match(original.head):
        yield from _stripped_messages(decoded, stripped)
        return
    for part in content.split(SOH)[1:]:
        header, _, rest = part.partition(STX)
        text, _, trailer = rest.partition(ETX)
        charset = decoded.charset
        yield Message(_plain(header, charset), _plain(text, charset), _plain(trailer, charset), decoded)


def _stripped_messages(decoded: Decoded, stripped: re.Pattern[str]) -> Iterator[Message]:
    """Yield the messages of a text without control codes: each begins with a header and ends before the next one."""
    text = _without_fillers(decoded.text)
    headers = list(stripped.finditer(text))
    starts = [*(header.start() for header in headers), len(text)]
    for header, (_, end) in zip(headers, pairwise(starts), strict=True):
        yield Message(header.group(), text[header.end() : end], "", decoded)


def _without_fillers(text: str) -> str:
    """Return a text with line feeds from its first visible character or indent on, without ``ZCZC`` and ``NNNN``."""
    text = clean(text).replace("\x7f", "")
    return _TELETYPE_LINES.sub("", text).lstrip("\n")


def items_of(original: Original, stripped: re.Pattern[str], read: Callable[[Message], Draft]) -> Iterator[Item]:
    """Yield the draft that ``read`` returns for each message; a message without text is a bad item.

    Raises ``RefusedError`` (``no_text``) for a single message without text.
    """
    messages = list(messages_of(original, stripped))
    for number, message in enumerate(messages, start=1):
        try:
            yield read(message)
        except RefusedError as error:
            if len(messages) == 1:
                raise
            yield BadItem.of(f"message {number}", error)


def daily_id(builder: DraftBuilder, service: str, number: str, day: date | None = None) -> str | None:
    """Return an id of a message; None without its date, since a service begins its numbers again each day.

    ``day`` is that of the service, if it is known; else the day of publication counts.
    """
    published = builder.get("published_at")
    return f"{service.lower()}:{(day or published.date()).isoformat()}:{number}" if published else None


def _plain(part: bytes, charset: str) -> str:
    # Tabs remain: they indent paragraphs.
    return clean(_SHIFTS.sub(b" ", part.replace(b"\x08", b" ")).decode(charset, errors="replace"))
