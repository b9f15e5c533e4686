"""The protocol between reader and sandbox process: JSON frames over a socket, and the file as a descriptor."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from copytaster.errors import PermanentError, RefusedError, TransientError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.outage import Resource
from copytaster.parsing.parser import BadItem
from copytaster.parsing.reading import Position, Reading

_LENGTH = struct.Struct("!I")

LARGEST_REQUEST = 65_536
"""Bytes: a request has a path and some numbers."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to read a file after a position; the file's descriptor is sent with it."""

    name: str
    now: datetime
    limits: Limits
    after: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonRequest:
    """A request to read several plain files, which is answered by one message; their descriptors are sent with it."""

    names: tuple[str, ...]
    now: datetime
    limits: Limits


MAX_TOGETHER = 20
"""Files of a common request: a full message of the watcher."""

LONGEST_COMMON_NAME = 500
"""Characters of a name in a common request, so that the names of all its files, escaped, are within the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One of: a position that is being read, a reading, or the file's final error. All None: the end of the file.

    A position that is being read of ``START`` is progress before the first or next item.

    ``outage`` is the message if the file could not be read because of the machine, ``resource`` what was unavailable.
    """

    begun: Position | None = None
    reading: Reading | None = None
    reason: Reason | None = None
    message: str = ""
    refused: bool = False
    outage: str | None = None
    resource: Resource = Resource.WORKER

    @classmethod
    def of(cls, error: PermanentError | TransientError) -> Answer:
        """Return the answer that reports an error."""
        if isinstance(error, TransientError):
            return cls(outage=str(error), resource=error.resource)
        return cls(reason=error.reason, message=error.message, refused=isinstance(error, RefusedError))

    def without_surrogates(self) -> Answer:
        """Return the answer without lone surrogates, which are no characters and have no UTF-8 form."""
        reading = self.reading
        if reading is None:
            outage = None if self.outage is None else _encodable(self.outage)
            return replace(self, message=_encodable(self.message), outage=outage)
        item = reading.item
        message = item.message if isinstance(item, BadItem) else "its text has lone surrogates, which are no characters"
        refused = item.refused if isinstance(item, BadItem) else True
        reason = item.reason if isinstance(item, BadItem) else Reason.PARSE_FAILED
        bad = BadItem(_encodable(reading.locator), reason, _encodable(message), refused)
        return replace(self, reading=Reading(reading.position, _encodable(reading.locator), bad, None))

    def error(self) -> PermanentError | TransientError | None:
        """Return the reported error, else None."""
        if self.outage is not None:
            return TransientError(self.outage, resource=self.resource)
        if self.reason is None:
            return None
        return (RefusedError if self.refused else PermanentError)(self.reason, self.message)


NEXT, STOP = b"n", b"s"
"""After each reading the reader requests the next one, or stops."""

REQUEST: TypeAdapter[Request | CommonRequest] = TypeAdapter(Request | CommonRequest)
READING: TypeAdapter[Reading] = TypeAdapter(Reading)
READINGS: TypeAdapter[list[Reading | None]] = TypeAdapter(list[Reading | None])
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def send_request(line: socket.socket, request: Request | CommonRequest, descriptors: Sequence[int]) -> None:
    """Send a request with open files. Raises ``OSError`` when the peer has closed the connection."""
    socket.send_fds(line, [REQUEST.dump_json(request)], descriptors)


def receive_request(line: socket.socket) -> tuple[Request | CommonRequest, list[int]] | None:
    """Wait for a request and return it with the descriptors of its files; None when the peer is gone.

    Descriptors are missing if this process, or the machine, has too many open files to receive them.
    """
    message, descriptors, _, _ = socket.recv_fds(line, LARGEST_REQUEST, MAX_TOGETHER)
    return (REQUEST.validate_json(message), descriptors) if message else None


def send_answer(line: socket.socket, answer: Answer) -> None:
    """Send an answer; an item with lone surrogates becomes a bad item. Raises ``OSError`` when the peer is gone."""
    try:
        content = ANSWER.dump_json(answer)
    except PydanticSerializationError:
        content = ANSWER.dump_json(answer.without_surrogates())
    _send(line, content)


def receive_answer(line: socket.socket) -> Answer | None:
    """Return the next answer, None when the peer is gone. Raises ``TimeoutError`` after the socket's timeout."""
    content = _received(line)
    return ANSWER.validate_json(content) if content else None


def send_readings(line: socket.socket, readings: Sequence[Reading | None]) -> None:
    """Send the answer to a common request; a reading with lone surrogates is left to the request for its file alone."""
    _send(line, b"[" + b",".join(map(_dumped, readings)) + b"]")


def receive_readings(line: socket.socket) -> list[Reading | None] | None:
    """Return the answer to a common request, None when the peer is gone. Raises ``TimeoutError`` and ``ValueError``."""
    content = _received(line)
    return READINGS.validate_json(content) if content else None


def _dumped(reading: Reading | None) -> bytes:
    try:
        return READING.dump_json(reading) if reading else b"null"
    except PydanticSerializationError:
        return b"null"


def _send(line: socket.socket, content: bytes) -> None:
    line.sendall(_LENGTH.pack(len(content)) + content)


def _received(line: socket.socket) -> bytes | None:
    head = _receive(line, _LENGTH.size)
    return _receive(line, _LENGTH.unpack(head)[0]) if head else None


def _receive(line: socket.socket, size: int) -> bytes | None:
    content = bytearray()
    while len(content) < size:
        piece = line.recv(min(size - len(content), 1024 * 1024))
        if not piece:
            return None
        content += piece
    return bytes(content)


def _encodable(text: str) -> str:
    return text.encode("utf-8", errors="replace").decode("utf-8")
