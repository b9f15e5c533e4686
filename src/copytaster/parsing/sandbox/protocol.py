"""What the two processes say to each other: frames of JSON over a socket, and the file as a descriptor."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.parser import BadItem
from copytaster.parsing.reading import Position, Reading

_LENGTH = struct.Struct("!I")

LARGEST_REQUEST = 65_536
"""Bytes: a request holds a path and some numbers."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which file to read (its descriptor comes along), and after which position."""

    name: str
    now: datetime
    limits: Limits
    after: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of: a position that is begun, a reading, an error that ends the file; the end where all are None."""

    begun: Position | None = None
    reading: Reading | None = None
    reason: Reason | None = None
    message: str = ""
    refused: bool = False

    @classmethod
    def of(cls, error: PermanentError) -> Answer:
        """Return the answer that tells of an error."""
        return cls(reason=error.reason, message=error.message, refused=isinstance(error, RefusedError))

    def in_whole_characters(self) -> Answer:
        """Return the same without half characters (lone surrogates), which no text has and UTF-8 cannot write."""
        reading = self.reading
        if reading is None:
            return replace(self, message=_whole(self.message))
        item = reading.item
        told = item.message if isinstance(item, BadItem) else "its text has half characters (lone surrogates)"
        refused = item.refused if isinstance(item, BadItem) else True
        reason = item.reason if isinstance(item, BadItem) else Reason.PARSE_FAILED
        bad = BadItem(_whole(reading.locator), reason, _whole(told), refused)
        return replace(self, reading=Reading(reading.position, _whole(reading.locator), bad, None))

    def error(self) -> PermanentError | None:
        """Return the error, None where there is none."""
        if self.reason is None:
            return None
        return (RefusedError if self.refused else PermanentError)(self.reason, self.message)


NEXT, STOP = b"n", b"s"
"""After each reading the reader asks for the next one, or has had enough."""

REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def send_request(line: socket.socket, request: Request, descriptor: int) -> None:
    """Send a request with an open file. Raises ``OSError`` when the other side is gone."""
    socket.send_fds(line, [REQUEST.dump_json(request)], [descriptor])


def receive_request(line: socket.socket) -> tuple[Request, int] | None:
    """Wait for a request and return it with the file's descriptor; None when the other side is gone."""
    message, descriptors, _, _ = socket.recv_fds(line, LARGEST_REQUEST, 1)
    return (REQUEST.validate_json(message), descriptors[0]) if message else None


def send_answer(line: socket.socket, answer: Answer) -> None:
    """Send an answer; an item that has half characters becomes a bad item. Raises ``OSError`` when nobody listens."""
    try:
        content = ANSWER.dump_json(answer)
    except PydanticSerializationError:
        content = ANSWER.dump_json(answer.in_whole_characters())
    line.sendall(_LENGTH.pack(len(content)) + content)


def receive_answer(line: socket.socket) -> Answer | None:
    """Return the next answer; None when the other side is gone. Raises ``TimeoutError`` after the socket's timeout."""
    head = _receive(line, _LENGTH.size)
    content = _receive(line, _LENGTH.unpack(head)[0]) if head else None
    return ANSWER.validate_json(content) if content else None


def _receive(line: socket.socket, size: int) -> bytes | None:
    content = bytearray()
    while len(content) < size:
        piece = line.recv(min(size - len(content), 1024 * 1024))
        if not piece:
            return None
        content += piece
    return bytes(content)


def _whole(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode("utf-8")
