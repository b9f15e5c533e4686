"""Invalid messages are logged and counted, and the worker continues."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from copytaster.bootstrap.intake import open_deposit
from copytaster.clock import SystemClock
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.ports.presence import Part
from copytaster_broker.app import KEY_PREFIX
from copytaster_broker.publisher import open_publisher

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 40.0


def failures(how: str, port: int) -> float:
    """Return the worker's count of a kind of failure; 0 while it has none."""
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    counts = [line.split()[-1] for line in lines if line.startswith(f'copytaster_task_failures_total{{how="{how}"}}')]
    return float(counts[0]) if counts else 0.0


def a_message_of_ours(tree: Tree, server: RealServer) -> dict[str, Any]:
    """Publish while no worker runs, take the message out of its queue and return it."""
    open_publisher(tree.settings).publish(Work.INGEST, ["d1"])
    with server.client() as client:
        return dict(json.loads(client.lpop(KEY_PREFIX + Work.INGEST.value)))


def test_bad_messages_are_logged_and_counted_and_the_worker_continues(
    tree: Tree, own_server: RealServer, own_port: int, wait: Waiter, story: Story
) -> None:
    tree.environ["COPYTASTER_METRICS_PORT"] = str(own_port)
    ours, queue = a_message_of_ours(tree, own_server), KEY_PREFIX + Work.INGEST.value
    tree.start(Part.WORKER)
    worker, log = tree.running[Part.WORKER], tree.folder / "worker.log"

    def push(**changes: Any) -> None:
        with own_server.client() as client:
            client.lpush(queue, json.dumps(ours | changes))

    push(headers=ours["headers"] | {"task": "copytaster.nonsense"})
    wait(lambda: failures("bad_message", own_port) == 1, seconds=SECONDS)
    push(**{"content-type": "application/x-python-serialize"})
    wait(lambda: failures("bad_message", own_port) == 2, seconds=SECONDS)
    push(body=b64encode(b"no json").decode())
    wait(lambda: failures("bad_message", own_port) == 3, seconds=SECONDS)
    push(body=b64encode(b"[[5], {}, {}]").decode())
    wait(lambda: failures("error", own_port) == 1, seconds=SECONDS)
    deposit = open_deposit(tree.settings, tree.store, open_publisher(tree.settings), clock=SystemClock())
    deposit.copy_in(tree.outside("good.txt", story("good")), path="wire/good.txt", by="test")
    deposit.claims.close()

    assert tree.end_of("good.txt").disposition is Disposition.STORED
    assert worker.poll() is None
    assert log.read_text().count("message.refused") == 3
    assert log.read_text().count("task.failed") == 1
