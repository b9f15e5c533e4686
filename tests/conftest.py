"""What all tests share: a real server of their own, a clock, and waiting without sleeping blindly."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
import redis
from hypothesis import settings

from copytaster.clock import ManualClock
from copytaster_cli.processes.embedded_server import find_binary

T = TypeVar("T")

REPOSITORY = Path(__file__).parent.parent

# An example that takes long on a busy machine is no fault; pytest's own limit ends one that hangs. On a build server
# Hypothesis has chosen a profile without a deadline already.
settings.register_profile("local", deadline=None)
if settings.get_current_profile_name() == "default":
    settings.load_profile("local")


class ReservedPort:
    """A TCP port that the kernel gives to nobody else until it is closed.

    Its socket is bound and does not listen, so a server that sets SO_REUSEADDR, as all of ours do, can listen there.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()


class RealServer:
    """A Valkey server on a port and in a folder of its own; it can be killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.address)

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        options += [
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
            "--maxmemory-policy",
            "noeviction",
        ]
        self._process = subprocess.Popen([find_binary(shutil.which), *options], stdout=subprocess.DEVNULL)
        wait_until(self._answers, seconds=20)

    def kill(self) -> None:
        """End it as a power cut would, without a word to anyone."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def wait_until(condition: Callable[[], T], *, seconds: float) -> T:
    """Ask until the answer is true and return it; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds:g} s there is still no {getattr(condition, '__name__', condition)}")
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Give one server to all tests of this process that neither stop nor overload it."""
    port = ReservedPort()
    server = RealServer(tmp_path_factory.mktemp("server"), port.number)
    server.start()
    yield server
    server.stop()
    port.close()


@pytest.fixture
def server(shared_server: RealServer) -> RealServer:
    """Give the shared server, emptied: it is ours alone, on a port of its own."""
    with shared_server.client() as client:
        client.flushall()
    return shared_server


@pytest.fixture
def own_port() -> Iterator[int]:
    """Give a port for a server that the test starts."""
    port = ReservedPort()
    yield port.number
    port.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RealServer]:
    """Give a server that the test may kill; its port stays its own meanwhile."""
    folder = tmp_path / "own-server"
    folder.mkdir()
    port = ReservedPort()
    server = RealServer(folder, port.number)
    server.start()
    yield server
    server.stop()
    port.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of reference data beside the project; without it the test says that it skipped."""
    folder = Path(os.environ.get("COPYTASTER_SHARED", REPOSITORY.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}; set COPYTASTER_SHARED")
    return folder


class Waiter(Protocol):
    """The type of the fixture ``wait``."""

    def __call__(self, condition: Callable[[], T], *, seconds: float) -> T: ...


@pytest.fixture(scope="session")
def wait() -> Waiter:
    """Give ``wait_until`` to tests, which cannot import each other's modules."""
    return wait_until
