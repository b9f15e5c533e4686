"""Keys with a real API process: it starts only with one, and a revocation works at once, also for an open stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import SystemClock
from copytaster.model.webhook import EndpointId
from copytaster.settings import PREFIX
from copytaster_cli.main import run
from copytaster_cli.system_dependencies import SystemDependencies
from tests.integration.api_process import Api, running

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

EVERYWHERE = "0.0.0.0"  # noqa: S104  # this is the subject of the test

END_SECONDS = 60.0
"""For a stream to end; it takes a second, and longer on a busy machine."""

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def environ(tmp_path: Path, server: RealServer) -> dict[str, str]:
    """Give the settings of the API's data folder, as a person at a terminal has them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {f"{PREFIX}DATA": str(tmp_path / "data"), f"{PREFIX}REDIS_URL": server.address}


def create_key(environ: dict[str, str], capsys: Captured, *options: str) -> tuple[str, dict[str, str]]:
    """Create a key by the command line, and return its id and the header that sends it."""
    capsys.readouterr()
    assert run(["keys", "create", "desk", *options, "--json"], SystemDependencies(environ)) == 0
    created = json.loads(capsys.readouterr().out)
    return created["id"], {"Authorization": f"Bearer {created['key']}"}


@pytest.fixture
def admin(environ: dict[str, str], capsys: Captured) -> tuple[str, dict[str, str]]:
    return create_key(environ, capsys, "--scope", "admin")


@pytest.fixture
def api(
    tmp_path: Path, admin: tuple[str, dict[str, str]], server: RealServer, own_port: int, wait: Waiter
) -> Iterator[Api]:
    """Give an API that other machines reach, with the key ``admin``."""
    assert admin
    with running(Api(tmp_path, server, own_port, host=EVERYWHERE), wait) as api:
        yield api


def test_an_api_that_others_reach_does_not_start_without_a_key_and_says_what_to_do(
    environ: dict[str, str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "copytaster_api"],
        env=environ | {f"{PREFIX}API_HOST": EVERYWHERE, f"{PREFIX}API_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 2
    assert "copytaster keys create NAME --scope admin" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_are_created_and_revoked_while_the_api_runs(
    api: Api, admin: tuple[str, dict[str, str]], environ: dict[str, str], capsys: Captured
) -> None:
    key_id, headers = create_key(environ, capsys, "--scope", "read")
    without, before = api.get("/api/v1/status"), api.get("/api/v1/status", headers)
    assert run(["keys", "revoke", key_id], SystemDependencies(environ)) == 0
    after = api.get("/api/v1/status", headers)
    trail = json.loads(api.get("/api/v1/audit", admin[1])[1])["items"]

    assert (without[0], before[0], after[0]) == (401, 200, 401)
    assert "was revoked" in json.loads(after[1])["detail"]
    assert [(each["action"], each["via"]) for each in trail] == [
        ("keys revoke", "cli"),
        ("keys create", "cli"),
        ("keys create", "cli"),
    ]
    assert api.get("/readyz")[0] == 503  # without a key it says what is missing


def test_a_server_that_comes_back_empty_changes_nothing_about_keys(
    api: Api, admin: tuple[str, dict[str, str]], server: RealServer
) -> None:
    with server.client() as client:
        client.flushall()

    assert api.get("/api/v1/status")[0] == 401
    assert api.get("/api/v1/status", admin[1])[0] == 200


def test_an_open_stream_ends_when_its_key_is_revoked(
    api: Api, environ: dict[str, str], server: RealServer, capsys: Captured, wait: Waiter
) -> None:
    key_id, headers = create_key(environ, capsys, "--scope", "read")
    connection = HTTPConnection("127.0.0.1", api.port, timeout=END_SECONDS)
    connection.request("GET", "/api/v1/events", headers=headers)
    stream = connection.getresponse()
    assert stream.status == 200
    reader = threading.Thread(target=read_to_the_end, args=(stream,))
    reader.start()
    with server.client() as client:
        events = redis_store(client, clock=SystemClock(), window=timedelta(days=1)).events

        def has_ended() -> bool:
            events.report_disabled(EndpointId("w1"))  # a stream is checked when it has something to send
            return not reader.is_alive()

        stays = not has_ended()
        assert run(["keys", "revoke", key_id], SystemDependencies(environ)) == 0
        wait(has_ended, seconds=END_SECONDS)
    reader.join()
    connection.close()

    assert stays


def read_to_the_end(stream: HTTPResponse) -> None:
    while stream.read1(65_536):
        pass


def test_a_browser_logs_in_and_reads_a_page(api: Api, admin: tuple[str, dict[str, str]]) -> None:
    key = admin[1]["Authorization"].removeprefix("Bearer ")
    connection = HTTPConnection("127.0.0.1", api.port, timeout=END_SECONDS)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{api.port}"}
    connection.request("POST", "/login", urlencode({"key": key, "next": "/stories"}), form)
    answer = connection.getresponse()
    answer.read()
    cookies = "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie") or [])
    connection.close()

    assert (answer.status, answer.headers["Location"]) == (303, "/stories")
    assert api.get("/stories", {"Cookie": cookies})[0] == 200
    assert api.get("/stories", {"Cookie": cookies.replace("copytaster_session=", "copytaster_session=x")})[0] == 401
