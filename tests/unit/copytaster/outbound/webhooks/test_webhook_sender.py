"""A message is one exchange with the address that was checked, within one deadline."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from copytaster.outbound.webhooks.addresses import AllowedAddresses, NotSentError
from copytaster.outbound.webhooks.sender import HttpSender

LOCAL = AllowedAddresses((ipaddress.ip_network("127.0.0.0/8"),), resolve=lambda _host, _port: ["127.0.0.1"])

SECONDS = 10.0
DEADLINE = 0.5


class OneAnswer:
    """A server that answers each connection with the same bytes, and keeps what it was sent."""

    def __init__(self, answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:
                self._serve_one(connection)

    def _serve_one(self, connection: socket.socket) -> None:
        connection.settimeout(SECONDS)
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            self.requests.append(read_request(connection))
            self._answer(connection)


def read_request(connection: socket.socket) -> bytes:
    """Read a request with its body."""
    request = connection.recv(65_536)
    while True:
        head, _, body = request.partition(b"\r\n\r\n")
        lengths = [line.split(b": ")[1] for line in head.splitlines() if line.startswith(b"Content-Length")]
        if lengths and len(body) >= int(lengths[0]):
            return request
        request += connection.recv(65_536)


def saying(text: str) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(text.encode())


def dripping(connection: socket.socket) -> None:
    """Send a part of a header again and again, each within the timeout of a single read."""
    end = time.monotonic() + SECONDS
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while time.monotonic() < end:
        connection.sendall(b"X-More: yes\r\n")
        threading.Event().wait(DEADLINE / 5)


@contextmanager
def receiver(answer: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[OneAnswer]:
    server = OneAnswer(answer, tls)
    try:
        yield server
    finally:
        server.close()


def post(port: int, *, sender: HttpSender | None = None, scheme: str = "http") -> int:
    sender = sender or HttpSender(LOCAL, timeout=SECONDS)
    return sender.send(f"{scheme}://hooks.example:{port}/in?key=1", {"webhook-id": "7-0"}, b'{"a":1}')


def test_the_body_and_the_headers_are_posted_and_the_status_is_returned() -> None:
    with receiver(saying("HTTP/1.1 204 No Content\r\n\r\n")) as server:
        status = post(server.port)

    (request,) = server.requests
    assert status == 204
    assert request.startswith(b"POST /in?key=1 HTTP/1.1\r\n")
    assert f"Host: hooks.example:{server.port}\r\n".encode() in request
    assert request.count(b"Host:") == 1
    assert b"webhook-id: 7-0\r\n" in request
    assert request.endswith(b'\r\n\r\n{"a":1}')


def test_a_redirection_is_not_followed() -> None:
    answer = saying("HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
    with receiver(answer) as server:
        assert post(server.port) == 302

    assert len(server.requests) == 1


def test_a_long_answer_is_not_read() -> None:
    with receiver(saying("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + "x" * 10_000)) as server:
        assert post(server.port) == 200


@pytest.mark.parametrize("answer", [dripping, lambda _: threading.Event().wait(SECONDS)], ids=["drips", "is silent"])
def test_a_receiver_that_takes_too_long_is_left(answer: Callable[[socket.socket], None]) -> None:
    with receiver(answer) as server:
        begin = time.monotonic()
        with pytest.raises(NotSentError, match=r"hooks\.example \(127\.0\.0\.1\): there was no answer within 0\.5 s"):
            post(server.port, sender=HttpSender(LOCAL, timeout=DEADLINE))

        assert time.monotonic() - begin < SECONDS / 2


def at(*addresses: str, timeout: float = SECONDS) -> HttpSender:
    """Return a sender for a name with these addresses of the loopback interface."""
    networks = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
    return HttpSender(AllowedAddresses(networks, resolve=lambda _host, _port: list(addresses)), timeout=timeout)


@pytest.mark.parametrize("first", ["127.0.0.2", "::1"])
def test_the_next_address_is_tried_if_one_cannot_be_connected(first: str) -> None:
    with receiver(saying("HTTP/1.1 204 No Content\r\n\r\n")) as server:
        assert post(server.port, sender=at(first, "127.0.0.1")) == 204

    assert len(server.requests) == 1


@contextmanager
def never_accepting(address: str, port: int) -> Iterator[None]:
    """Occupy an address so that a connection to it is neither made nor refused."""
    with socket.create_server((address, port), backlog=0), ExitStack() as waiting:
        for _ in range(4):  # the queue of the listener is full then
            connection = waiting.enter_context(socket.socket())
            connection.settimeout(0)
            connection.connect_ex((address, port))
        yield


def test_an_address_that_does_not_answer_leaves_time_for_the_next_one() -> None:
    with receiver(saying("HTTP/1.1 204 No Content\r\n\r\n")) as server, never_accepting("127.0.0.2", server.port):
        assert post(server.port, sender=at("127.0.0.2", "127.0.0.1", timeout=4 * DEADLINE)) == 204


def test_all_addresses_together_have_the_time_of_one_attempt() -> None:
    with receiver(dripping) as server, never_accepting("127.0.0.2", server.port):
        begin = time.monotonic()
        with pytest.raises(NotSentError, match=r"\(127\.0\.0\.2, 127\.0\.0\.1\): there was no answer within 0\.5 s"):
            post(server.port, sender=at("127.0.0.2", "127.0.0.1", timeout=DEADLINE))

        assert time.monotonic() - begin < SECONDS / 2


def test_what_may_have_arrived_is_not_sent_to_another_address() -> None:
    with receiver(lambda _: None) as server, pytest.raises(NotSentError, match=r"hooks\.example \(127\.0\.0\.1\)"):
        post(server.port, sender=at("127.0.0.1", "127.0.0.2"))

    assert len(server.requests) == 1


def test_all_addresses_that_were_tried_are_told() -> None:
    with socket.socket() as reserved:
        reserved.bind(("0.0.0.0", 0))  # noqa: S104  # it does not listen
        with pytest.raises(NotSentError, match=r"\(127\.0\.0\.2, 127\.0\.0\.3\): Connection refused"):
            post(reserved.getsockname()[1], sender=at("127.0.0.2", "127.0.0.3"))


def test_what_is_no_answer_is_explained() -> None:
    with receiver(saying("SSH-2.0-OpenSSH\r\n")) as server, pytest.raises(NotSentError, match="SSH"):
        post(server.port)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # it does not listen
        with pytest.raises(NotSentError, match="refused"):
            post(reserved.getsockname()[1])


def test_of_what_is_no_answer_only_the_beginning_is_told_in_one_line() -> None:
    answer = saying("\x1b[2Jno answer" + 60_000 * "x" + "\r\n")
    with receiver(answer) as server, pytest.raises(NotSentError, match=r"\?\[2Jno answerxxx") as refused:
        post(server.port)

    assert len(str(refused.value)) < 300
    assert str(refused.value).isprintable()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for hooks.example, signed by itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("certificate")
    subject = ["-subj", "/CN=hooks.example", "-addext", "subjectAltName=DNS:hooks.example"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(folder / "key")]
    command = [openssl, "req", "-x509", *key, "-out", str(folder / "certificate"), "-days", "2", *subject]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / "both"
    both.write_bytes((folder / "key").read_bytes() + (folder / "certificate").read_bytes())
    return both


def test_the_certificate_has_to_be_that_of_the_name_although_the_address_is_connected(certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with receiver(saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), serving) as server:
        trusted = HttpSender(LOCAL, tls=trusting, timeout=SECONDS)

        assert post(server.port, sender=trusted, scheme="https") == 200
        with pytest.raises(NotSentError, match="certificate"):
            post(server.port, scheme="https")
        with pytest.raises(NotSentError, match=r"other\.example.*certificate"):
            trusted.send(f"https://other.example:{server.port}/", {}, b"")


class SlowTls(ssl.SSLContext):
    """Makes secure connections of which the handshake is not over before the deadline."""

    def wrap_socket(self, *arguments: Any, **named: Any) -> ssl.SSLSocket:
        secure = super().wrap_socket(*arguments, **named)
        threading.Event().wait(2 * DEADLINE)
        return secure


def test_a_receiver_whose_handshake_goes_on_past_the_deadline_is_left(certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    slow = SlowTls(ssl.PROTOCOL_TLS_CLIENT)
    slow.load_verify_locations(certificate)
    with receiver(dripping, serving) as server:
        begin = time.monotonic()
        with pytest.raises(NotSentError, match=r"there was no answer within 0\.5 s"):
            post(server.port, sender=HttpSender(LOCAL, tls=slow, timeout=DEADLINE), scheme="https")

        assert time.monotonic() - begin < SECONDS / 2
