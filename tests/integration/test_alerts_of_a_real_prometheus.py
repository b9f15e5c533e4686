"""A real Prometheus scrapes a real system: every target is up, and alerts fire under real faults and not before."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest

from copytaster.access.keyring import KeyOrder
from copytaster.bootstrap.access import open_keyring
from copytaster.bootstrap.archive import open_archive
from copytaster.bootstrap.webhooks import open_webhooks
from copytaster.clock import SystemClock
from copytaster.errors import CopytasterError
from copytaster.model.access import Scope
from copytaster.model.delivery import new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.webhook import Message
from copytaster.model.work import Work
from copytaster.outbound.webhooks.administration import EndpointOrder
from copytaster.search.index_folder import CURRENT, FILE
from copytaster.search.sqlite_index import WAIT_MILLISECONDS
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster_broker.app import KEY_PREFIX
from copytaster_broker.publisher import ENQUEUED, open_publisher
from tests.conftest import ReservedPort
from tests.factories import a_delivery
from tests.integration.api_process import Api, running
from tests.integration.real_prometheus import Prometheus, running_prometheus

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 120.0
"""Far more than any alert takes on an idle machine; heartbeats of a dead part count for 20 s."""

RUNAWAY = Path(__file__).parents[2] / "seeds" / "harbour-post" / "runaway-template.html"
"""A file that parsers give up on, so that it is quarantined."""

MANY = 6
"""Files in quarantine, one more than the alert needs."""

LONG_AGO = 1_000
"""Seconds that an old message and an old delivery have waited."""

TREE_SETTINGS = {"CONCURRENCY": "1", "DISK_FREE_BYTES": "1"}


@dataclass(frozen=True, slots=True)
class Watched:
    """A running system, and the Prometheus that watches it."""

    tree: Tree
    api: Api
    prometheus: Prometheus


@pytest.fixture(scope="module")
def watched(
    module_tree: Tree, module_server: RealServer, wait: Waiter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed: it is in the package prometheus of Debian")
    with ExitStack() as stack:
        api_port, watcher_port, worker_port, own = (_reserved(stack) for _ in range(4))
        api = stack.enter_context(running(Api(module_tree.folder, module_server, api_port), wait))
        for part, port in ((Part.WATCHER, watcher_port), (Part.WORKER, worker_port)):
            module_tree.environ["COPYTASTER_METRICS_PORT"] = str(port)
            module_tree.start(part)
        targets = {"api": api_port, "watcher": watcher_port, "worker": worker_port}
        folder = tmp_path_factory.mktemp("monitoring") / "prometheus"
        yield Watched(module_tree, api, stack.enter_context(running_prometheus(program, folder, own, targets, wait)))


def _reserved(stack: ExitStack) -> int:
    port = ReservedPort()
    stack.callback(port.close)
    return port.number


def test_every_target_is_up_and_nothing_fires_without_a_fault(watched: Watched, wait: Waiter, story: Story) -> None:
    watched.tree.drop("kestrel/calm.txt", story("calm"))

    assert watched.tree.end_of("calm.txt").disposition is Disposition.STORED
    wait(lambda: {*watched.prometheus.targets().values()} == {"up"}, seconds=SECONDS)
    before = watched.prometheus.evaluations()
    wait(lambda: watched.prometheus.evaluations() > before + 5 * len(watched.prometheus.targets()), seconds=SECONDS)

    assert {*watched.prometheus.targets()} == {"api", "watcher", "worker", "prometheus"}
    assert watched.prometheus.firing() == {}


def test_a_key_that_is_put_into_the_file_lets_prometheus_read_an_api_that_needs_one(
    watched: Watched, wait: Waiter
) -> None:
    order = KeyOrder(name="prometheus", scope=Scope.READ)
    _, key = open_keyring(watched.tree.settings, clock=SystemClock()).create(order, by="test")
    wait(lambda: watched.prometheus.targets()["api"] == "down", seconds=SECONDS)

    watched.prometheus.key.write_text(f"{key}\n", encoding="ascii")

    wait(lambda: watched.prometheus.targets()["api"] == "up", seconds=SECONDS)
    wait(lambda: watched.prometheus.firing() == {}, seconds=SECONDS)


def test_each_fault_raises_its_alert(watched: Watched, module_server: RealServer, wait: Waiter) -> None:
    tree = watched.tree
    quarantine_many(tree)
    damage_an_original(tree)
    let_messages_to_a_webhook_die(tree)
    open_the_balance(tree, module_server)
    index = locked_search_index(tree)
    tree.kill(Part.WORKER)
    leave_old_work(tree, module_server)
    need_more_disk_than_there_is(tree)
    fill_the_memory(module_server)
    report_a_missing_sandbox(tree)

    expected = {
        "CopytasterQuarantineRate",
        "CopytasterArchiveDamaged",
        "CopytasterWebhookDeadLetters",
        "CopytasterBalanceOpen",
        "CopytasterSearchLag",
        "CopytasterPartMissing",
        "CopytasterTargetDown",
        "CopytasterNoProgress",
        "CopytasterQueueOld",
        "CopytasterDeliveryOld",
        "CopytasterDiskLow",
        "CopytasterMemoryLow",
        "CopytasterUnsandboxed",
    }
    fired: dict[str, dict[str, str]] = {}

    def all_have_fired() -> bool:
        report_a_missing_sandbox(tree)
        fired.update(watched.prometheus.firing())
        return expected <= fired.keys()

    wait(all_have_fired, seconds=SECONDS)
    index.close()
    missing = fired["CopytasterPartMissing"]
    assert missing["code"] == "no_worker"
    assert missing["runbook_url"] == "http://desk.example:8000/problems#no_worker"
    assert fired["CopytasterQueueOld"]["queue"] == "ingest"
    assert fired["CopytasterArchiveDamaged"]["kind"] == "original_damaged"
    assert all("<no value>" not in text and "error" not in text for each in fired.values() for text in each.values())


def test_a_server_and_an_api_that_are_away_raise_their_alerts(
    watched: Watched, module_server: RealServer, wait: Waiter
) -> None:
    module_server.freeze()
    try:
        wait(lambda: "CopytasterRedisDown" in watched.prometheus.firing(), seconds=SECONDS)
    finally:
        module_server.thaw()
    watched.api.process.kill()
    wait(lambda: "CopytasterApiMissing" in watched.prometheus.firing(), seconds=SECONDS)


def quarantine_many(tree: Tree) -> None:
    text = RUNAWAY.read_text(encoding="utf-8")
    for number in range(MANY):
        tree.drop(f"heron/runaway-{number}.html", f"{text}<!-- {number} -->")
    assert {tree.end_of(f"runaway-{number}.html").disposition for number in range(MANY)} == {Disposition.QUARANTINED}


def damage_an_original(tree: Tree) -> None:
    sha256 = str(tree.deliveries("calm.txt")[0].sha256)
    file = tree.settings.data / "archive" / sha256[:2] / sha256[2:4] / f"{sha256}.bin"
    file.write_bytes(b"?" + file.read_bytes()[1:])
    with pytest.raises(CopytasterError), open_archive(tree.settings).open(sha256) as content:
        content.read()


def let_messages_to_a_webhook_die(tree: Tree) -> None:
    store = tree.store
    endpoint = open_webhooks(tree.settings, store, clock=SystemClock()).create(
        EndpointOrder(url="https://receiver.example/")
    )
    message = Message(event_id="1-0", body="{}")
    assert store.webhooks.enqueue({endpoint.id: [message]}, cursor=store.webhooks.cursor(), moved_to=store.events.end())
    store.webhooks.bury(endpoint.id)


def open_the_balance(tree: Tree, server: RealServer) -> None:
    del tree
    with server.client() as client:
        (balance,) = client.scan_iter(match="*{ledger}:balance")
        client.hincrby(balance, "seen", 1)


def locked_search_index(tree: Tree) -> apsw.Connection:
    """Let another program write into the index and not end, so that no further event is indexed."""
    connection = apsw.Connection(str(tree.settings.data / "search" / CURRENT / FILE))
    connection.set_busy_timeout(WAIT_MILLISECONDS)  # the projection may write at this moment
    connection.execute("begin immediate")
    return connection


def leave_old_work(tree: Tree, server: RealServer) -> None:
    """Leave a message and a delivery that have waited for long, as after a night with too few workers."""
    queue = KEY_PREFIX + Work.INGEST.value
    open_publisher(tree.settings).publish(Work.INGEST, ["d1"])
    with server.client() as client:
        message = json.loads(client.lpop(queue))
        message["headers"][ENQUEUED] = time.time() - LONG_AGO
        client.rpush(queue, json.dumps(message))
    arrived = SystemClock().now() - timedelta(seconds=LONG_AGO)
    old = a_delivery(1).model_copy(update={"id": new_delivery_id(arrived), "received_at": arrived})
    tree.store.ledger.register(old, due_in=timedelta(minutes=10), by="test")


def need_more_disk_than_there_is(tree: Tree) -> None:
    environ = {key: value for key, value in tree.environ.items() if not key.endswith("METRICS_PORT")}
    tree.processes.start_part("second-watcher", Part.WATCHER, environ | {"COPYTASTER_DISK_FREE_BYTES": str(10**15)})


def fill_the_memory(server: RealServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"] / 0.79))


def report_a_missing_sandbox(tree: Tree) -> None:
    """Report what a worker on an old kernel does: this machine's kernel has all protections."""
    now = SystemClock().now()
    details: dict[str, str | int | float | None] = {"unsandboxed": "path restriction", "queues": "suspect"}
    tree.store.presence.beat(
        Heartbeat(
            part=Part.WATCHER, name="old@host:1", host="host", pid=1, started_at=now, beat_at=now, details=details
        )
    )
