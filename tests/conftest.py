"""Fixtures of all tests: a real server, stores, reference data, and waiting for a condition with a deadline."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
import redis
from hypothesis import settings

from benchmarks.hosts.s3_server import S3Server
from copytaster.bootstrap.store import memory_store, redis_store
from copytaster.clock import ManualClock
from copytaster.store.store import Store
from copytaster_cli.processes.embedded_server import find_binary

T = TypeVar("T")

MakeStore = Callable[[ManualClock], Store]

REPOSITORY = Path(__file__).parent.parent

# Few examples for each change, many in `make test-thorough`. An example that takes long on a busy
# machine is not a failure, so there is no deadline; pytest's limit ends one that hangs. The rest comes from the profile
# that Hypothesis has chosen: on a build server it generates the same examples each time.
for name, examples in (("quick", 50), ("thorough", 1_000)):
    settings.register_profile(
        name, settings.get_profile(settings.get_current_profile_name()), max_examples=examples, deadline=None
    )
settings.load_profile("quick")


WAITING_FOLDERS = frozenset({"browser", "e2e", "integration"})
"""Folders whose tests start processes: these wait for two thirds of their time, while all others compute."""

WAITING_SHARE = 0.8
"""The part of the order over which their files are spread: the rest is for short files, which end at about one time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files that wait over those that compute, so that tests in parallel leave no core idle.

    The tests of a file stay together in their order, and the order is the same in each process.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [path for path in files if path.relative_to(REPOSITORY).parts[1] in WAITING_FOLDERS]
    computing = [path for path in files if path not in waiting]
    places = [(number / len(waiting) * WAITING_SHARE, path) for number, path in enumerate(waiting)]
    places += [(number / len(computing), path) for number, path in enumerate(computing)]
    items[:] = [item for _, path in sorted(places) for item in files[path]]


class ReservedPort:
    """A TCP port that the kernel gives to no other process until it is closed.

    Its socket is bound and does not listen, so a server that sets SO_REUSEADDR, as all here do, can listen there.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        self._socket.close()


class RealServer:
    """A Valkey server with its own port and folder; it can be killed and started again."""

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
        """End it by SIGKILL, as a power cut would."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Stop the process: it keeps its connections and accepts new ones, but answers nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a stopped process continue."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

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
    """Call the condition until its result is true, and return the result; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds:g} s there is still no {getattr(condition, '__name__', condition)}")
        time.sleep(0.05)
    return answer


@contextmanager
def started_server(folder: Path) -> Iterator[RealServer]:
    """Start a server in ``folder`` and end it; its port remains reserved, even while it is stopped."""
    port = ReservedPort()
    server = RealServer(folder, port.number)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        port.close()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Give one server to all tests of this process that neither stop nor overload it."""
    with started_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def server(shared_server: RealServer) -> RealServer:
    """Give the shared server, emptied; no other test process uses it."""
    with shared_server.client() as client:
        client.flushall()
    return shared_server


@pytest.fixture(scope="session")
def on_server(shared_server: RealServer) -> Iterator[MakeStore]:
    """Give a maker of stores on the shared server, which it empties before."""
    with shared_server.client() as client:

        def make(clock: ManualClock) -> Store:
            client.flushall()
            return redis_store(client, clock=clock, window=timedelta(days=1))

        yield make


@pytest.fixture(params=["memory", "redis"])
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    """Give a maker of empty stores of either kind."""
    make: MakeStore = memory_store if request.param == "memory" else request.getfixturevalue("on_server")
    return make


@pytest.fixture
def own_port() -> Iterator[int]:
    """Give a port for a server that the test starts."""
    yield from _reserved_port()


def _reserved_port() -> Iterator[int]:
    port = ReservedPort()
    yield port.number
    port.close()


@pytest.fixture(scope="module")
def module_port() -> Iterator[int]:
    """Give a port for a server that all tests of the module share."""
    yield from _reserved_port()


@pytest.fixture(scope="module")
def second_port() -> Iterator[int]:
    """Give a port for another such server."""
    yield from _reserved_port()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RealServer]:
    """Give a server that the test may kill."""
    folder = tmp_path / "own-server"
    folder.mkdir()
    with started_server(folder) as server:
        yield server


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """Give a server that all tests of the module share; one that kills or empties it leaves it running."""
    with started_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def shared_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Give one S3 server to all tests of this process that do not stop it; each creates buckets of its own."""
    port = ReservedPort()
    server = S3Server(tmp_path_factory.mktemp("s3"), port.number)
    server.start()
    try:
        wait_until(server.answers, seconds=30)
        yield server
    finally:
        server.stop()
        port.close()


@pytest.fixture
def s3(shared_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """Give the shared S3 server, with the variables that lead to it in the environment of this process."""
    for name, value in shared_s3.environment().items():
        monkeypatch.setenv(name, value)
    return shared_s3


@pytest.fixture
def bucket(s3: S3Server) -> str:
    """Give the address of a folder in a new bucket."""
    name = f"bucket-{secrets.token_hex(8)}"
    s3.create_bucket(name)
    return f"s3://{name}/an archive"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of reference data; skip the test if it does not exist."""
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
