"""A TCP proxy on loopback that can fall silent or become slow: plain sockets, two threads a connection."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"

PIECE_BYTES = 65_536
"""Read in pieces of this size; answers of the server are mostly a few hundred bytes."""


class Proxy:
    """Stands between parts and server; a context that leaves no thread at work behind.

    A connection on which it fell silent stays open and dead for good, as a half-open one does: what either side sends
    is swallowed. Connections made after the silence work.
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

    def slow_down(self, least: float, most: float) -> None:
        """Hold every answer back for a random time between so many seconds."""
        self._delay = (least, most)

    def speed_up(self) -> None:
        """Forward answers at once again."""
        self._delay = None

    def hold_back(self) -> None:
        """Wait as long as the next answer is to be late."""
        if delay := self._delay:
            time.sleep(self._chance.uniform(*delay))

    def forget(self, connection: _Connection) -> None:
        """Count the connection as ended."""
        self._open.discard(connection)

    def _accept(self) -> None:
        # Shutting the listener down ends the loop.
        with contextlib.suppress(OSError):
            while True:
                self._serve(self._listener.accept()[0])

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection((HOST, self._target))
        except OSError:  # the server is away: so is the proxy, to this client
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
        self._proxy = proxy
        self._client = client
        self._server = server

    def start(self) -> None:
        threading.Thread(target=self._ask, name="proxy-asks", daemon=True).start()
        threading.Thread(target=self._answer, name="proxy-answers", daemon=True).start()

    def close(self) -> None:
        self._proxy.forget(self)
        for each in (self._client, self._server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _ask(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self._client.recv(PIECE_BYTES):
                if not self.dead:
                    self._server.sendall(piece)
        self.close()

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while piece := self._server.recv(PIECE_BYTES):
                self._proxy.hold_back()
                if not self.dead:
                    self._client.sendall(piece)
        # The end of a connection that is dead does not get through either.
        if not self.dead:
            self.close()
