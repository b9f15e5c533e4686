"""A real watcher posts events to a real receiver, which fails at first; then the server is emptied."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from copytaster.bootstrap.webhooks import open_webhooks
from copytaster.clock import SystemClock
from copytaster.outbound.webhooks.administration import EndpointOrder
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

SECONDS = 60.0

TREE_SETTINGS = {"WEBHOOK_NETWORKS": "127.0.0.0/8"}


class Receiver(ThreadingHTTPServer):
    """Answers 503 twice, then accepts."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.accepted: list[tuple[dict[str, str], bytes]] = []
        self.refused = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hooks"

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.accepted]


class Handler(BaseHTTPRequestHandler):
    """Reads a message."""

    def do_POST(self) -> None:  # the library calls it
        receiver = self.server
        assert isinstance(receiver, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if receiver.refused < 2:
            receiver.refused += 1
            self.send_error(503)
            return
        receiver.accepted.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as in the base class
        del format, args


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_receiver_gets_what_happens_although_it_fails_at_first_and_after_the_server_was_emptied(
    tree: Tree, receiver: Receiver, own_server: RealServer, story: Story, wait: Waiter
) -> None:
    webhooks = open_webhooks(tree.settings, tree.store, clock=SystemClock())
    endpoint = webhooks.create(EndpointOrder(url=receiver.url, types=("delivery.*", "article.*")))
    tree.start(Part.WATCHER, Part.WORKER)

    tree.drop("wire/story.txt", story("one"))
    tree.end_of("story.txt")
    wait(lambda: {"delivery.registered", "article.stored", "article.tagged"} <= {*receiver.types()}, seconds=SECONDS)

    assert receiver.refused == 2
    for headers, body in receiver.accepted:
        Webhook(endpoint.secret).verify(body, headers)
    assert len({headers["webhook-id"] for headers, _ in receiver.accepted}) == len(receiver.accepted)
    log = webhooks.log(endpoint.id)
    assert [each.status for each in log].count(503) == 2

    with own_server.client() as client:
        client.flushall()
    tree.drop("wire/later.txt", story("two"))
    tree.end_of("later.txt")
    before = len(receiver.accepted)

    wait(lambda: receiver.types().count("article.stored") >= 2, seconds=SECONDS)
    assert len(receiver.accepted) >= before
    assert [each.id for each in webhooks.list()] == [endpoint.id]
