"""Errors of real servers and filesystems are reported with the right cure."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis

from copytaster.errors import CommandRefusedError, ServerUnavailableError, TransientError
from copytaster.store.redis.client import connect, transient_errors
from copytaster_cli.processes.embedded_server import prepare_server
from copytaster_cli.processes.lock import locked
from copytaster_cli.processes.process import Process

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

DEADLINE = 20.0

IN_A_SMALL_FILESYSTEM = """
import io, sys
from copytaster.archive.originals import FilesystemArchive
from copytaster.errors import TransientError
archive = FilesystemArchive(f"file://{sys.argv[1]}/archive")
try:
    for number in range(10_000):
        archive.put(io.BytesIO(str(number).encode() * int(sys.argv[2])))
except TransientError as error:
    print(error)
"""


def failure(call: Callable[[], object]) -> str:
    with pytest.raises(TransientError) as caught, transient_errors():
        call()
    return str(caught.value)


def test_a_wrong_password_and_a_missing_one(own_server: RealServer) -> None:
    own_server.client().config_set("requirepass", "right")

    wrong = connect(own_server.address.replace("redis://", "redis://:wrong@"), name="test")
    without = connect(own_server.address, name="test")

    assert "correct the password in COPYTASTER_REDIS_URL" in failure(wrong.ping)
    assert "the server requires a password" in failure(without.ping)


def test_too_many_clients(own_server: RealServer) -> None:
    with own_server.client() as first:
        first.config_set("maxclients", 1)

        assert "raise its `maxclients`" in failure(connect(own_server.address, name="test").ping)


def test_a_memory_limit_also_in_transactions_and_scripts(own_server: RealServer) -> None:
    client = connect(own_server.address, name="test")
    client.set("filler", "x" * 2_000_000)
    client.config_set("maxmemory", "1mb")
    pipe = client.pipeline(transaction=True)
    pipe.set("a", "b")

    assert "raise its `maxmemory`" in failure(lambda: client.set("a", "b"))
    assert "raise its `maxmemory`" in failure(pipe.execute)
    assert "raise its `maxmemory`" in failure(lambda: client.eval("return redis.call('set', 'a', 'b')", 0))


def test_a_replica(own_server: RealServer) -> None:
    client = connect(own_server.address, name="test")
    client.replicaof("127.0.0.1", "1")

    assert "to the primary server" in failure(lambda: client.set("a", "b"))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("min-replicas-to-write", 1), ("maxmemory", 1), ("requirepass", "right"), ("maxclients", 1)],
)
def test_a_server_that_answers_with_a_refusal_is_known_to_answer(
    own_server: RealServer, setting: str, value: str | int
) -> None:
    with own_server.client() as first:
        first.config_set(setting, value)
        client = connect(own_server.address, name="test")

        with pytest.raises(CommandRefusedError), transient_errors():
            client.set("a", "b")


def test_a_server_that_hangs_or_is_away_is_not_known_to_answer(own_server: RealServer) -> None:
    client = connect(own_server.address, name="test", reader=True)
    own_server.freeze()
    try:
        with pytest.raises(ServerUnavailableError) as hangs, transient_errors():
            client.ping()
    finally:
        own_server.thaw()
    own_server.kill()
    with pytest.raises(ServerUnavailableError) as away, transient_errors():
        client.ping()

    assert not any(isinstance(each.value, CommandRefusedError) for each in (hangs, away))


def test_a_script_that_does_not_end(own_server: RealServer, wait: Waiter) -> None:
    client = connect(own_server.address, name="test")
    client.config_set("busy-reply-threshold", 50)

    def loop() -> None:
        with own_server.client() as other, pytest.raises(redis.ResponseError, match="killed by user"):
            other.eval("while true do end", 0)

    thread = threading.Thread(target=loop)
    thread.start()

    def busy() -> str | None:
        try:
            with transient_errors():
                client.get("a")
        except TransientError as error:
            return str(error)
        return None

    assert "end it with `SCRIPT KILL`" in str(wait(busy, seconds=DEADLINE))
    client.script_kill()
    thread.join(DEADLINE)


@pytest.mark.parametrize(
    ("options", "size", "cause"),
    [
        ("size=64m,nr_inodes=40", 1, "no free inodes"),
        ("size=1m", 20_000, "the disk is full"),
        ("size=1m,ro", 1, "the filesystem is read-only"),
    ],
)
def test_filesystems_that_accept_no_more_files(tmp_path: Path, options: str, size: int, cause: str) -> None:
    mount = f'mount -t tmpfs -o {options} none "$1" && exec "$2" -c "$3" "$1" "$4"'
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh", str(tmp_path)]

    ended = subprocess.run(
        [*unshare, sys.executable, IN_A_SMALL_FILESYSTEM, str(size)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    if "unshare" in ended.stderr or "mount:" in ended.stderr:
        pytest.skip(f"this machine forbids mounts in a namespace: {ended.stderr.strip()}")
    assert cause in ended.stdout, ended.stderr


def test_a_damaged_append_only_file_is_reported_with_the_way_to_rebuild_the_store(tmp_path: Path, wait: Waiter) -> None:
    with locked(tmp_path / "lock") as lock:
        server = prepare_server(tmp_path / "redis", lock=lock, output=tmp_path / "output.log")
        process = Process(server.command)
        wait(server.answers, seconds=DEADLINE)
        with redis.Redis.from_url(server.address) as client:
            for number in range(200):
                client.set(f"key{number}", "value" * 20)
        process.terminate()
        wait(lambda: process.status() is not None, seconds=DEADLINE)
        (increment,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
        content = bytearray(increment.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 400] = bytes(400)  # longer than a command: the format is damaged, not only a value
        increment.write_bytes(content)

        damaged = Process(server.command)
        wait(lambda: damaged.status() is not None, seconds=DEADLINE)

    assert damaged.status() == 1
    assert "append-only file is damaged; move appendonlydir/ out" in damaged.command.cause()
