"""What the main process of the API and its reading processes send each other, and how it is framed.

A frame is two lengths of four bytes, an object of JSON, and bytes: those of an answer's body.
"""

from __future__ import annotations

import asyncio
import json
import struct
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

AT_ONCE = 2
"""Requests on which a process works at the same time: while one waits for the server, the other one computes."""

_LENGTHS = struct.Struct("!II")

BUFFER = 1 << 20
"""Bytes that a stream keeps: more than most answers, so that one is read without pauses."""


@dataclass(frozen=True, slots=True)
class ReadingRequest:
    """A request that only reads: equal ones have equal answers. ``headers`` are those that the answer depends on.

    ``sources`` are those to which its caller is restricted; none means all.
    """

    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """A request on its way: its number, its id for logs and problems, and the seconds in which it must be answered."""

    number: int
    request: ReadingRequest
    request_id: str
    seconds: float

    def packed(self) -> bytes:
        """Return the frame."""
        return pack(asdict(self))


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""


def transfer_of(fields: dict[str, Any]) -> Transfer:
    """Return the request of a frame."""
    request = fields["request"]
    headers = tuple((name, value) for name, value in request["headers"])
    return Transfer(
        fields["number"],
        ReadingRequest(request["path"], request["query"], headers, tuple(request["sources"])),
        fields["request_id"],
        fields["seconds"],
    )


def pack_answer(number: int, answer: Answer) -> bytes:
    """Return the frame of an answer."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers]
    return pack({"number": number, "status": answer.status, "headers": headers}, answer.body)


def pack_failure(number: int) -> bytes:
    """Return the frame that says that there is no answer because of a fault of the program."""
    return pack({"number": number, "status": None})


def answer_of(fields: dict[str, Any], body: bytes) -> Answer | None:
    """Return the answer of a frame; None if it says that there is none."""
    if fields["status"] is None:
        return None
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields["headers"]]
    return Answer(fields["status"], headers, body)


def pack(fields: dict[str, Any], body: bytes = b"") -> bytes:
    """Return a frame."""
    head = json.dumps(fields, separators=(",", ":")).encode()
    return b"".join([_LENGTHS.pack(len(head), len(body)), head, body])


async def read_frame(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """Return the object and the bytes of the next frame. Raises ``IncompleteReadError`` at the end."""
    head, body = _LENGTHS.unpack(await reader.readexactly(_LENGTHS.size))
    fields = json.loads(await reader.readexactly(head))
    return fields, await reader.readexactly(body) if body else b""


async def end(writer: asyncio.StreamWriter) -> None:
    """Close a connection, of which the other side may have ended."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
