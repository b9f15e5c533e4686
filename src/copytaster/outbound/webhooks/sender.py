"""Sends one message: a port, and its implementation by the standard library.

No library is used, because a connection has to be made to an address that was checked while the certificate is checked
against the name, redirections must not be followed, and one deadline has to hold for all of it.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from copytaster.outbound.webhooks.addresses import AllowedAddresses, NotSentError, Target

TIMEOUT_SECONDS = 15.0
"""Time for the whole exchange, as Standard Webhooks proposes it: a receiver should accept first and work afterwards."""

LEAST_SECONDS = 0.1
"""Least time for a connection: with none at all, a socket would not wait for one."""

WHY_CHARACTERS = 200
"""Characters of what a receiver has sent instead of an answer that are told: a line of it may have 64 KB."""


class Sender(Protocol):
    """Posts messages to URLs."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post the body and return the HTTP status of the answer. Redirections are not followed.

        Raises ``NotSentError`` if the address is not allowed, or if there is no answer within the time.
        """
        ...


class HttpSender:
    """Implements ``Sender``. The body of an answer is not read."""

    def __init__(
        self, addresses: AllowedAddresses, *, tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        self._addresses = addresses
        self._tls = tls or ssl.create_default_context()
        self._timeout = timeout

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a message; see ``Sender.send``."""
        target = self._addresses.target(url)
        connection = _PinnedConnection(target, self._tls, self._timeout)
        # A socket's timeout holds for each part of an answer: a receiver that sends a byte now and then never ends.
        deadline = threading.Timer(self._timeout, connection.shut_down)
        deadline.daemon = True
        deadline.start()
        try:
            connection.request("POST", target.path, body, {"Host": target.host_header, **headers})
            status = connection.getresponse().status
            if connection.is_shut_down:  # the end of the connection looks like the end of the headers
                raise TimeoutError
        except (OSError, http.client.HTTPException) as error:
            late = connection.is_shut_down or isinstance(error, TimeoutError)
            why = f"there was no answer within {self._timeout:g} s" if late else _explain(error)
            raise NotSentError(f"{target.host} ({', '.join(connection.tried)}): {why}") from error
        else:
            return status
        finally:
            deadline.cancel()
            connection.close()


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to the first of some addresses that can be connected; the name is for the certificate only."""

    def __init__(self, target: Target, tls: ssl.SSLContext, timeout: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self._target = target
        self._tls = tls
        self._ends = time.monotonic() + timeout
        self.is_shut_down = False
        self.tried: list[str] = []

    def connect(self) -> None:
        """Connect to an address that was checked. Nothing has been sent before, so the next one may be tried."""
        self.sock = self._connected()
        if self._target.secure:
            # The handshake comes afterwards: while the socket is wrapped, ``shut_down`` has none that it could end.
            self.sock = secure = self._tls.wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            self._refuse_if_shut_down()
            secure.do_handshake()
        self._refuse_if_shut_down()

    def _connected(self) -> socket.socket:
        """Return a socket that is connected to the first address that answers; each has its share of the time."""
        addresses = self._target.addresses
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            self.tried.append(address)
            share = max((self._ends - time.monotonic()) / left, LEAST_SECONDS)
            try:
                found = socket.create_connection((address, self._target.port), share)
            except OSError:
                self._refuse_if_shut_down()
                if left == 1:
                    raise
            else:
                found.settimeout(self.timeout)
                return found
        raise OSError("there is no address")

    def shut_down(self) -> None:
        """End the connection from another thread."""
        self.is_shut_down = True
        if self.sock:
            with suppress(OSError):
                # Not the method of a secure socket, which takes away from the other thread what it works with.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _refuse_if_shut_down(self) -> None:
        if self.is_shut_down:
            raise TimeoutError


def _explain(error: Exception) -> str:
    """Return why there was no answer, in one short line: it may be in the words of the receiver."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    printable = "".join(each if each.isprintable() else "?" for each in text.strip()[:WHY_CHARACTERS])
    return printable or type(error).__name__
