"""A TCP proxy on loopback that can discard data or delay answers: plain sockets, two threads per connection."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"

PIECE_BYTES = 65_536
"""Read in pieces of this size; answers of the server are mostly a few hundred bytes."""


class Proxy:
    """Forwards between parts and server; a context manager that ends all its threads.

    A connection whose data was discarded once remains open without forwarding, like a half-open one. Connections made
    after ``speak`` work.
    """

    def __init__(self, target: int, chance: random.Random) -> None:
        """Listen on a free ``port``; connections go on to the port ``target``."""
        self._target = target
        self._chance = chance
        self._listener = socket.create_server((HOST, 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._silent = False
        self._delay: tuple[float, float] | None = None
        self._open: set[_Connection] = set()

    def __enter__(self) -> Self:
        """Begin to forward."""
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every connection."""
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone does not wake the thread that accepts
        self._listener.close()
        for each in tuple(self._open):
            each.close()

    def fall_silent(self) -> None:
        """Discard the data of all present and future connections, without an error."""
        self._silent = True
        for each in tuple(self._open):
            each.dead = True

    def speak(self) -> None:
        """Forward again on new connections."""
        self._silent = False

    def reset_when_used(self) -> None:
        """Reset each present connection when it sends something, as if a new server had replaced that of its start.

        A client notices the end of a server at once if that closes its connections, but not if its network ends too, as
        in a container.
        """
        for each in tuple(self._open):
            each.stale = True

    def slow_down(self, least: float, most: float) -> None:
        """Delay every answer by a random time between ``least`` and ``most`` seconds."""
        self._delay = (least, most)

    def speed_up(self) -> None:
        """Forward answers without delay again."""
        self._delay = None

    def wait_delay(self) -> None:
        """Wait for the delay of the next answer."""
        if delay := self._delay:
            time.sleep(self._chance.uniform(*delay))

    def forget(self, connection: _Connection) -> None:
        """Remove a connection that has ended."""
        self._open.discard(connection)

    def _accept(self) -> None:
        # Shutting the listener down ends the loop.
        with contextlib.suppress(OSError):
            while True:
                self._serve(self._listener.accept()[0])

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((HOST, self._target))
        except OSError:  # the server is unreachable, so the connection is closed
            client.close()
            return
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(self, client, server)
        connection.dead = self._silent
        self._open.add(connection)
        connection.start()


class _Connection:
    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.dead = False
        self.stale = False
        self._proxy = proxy
        self._client = client
        self._server = server

    def start(self) -> None:
        threading.Thread(target=self._forward_requests, name="proxy-requests", daemon=True).start()
        threading.Thread(target=self._forward_answers, name="proxy-answers", daemon=True).start()

    def close(self) -> None:
        self._proxy.forget(self)
        for each in (self._client, self._server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _forward_requests(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self._client.recv(PIECE_BYTES):
                if self.stale:
                    self._reset()
                    break
                if not self.dead:
                    self._server.sendall(piece)
        self.close()

    def _reset(self) -> None:
        # With a linger time of 0, closing sends a reset; a shutdown before it would end the connection in order.
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._client.close()

    def _forward_answers(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self._server.recv(PIECE_BYTES):
                self._proxy.wait_delay()
                if not self.dead:
                    self._client.sendall(piece)
        # The end of a dead connection is not forwarded either.
        if not self.dead:
            self.close()
