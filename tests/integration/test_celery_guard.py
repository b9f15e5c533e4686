"""The guard against three faults of celery and kombu. When a test without it fails after an upgrade, it may go."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import kombu
import pytest
import redis
from celery.concurrency.asynpool import AsynPool
from kombu.asynchronous import hub
from kombu.transport import virtual
from kombu.transport.redis import Channel, QoS, SentinelChannel

from copytaster.model.work import Work
from copytaster_broker import guard
from copytaster_broker.app import KEY_PREFIX
from copytaster_broker.publisher import open_publisher

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Tree

KILLS = 3
"""Without the guard one kill in two to six ended the worker; what three kills may miss, the tests below do not."""

ENDED = SimpleNamespace(_sentinel_poll=None)
"""A process that Celery has found ended: it has closed the descriptor by which it learns that."""

TASK_SECONDS = "1.5"

SECONDS = 60.0

MET_AGAIN = 3
"""Refusals after which the worker has certainly connected again and met another one."""


def test_a_worker_with_the_guard_outlives_the_server_while_messages_are_unacknowledged(
    tree: Tree, own_server: RealServer, wait: Waiter, tmp_path: Path
) -> None:
    script = Path(__file__).with_name("slow_worker.py")
    worker = tree.processes.start("slow-worker", [str(script), TASK_SECONDS], tree.environ)
    publisher = open_publisher(tree.settings)

    for kill in range(KILLS):
        publisher.publish(Work.INGEST, [str(tmp_path / f"under-{kill}-{number}") for number in range(60)])
        with own_server.client() as client:
            wait(lambda client=client: client.hlen(f"{KEY_PREFIX}unacked") > 0, seconds=SECONDS)  # type: ignore[misc]
        own_server.kill()
        own_server.start()
        after = tmp_path / f"after-{kill}"
        publisher.publish(Work.INGEST, [str(after)])
        wait(after.exists, seconds=SECONDS)

    assert worker.poll() is None


def lose_replicas(client: redis.Redis) -> None:
    client.config_set("min-replicas-to-write", 1)


def become_replica(client: redis.Redis) -> None:
    client.replicaof("127.0.0.1", "1")


def fill_disk(client: redis.Redis) -> None:
    """Make the server's next snapshot fail: a folder that is not empty is where its file should be."""
    (Path(str(client.config_get("dir")["dir"])) / "dump.rdb" / "full").mkdir(parents=True)
    client.config_set("save", "3600 1000000")
    client.bgsave()


def forbid_waiting(client: redis.Redis) -> None:
    client.acl_setuser("default", enabled=True, reset=False, commands=["-brpop"])


def end_refusals(client: redis.Redis) -> None:
    client.config_set("min-replicas-to-write", 0)
    client.replicaof("NO", "ONE")
    client.config_set("save", "")
    client.acl_setuser("default", enabled=True, reset=False, commands=["+brpop"])


def refusals(client: redis.Redis, code: str) -> int:
    """Return how often the server has refused a command with this code."""
    statistics: Any = client.info("errorstats")
    return int(statistics.get(f"errorstat_{code}", {}).get("count", 0))


REFUSALS: dict[str, Callable[[redis.Redis], None]] = {
    "NOREPLICAS": lose_replicas,
    "READONLY": become_replica,
    "MISCONF": fill_disk,
    "NOPERM": forbid_waiting,
}
"""How a server begins to refuse commands, by the code with which it does."""


@pytest.mark.parametrize("code", REFUSALS)
def test_a_worker_outlives_a_server_that_refuses_commands(
    code: str, tree: Tree, own_server: RealServer, wait: Waiter, tmp_path: Path
) -> None:
    script, published = Path(__file__).with_name("slow_worker.py"), tmp_path / "published"
    worker = tree.processes.start("slow-worker", [str(script), "0"], tree.environ)
    open_publisher(tree.settings).publish(Work.INGEST, [str(published)])
    wait(published.exists, seconds=SECONDS)

    with own_server.client() as client:
        REFUSALS[code](client)
        wait(lambda: refusals(client, code) > MET_AGAIN or worker.poll() is not None, seconds=SECONDS)
        end_refusals(client)
    later = tmp_path / "later"
    open_publisher(tree.settings).publish(Work.INGEST, [str(later)])
    wait(lambda: later.exists() or worker.poll() is not None, seconds=SECONDS)

    assert worker.poll() is None


@pytest.fixture
def closed_channel(server: RealServer) -> Any:
    """Give a channel whose connection is closed, as the server's death leaves it."""
    connection = kombu.Connection(server.address)
    channel = connection.channel()
    connection.close()
    return channel


