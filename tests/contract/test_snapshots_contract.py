"""Snapshots of a real server, and their way into a running server and into the folder of one that does not run."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis

from copytaster.backup.append_only_folder import AppendOnlyFolder
from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.store.keys import Keys
from copytaster.store.redis.client import connect
from copytaster.store.redis.snapshot_source import RedisSnapshotSource
from copytaster.store.redis.snapshot_target import RedisSnapshotTarget
from copytaster_cli.processes.embedded_server import embedded_kind
from tests.conftest import started_server

if TYPE_CHECKING:
    from tests.conftest import RealServer

BULK = 3_000
"""Values of a kilobyte: the snapshot arrives in many pieces."""


@pytest.fixture(params=["from memory", "from disk"])
def filled(server: RealServer, request: pytest.FixtureRequest) -> redis.Redis:
    """Give a client of a server with values of all types in two databases."""
    client = server.client()
    client.config_set("repl-diskless-sync", "yes" if request.param == "from memory" else "no")
    client.config_set("repl-diskless-sync-delay", 0)
    for number in range(BULK):
        client.set(f"bulk:{number}", str(number).zfill(1_000))
    client.hset("hash", mapping={"a": 1, "b": b"\x00\xff"})
    client.zadd("sorted", {"x": 1.5})
    client.xadd("stream", {"k": "v"}, id="5-1")
    client.set("expiring", "x", ex=3_600)
    client.set("ct:{epoch}:id", "e1")
    client.hset("ct:{epoch}:complete", mapping={"run": "r1", "until": 5})
    with redis.Redis.from_url(server.address.replace("/0", "/3")) as other:
        other.set("elsewhere", "y")
    return client


def snapshot(client: redis.Redis, folder: Path) -> Path:
    file = folder / "snapshot.rdb"
    with file.open("wb") as out:
        out.writelines(RedisSnapshotSource(client).read())
    return file


def content(client: redis.Redis) -> dict[bytes, object]:
    """Return all values in a form in which two servers can be compared, and which values expire."""
    found: dict[bytes, object] = {key: client.dump(key) for key in client.scan_iter() if not key.startswith(b"ct:")}
    return found | {b"expires": client.pttl("expiring") > 0}


@pytest.fixture
def started(tmp_path: Path) -> Iterator[RealServer]:
    """Give a second server, with data that is replaced."""
    folder = tmp_path / "second"
    folder.mkdir()
    with started_server(folder) as server, server.client() as client:
        client.set("former", "z")
        yield server


def test_a_running_server_has_the_data_also_after_its_restart(
    filled: redis.Redis, tmp_path: Path, started: RealServer
) -> None:
    target = RedisSnapshotTarget(started.client(), Keys())
    assert not target.is_empty()

    target.replace(snapshot(filled, tmp_path), time.sleep)

    with started.client() as client:
        assert content(client) == content(filled)
        assert client.info("replication")["role"] == "master"
        client.set("written after", "1")
    started.kill()
    started.start()
    with started.client() as client, redis.Redis.from_url(started.address.replace("/0", "/3")) as other:
        assert client.dbsize() == filled.dbsize() + 1
        assert other.get("elsewhere") == b"y"


def test_restored_data_counts_as_older_than_the_journal(
    filled: redis.Redis, tmp_path: Path, started: RealServer
) -> None:
    """The run that wrote the data may be the one that gets it back, and has lost what came in between."""
    client = connect(started.address, name="contract")
    epoch = redis_store(client, clock=ManualClock(), window=timedelta(days=1)).epoch
    filled.hset("ct:{epoch}:complete", "run", epoch.read().run)

    RedisSnapshotTarget(client, Keys()).replace(snapshot(filled, tmp_path), time.sleep)

    state = epoch.read()
    assert state.epoch == "e1"
    assert not state.is_complete
    assert state.complete_until
    client.close()


def test_a_server_that_starts_on_the_folder_has_the_data(filled: redis.Redis, tmp_path: Path) -> None:
    folder = tmp_path / "embedded"
    target = AppendOnlyFolder(folder, embedded_kind())
    assert target.is_empty()
    target.replace(snapshot(filled, tmp_path), time.sleep)
    assert not target.is_empty()

    with started_server(folder) as server, server.client() as client:
        assert content(client) == content(filled)
        client.set("written after", "1")
        server.kill()
        server.start()
        assert client.get("written after") == b"1"


def test_former_data_of_the_folder_stays_under_another_name(filled: redis.Redis, tmp_path: Path) -> None:
    folder = tmp_path / "embedded"
    folder.mkdir()
    with started_server(folder) as server, server.client() as client:
        client.set("former", "z")

    AppendOnlyFolder(folder, embedded_kind()).replace(snapshot(filled, tmp_path), time.sleep)

    (former,) = folder.glob("appendonlydir.before-*")
    assert list(former.iterdir())
    with started_server(folder) as server, server.client() as client:
        assert client.get("former") is None


def test_the_kind_of_the_server_is_known(server: RealServer) -> None:
    with server.client() as client:
        assert RedisSnapshotSource(client).kind() == RedisSnapshotTarget(client, Keys()).kind() == embedded_kind()


def test_a_file_that_is_no_snapshot_leaves_the_server_usable(tmp_path: Path, started: RealServer) -> None:
    (tmp_path / "no-snapshot").write_bytes(b"REDIS9999" + bytes(1_000))

    with pytest.raises(ServerUnavailableError, match="did not accept"):
        RedisSnapshotTarget(started.client(), Keys()).replace(tmp_path / "no-snapshot", time.sleep)

    with started.client() as client:
        assert client.info("replication")["role"] == "master"
        assert client.set("k", "v")


def test_a_user_without_the_permission_gets_the_list_of_permissions(server: RealServer) -> None:
    with server.client() as client:
        client.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-sync"])
    address = server.address.replace("redis://", "redis://reader:pw@")

    with redis.Redis.from_url(address) as client, pytest.raises(ServerUnavailableError, match=r"\+sync"):
        list(RedisSnapshotSource(client).read())

    with server.client() as client:
        client.acl_deluser("reader")


def test_a_server_that_ends_in_the_middle_is_an_outage() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = connect(f"redis://127.0.0.1:{listener.getsockname()[1]}", name="contract")
        listener.close()
        with pytest.raises(ServerUnavailableError):
            list(RedisSnapshotSource(client).read())
        client.close()
