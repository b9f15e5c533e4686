"""Clients of the stream of events: they read the messages as a browser does, and connect again with the last id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

REQUEST = "GET /api/v1/events{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n{more}\r\n"


@dataclass(slots=True)
class EventClient:
    """One client. ``ids`` are the ids of the events that it got, ``gaps`` counts the messages that some are missing."""

    port: int
    query: str = ""
    last_id: str = ""
    ids: list[str] = field(default_factory=list)
    gaps: int = 0
    connections: int = 0
    status: int = 0
    ended_cleanly: bool = False
    _writer: asyncio.StreamWriter | None = None

    async def read_connection(self) -> None:
        """Connect, and read until the connection ends."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        try:
            more = f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
            self._writer.write(REQUEST.format(query=self.query, more=more).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            self.status = int(head.split(b" ", 2)[1])
            if self.status != HTTPStatus.OK:
                return
            self.connections += 1
            rest = b""
            async for chunk in self._chunks(reader):
                *blocks, rest = (rest + chunk).split(b"\r\n\r\n")
                for block in blocks:
                    self._take(block)
        finally:
            self._writer.close()

    async def read_for_ever(self) -> None:
        """Connect again and again."""
        while True:
            with suppress(OSError, EOFError):
                await self.read_connection()
            await asyncio.sleep(0.1)

    def drop(self) -> None:
        """End the connection, as a broken network does."""
        if self._writer:
            self._writer.transport.abort()

    async def _chunks(self, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
        while size := int(await reader.readline() or b"0", 16):
            yield (await reader.readexactly(size + 2))[:-2]
        self.ended_cleanly = (await reader.readline()) == b"\r\n"

    def _take(self, block: bytes) -> None:
        lines = block.split(b"\r\n")
        fields = dict(line.split(b": ", 1) for line in lines if not line.startswith(b":"))
        if b"id" in fields:
            self.last_id = fields[b"id"].decode()
        if fields.get(b"event") == b"gap":
            self.gaps += 1
        elif b"data" in fields:
            self.ids.append(self.last_id)
