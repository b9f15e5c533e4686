"""Reads a snapshot from the server in the way in which a replica gets one."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from copytaster.errors import CommandRefusedError
from copytaster.store.ports.snapshot import ServerKind
from copytaster.store.redis.client import text, transient_errors, unavailable

CHUNK_BYTES = 256 * 1024

SILENCE_SECONDS = 60.0
"""While the server prepares a snapshot it sends an empty line each second, and then the snapshot without a pause."""

MARK_BYTES = 40
"""The length of the mark that ends a snapshot whose length the server does not know before."""

HEADER = re.compile(rb"\$(?:EOF:(?P<mark>.{40})|(?P<size>\d+))")

PREPARATIONS = (("REPLCONF", "capa", "eof"), ("REPLCONF", "rdb-only", "1"))
"""The server may send the snapshot from memory, without its disk, and need not keep what changes afterwards."""


class RedisSnapshotSource:
    """Implements ``SnapshotSource``.

    The server copies itself by a fork, as for its own files: its memory grows by what changes meanwhile. By default it
    waits five seconds for further replicas first.
    """

    def __init__(self, client: Redis) -> None:
        self._client = client

    def kind(self) -> ServerKind:
        """Return product and version; see ``SnapshotSource.kind``."""
        return server_kind(self._client)

    def read(self) -> Iterator[bytes]:
        """Yield the snapshot; see ``SnapshotSource.read``."""
        with own_connection(self._client) as stream, _translated():
            stream.settimeout(SILENCE_SECONDS)
            stream.sendall(b"SYNC\r\n")
            header, rest = _header(stream)
            yield from (
                _sized(stream, rest, int(header["size"])) if header["size"] else _marked(stream, rest, header["mark"])
            )


def server_kind(client: Redis) -> ServerKind:
    """Return the product and the version of a server. Raises ``TransientError``."""
    with transient_errors():
        info: Any = client.info("server")
    if version := info.get("valkey_version"):
        return ServerKind(name="valkey", version=text(version))
    return ServerKind(name=text(info.get("server_name", "redis")), version=text(info["redis_version"]))


@contextmanager
def own_connection(client: Redis) -> Iterator[socket.socket]:
    """Yield the socket of a new connection, which is closed at the end. Raises ``TransientError``."""
    connection: Any = client.connection_pool.make_connection()
    try:
        with transient_errors():
            connection.connect()
            for each in PREPARATIONS:
                connection.send_command(*each)
                try:
                    connection.read_response()
                except ResponseError as error:
                    _refuse_without_permission(error)
        # The library has no public way to read a reply piece by piece, and a snapshot does not fit into memory.
        yield connection._sock  # noqa: SLF001
    finally:
        connection.disconnect()


def _refuse_without_permission(error: ResponseError) -> None:
    """Raise ``CommandRefusedError`` if the user lacks a permission; an older server does not know all options."""
    if "NOPERM" in str(error) or "no permissions" in str(error):
        raise CommandRefusedError(f"{_PERMISSIONS}: {error}") from error


_PERMISSIONS = "a backup needs the permissions +replconf, +sync and +info on the Redis server"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OSError, RedisError) as error:
        raise unavailable("reading a snapshot from the Redis server failed", error) from error


def _header(stream: socket.socket) -> tuple[re.Match[bytes], bytes]:
    """Return the line in front of the snapshot, and the bytes behind it that have arrived already."""
    received = b""
    while True:
        received = (received + _received(stream)).lstrip(b"\r\n")
        line, newline, rest = received.partition(b"\n")
        if not newline:
            continue
        if header := HEADER.match(line):
            return header, rest
        reply = line.decode(errors="replace").strip().lstrip("-")
        hint = f"{_PERMISSIONS}; " if reply.startswith("NOPERM") else ""
        raise CommandRefusedError(f"the Redis server gives no snapshot: {hint}{reply}")


def _received(stream: socket.socket) -> bytes:
    chunk = stream.recv(CHUNK_BYTES)
    if not chunk:
        raise ConnectionError("the server closed the connection")
    return chunk


def _sized(stream: socket.socket, rest: bytes, size: int) -> Iterator[bytes]:
    while True:
        chunk, size = rest[:size], size - len(rest[:size])
        yield chunk
        if not size:
            return
        rest = _received(stream)


def _marked(stream: socket.socket, rest: bytes, mark: bytes) -> Iterator[bytes]:
    """Yield everything up to the mark, which may arrive in pieces."""
    while not rest.endswith(mark):
        if len(rest) > MARK_BYTES:
            yield rest[:-MARK_BYTES]
            rest = rest[-MARK_BYTES:]
        rest += _received(stream)
    yield rest[:-MARK_BYTES]