@pytest.fixture
def half_closed_channel(closed_channel: Any) -> Any:
    """Give a channel whose transport has let its client go: the other state found in the crash."""
    closed_channel.connection = SimpleNamespace(client=None)
    return closed_channel


@pytest.mark.parametrize("state", ["closed_channel", "half_closed_channel"])
def test_without_the_guard_a_closed_channel_raises_what_celery_does_not_handle(
    state: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = request.getfixturevalue(state)
    monkeypatch.setattr(Channel, "_get_pool", guard._get_pool)

    with pytest.raises(AttributeError, match="NoneType"):
        channel._get_pool()


@pytest.mark.parametrize("state", ["closed_channel", "half_closed_channel"])
def test_with_the_guard_a_closed_channel_raises_a_connection_error_that_celery_handles(
    state: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = request.getfixturevalue(state)
    monkeypatch.setattr(Channel, "_get_pool", guard._get_pool)

    guard.install()

    with pytest.raises(redis.exceptions.ConnectionError) as caught:
        channel._get_pool()
    assert isinstance(caught.value, kombu.Connection("redis://").recoverable_connection_errors)


def track_ended_process() -> None:
    """Do what a worker that connects again does with a process of its pool that has just ended."""
    events = hub.Hub()
    try:
        AsynPool._track_child_process(SimpleNamespace(_event_process_exit=None), ENDED, events)
    finally:
        events.close()


def test_without_the_guard_an_ended_process_of_the_pool_ends_a_worker_that_connects_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub, "fileno", guard._fileno)

    with pytest.raises(ValueError, match="None"):
        track_ended_process()


def test_with_the_guard_an_ended_process_of_the_pool_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "fileno", guard._fileno)
    guard.install()

    track_ended_process()
    with pytest.raises(OSError, match="has ended"):
        hub.Hub().remove(None)


def test_the_guard_leaves_descriptors_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "fileno", guard._fileno)
    guard.install()

    with socket.socket() as connection:
        assert hub.fileno(connection) == hub.fileno(connection.fileno()) == connection.fileno()


def test_the_channel_behind_sentinels_is_guarded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SentinelChannel, "_get_pool", guard._get_sentinel_pool)
    guard.install()

    with pytest.raises(redis.exceptions.ConnectionError):
        SentinelChannel._get_pool(SimpleNamespace(connection=None))


def test_the_guard_leaves_an_open_channel_alone(server: RealServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Channel, "_get_pool", guard._get_pool)
    guard.install()

    with kombu.Connection(server.address) as connection:
        reply = connection.channel().client.ping()

    assert reply is True


@pytest.fixture
def full_channel(own_server: RealServer) -> Any:
    """Give a channel that holds as many unacknowledged messages as it may, and whose server has died."""
    with kombu.Connection(own_server.address, transport_options={"socket_timeout": 1}) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=1)
        with connection.SimpleQueue("chaos", channel=channel) as queue:
            queue.put("an id")
            queue.get(timeout=SECONDS)
            own_server.kill()
            yield channel


END = {"ack": lambda qos, tag: qos.ack(tag), "reject": lambda qos, tag: qos.reject(tag, requeue=True)}


@pytest.mark.parametrize("end", END)
def test_without_the_guard_a_failed_acknowledgement_blocks_the_channel_for_good(
    end: str, full_channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QoS, "ack", guard._ack)
    monkeypatch.setattr(QoS, "reject", guard._reject)
    (tag,) = full_channel.qos._delivered

    with pytest.raises(redis.exceptions.ConnectionError):
        END[end](full_channel.qos, tag)

    assert not full_channel.qos.can_consume()


@pytest.mark.parametrize("end", END)
def test_with_the_guard_a_channel_whose_acknowledgement_failed_fetches_further_messages(
    end: str, full_channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QoS, "ack", guard._ack)
    monkeypatch.setattr(QoS, "reject", guard._reject)
    (tag,) = full_channel.qos._delivered

    guard.install()

    with pytest.raises(redis.exceptions.ConnectionError):
        END[end](full_channel.qos, tag)
    assert full_channel.qos.can_consume()


def test_a_server_that_refuses_an_acknowledgement_is_a_lost_connection_which_celery_handles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_qos: object, _tag: str) -> None:
        raise redis.exceptions.ResponseError("NOREPLICAS Not enough good replicas to write.")

    released = list[str]()
    monkeypatch.setattr(guard, "_ack", refuse)
    monkeypatch.setattr(virtual.QoS, "ack", lambda _qos, tag: released.append(tag))

    with pytest.raises(redis.exceptions.ConnectionError, match="NOREPLICAS"):
        guard._ack_and_release(object(), "tag")

    assert released == ["tag"]
