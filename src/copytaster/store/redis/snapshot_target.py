"""Gives a snapshot to a running server: for this time the server is a replica of this process.

A snapshot is the only form in which all data, with the times at which it expires, comes to a server unchanged; and a
server exchanges its data for that of a snapshot only when it has the whole snapshot.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Self

from redis import Redis

from copytaster.errors import ServerUnavailableError
from copytaster.store.keys import Keys
from copytaster.store.ports.snapshot import ServerKind
from copytaster.store.redis.client import transient_errors
from copytaster.store.redis.snapshot_source import own_connection, server_kind

POLL_SECONDS = 0.1

CONNECT_POLLS = 300
"""A server that cannot connect to this process within half a minute never will: a replica tries each second."""

ID = "0" * 40
"""The id of a history of changes, of which there are none."""


class RedisSnapshotTarget:
    """Implements ``SnapshotTarget``. The server must be able to connect to this process."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def kind(self) -> ServerKind:
        """Return product and version; see ``SnapshotTarget.kind``."""
        return server_kind(self._client)

    def is_empty(self) -> bool:
        """Return whether no database has a key; see ``SnapshotTarget.is_empty``."""
        with transient_errors():
            databases: Any = self._client.info("keyspace")
        return not databases

    def replace(self, snapshot: Path, pause: Callable[[float], object]) -> None:
        """Replace all data; see ``SnapshotTarget.replace``."""
        with _addresses(self._client) as (own, server), _Master(own, server, snapshot) as master, transient_errors():
            try:
                self._transfer(own, master, pause)
                self._make_older_than_the_journal()
            finally:
                self._await_own_file(pause)

    def _transfer(self, own: str, master: _Master, pause: Callable[[float], object]) -> None:
        self._client.execute_command("REPLICAOF", own, master.port)  # type: ignore[no-untyped-call]
        polls = 0
        try:
            while self._info("replication").get("master_link_status") != "up":
                master.raise_failure()
                if not master.requests and polls == CONNECT_POLLS:
                    raise ServerUnavailableError(
                        f"the Redis server does not connect to {master.address}, where this command offers the backup;"
                        " run it on a machine, or in a container, to which the server can open connections"
                    )
                polls += 1
                pause(POLL_SECONDS)
        finally:
            self._client.execute_command("REPLICAOF", "NO", "ONE")  # type: ignore[no-untyped-call]

    def _make_older_than_the_journal(self) -> None:
        """Remove the run of the server from the data: if this very run has written it, watchers would trust it."""
        self._client.hdel(self._keys.complete(), "run")
        self._client.delete(self._keys.files_open())

    def _await_own_file(self, pause: Callable[[float], object]) -> None:
        """Wait until the server has written the new data into its append-only file, if it has one."""
        while (info := self._info("persistence")).get("aof_rewrite_in_progress") or info.get("aof_rewrite_scheduled"):
            pause(POLL_SECONDS)
        if info.get("aof_enabled") and info.get("aof_last_bgrewrite_status") != "ok":
            raise ServerUnavailableError("the Redis server has the data, but could not write it to its disk")

    def _info(self, section: str) -> dict[str, Any]:
        found: Any = self._client.info(section)
        return dict(found)


@contextmanager
def _addresses(client: Redis) -> Iterator[tuple[str, str]]:
    """Yield this machine's address, as the server sees it without a proxy between, and the server's."""
    with own_connection(client) as stream:
        if stream.family == socket.AF_UNIX:
            yield "127.0.0.1", "127.0.0.1"
        else:
            yield stream.getsockname()[0], stream.getpeername()[0]


class _Master:
    """Offers one snapshot to one server, on a port of its own, in a thread. Other machines are refused."""

    def __init__(self, host: str, server: str, snapshot: Path) -> None:
        self.requests = 0
        self._server = server
        self._snapshot = snapshot
        self._failure: OSError | None = None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.address = f"{host}:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A shutdown, for a close alone does not wake the thread.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def raise_failure(self) -> None:
        """Raise ``ServerUnavailableError`` if the snapshot was refused, or cannot be read."""
        if self._failure:
            raise ServerUnavailableError(f"the snapshot was not transferred: {self._failure}") from self._failure
        if self.requests > 1:
            raise ServerUnavailableError("the Redis server did not accept the snapshot; its log says why")

    def _serve(self) -> None:
        while True:
            try:
                connection, peer = self._listener.accept()
            except OSError:  # closed: the end
                return
            with connection:
                if peer[0] == self._server:
                    try:
                        self._converse(connection)
                    except OSError as error:
                        self._failure = error

    def _converse(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as commands:
            while words := _command(commands):
                match words[0].upper():
                    case b"PING":
                        connection.sendall(b"+PONG\r\n")
                    case b"PSYNC" | b"SYNC":
                        self.requests += 1
                        self._send(connection, full=words[0].upper() == b"PSYNC")
                    case b"REPLCONF" if words[1:2] == [b"ACK"]:
                        pass  # the report of a replica, which expects no answer
                    case _:  # AUTH, and what the replica is capable of
                        connection.sendall(b"+OK\r\n")

    def _send(self, connection: socket.socket, *, full: bool) -> None:
        if full:
            connection.sendall(f"+FULLRESYNC {ID} 0\r\n".encode())
        with self._snapshot.open("rb") as content:
            connection.sendall(f"${self._snapshot.stat().st_size}\r\n".encode())
            connection.sendfile(content)


def _command(stream: BinaryIO) -> list[bytes]:
    """Return the words of the next command; none at the end of the connection."""
    line = stream.readline()
    if not line.startswith(b"*"):
        return line.split()
    words = []
    for _ in range(int(line[1:])):
        size = int(stream.readline()[1:])
        words.append(stream.read(size + 2)[:-2])
    return words
