"""The real API process under clients that stop in the middle of a request, and with a server that hangs."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copytaster_cli.main import run
from copytaster_cli.system_dependencies import SystemDependencies
from tests.integration.api_process import Api, running

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

ANSWER_SECONDS = 2.0
"""The time within which a person or a supervisor gets an answer, whatever happens to the server."""

STALLED_SECONDS = 18.0
"""Less than the time for which a client may read nothing; the answers before took 15 s on a busy machine."""

DESCRIPTORS = 64

HALF_REQUESTS = 80

UNREAD_ANSWERS = 40
"""More than the connections of a process with few descriptors."""

HALF = b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Never-Ends: "


@pytest.fixture(scope="module")
def module_api(
    tmp_path_factory: pytest.TempPathFactory, module_server: RealServer, module_port: int, wait: Waiter
) -> Iterator[Api]:
    with running(Api(tmp_path_factory.mktemp("api"), module_server, module_port), wait) as api:
        yield api


@pytest.fixture(scope="module")
def module_small_api(
    tmp_path_factory: pytest.TempPathFactory, module_server: RealServer, second_port: int, wait: Waiter
) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("small")
    with running(Api(folder, module_server, second_port, descriptors=DESCRIPTORS), wait) as api:
        yield api


@pytest.fixture
def api(module_api: Api) -> Iterator[Api]:
    """Give an API that all tests share: none ends it."""
    yield module_api
    module_api.show_log()


@pytest.fixture
def small_api(module_small_api: Api) -> Iterator[Api]:
    """Give an API that may open few files; all tests share it: none ends it."""
    yield module_small_api
    module_small_api.show_log()


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.monotonic()
    result = call()
    return result, time.monotonic() - begin


def is_closed(connection: socket.socket) -> bool:
    """Wait until the other side ends the connection."""
    try:
        while connection.recv(65_536):
            pass
    except OSError:
        return True
    return True


@pytest.mark.parametrize("part", [b"", HALF], ids=["connections", "half requests"])
def test_half_requests_leave_the_process_alive(small_api: Api, part: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(HALF_REQUESTS):
            connection = stack.enter_context(small_api.connect())
            connection.sendall(part)

        (status, _), seconds = timed(lambda: small_api.get("/livez"))
        assert (status, seconds < ANSWER_SECONDS) == (200, True), seconds
        assert small_api.get("/api/v1/status")[0] == 200
        assert small_api.open_files() < DESCRIPTORS


def test_requests_that_never_end_are_closed_although_more_bytes_arrive(api: Api) -> None:
    with api.connect() as head, api.connect() as body:
        head.sendall(HALF)
        body.sendall(b"POST /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n")
        closed = [is_closed(connection) for connection in (head, body)]

    assert closed == [True, True]


def test_a_client_that_reads_nothing_does_not_keep_others_from_their_answers(small_api: Api) -> None:
    request = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(UNREAD_ANSWERS):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
            connection.settimeout(30)
            connection.connect(("127.0.0.1", small_api.port))
            stack.enter_context(connection).sendall(request * 4)

        (status, _), seconds = timed(lambda: small_api.get("/livez"))

    assert status == 200
    assert seconds < STALLED_SECONDS


def test_a_page_of_another_site_reads_nothing_by_a_name_that_it_points_here(api: Api) -> None:
    assert api.get("/api/v1/articles", {"Host": f"attacker.example:{api.port}"})[0] == 421
    assert api.get("/api/v1/articles", {"Host": f"localhost:{api.port}"})[0] == 200


def test_a_server_that_refuses_changes_is_reported_and_still_read(
    api: Api, module_server: RealServer, wait: Waiter
) -> None:
    with module_server.client() as client:
        client.config_set("min-replicas-to-write", 1)
        try:
            wait(lambda: "refuses changes" in api.get("/readyz")[1], seconds=ANSWER_SECONDS)
            (problem,) = json.loads(api.get("/readyz")[1])["problems"]
            read = {path: api.get(path)[0] for path in ("/api/v1/status", "/api/v1/articles", "/")}
        finally:
            client.config_set("min-replicas-to-write", 0)

    assert problem["code"] == "no_redis"
    assert "NOREPLICAS" in problem["message"]
    assert "start the missing replicas" in problem["message"]
    assert set(read.values()) == {200}


def test_a_server_that_hangs_is_reported_within_two_seconds(
    api: Api, module_server: RealServer, wait: Waiter, capsys: pytest.CaptureFixture[str]
) -> None:
    assert api.get("/api/v1/status")[0] == 200

    module_server.freeze()
    try:
        # The status that was read before serves for half a second.
        wait(lambda: "has not answered" in api.get("/readyz")[1], seconds=ANSWER_SECONDS)
        for path in ("/readyz", "/api/v1/status", "/api/v1/articles", "/readyz"):
            (status, body), seconds = timed(lambda path=path: api.get(path))  # type: ignore[misc]
            assert status == 503
            assert seconds < ANSWER_SECONDS
            (problem,) = json.loads(body)["problems"]
            assert (problem["code"], problem["since"] is not None) == ("no_redis", True)
            assert "has not answered since" in problem["message"]
            assert "it hangs, is stopped, or is overloaded" in problem["message"]
            assert "restart it" in problem["message"]
        (status, metrics), seconds = timed(lambda: api.get("/metrics"))
        assert (status, seconds < ANSWER_SECONDS) == (200, True)
        assert "copytaster_store_up 0.0" in metrics
        # In this process: to start Python takes longer on a busy machine.
        status, seconds = timed(lambda: run(["status"], SystemDependencies(api.environ)))
        complaint = capsys.readouterr().err
        assert (status, seconds < ANSWER_SECONDS) == (1, True), seconds
        assert "it hangs, is stopped, or is overloaded" in complaint
        assert f"has not answered since {problem['since']}" in complaint
    finally:
        module_server.thaw()

    wait(lambda: api.get("/api/v1/status")[0] == 200, seconds=ANSWER_SECONDS + 1)


def test_the_process_ends_at_a_signal_although_half_requests_are_open(
    tmp_path: Path, module_server: RealServer, own_port: int, wait: Waiter
) -> None:
    with running(Api(tmp_path, module_server, own_port), wait) as api, api.connect() as connection:
        connection.sendall(HALF)
        api.process.send_signal(signal.SIGTERM)

        assert api.process.wait(15) == 0
