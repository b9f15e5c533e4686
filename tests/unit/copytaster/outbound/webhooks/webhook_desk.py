"""Webhooks over a store, with a receiver that behaves as a test wants, and threads that run at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from copytaster.archive.webhook_endpoints import MemoryEndpoints
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.webhooks.addresses import NotSentError
from copytaster.outbound.webhooks.administration import EndpointOrder, EndpointWithSecret, Webhooks
from copytaster.outbound.webhooks.attempts import Attempts
from copytaster.outbound.webhooks.outbox import Outbox
from copytaster.outbound.webhooks.runner import WebhookRunner
from copytaster.outbound.webhooks.switches import Switches
from copytaster.store.store import Store
from tests.factories import a_delivery, delivery_id


class AtOnce(Executor):
    """Runs what it gets in the caller's thread."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done = Future[Any]()
        done.set_result(fn(*args, **kwargs))
        return done


@dataclass(slots=True)
class Receiver:
    """Answers with ``status``; None: it is down. It keeps what it has accepted."""

    status: int | None = 204
    seconds: float = 0
    clock: ManualClock | None = None
    tries: int = 0
    accepted: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.tries += 1
        if self.clock:
            self.clock.advance(seconds=self.seconds)
        if self.status is None:
            raise NotSentError("connection refused")
        if self.status < 300:
            self.accepted.append((url, dict(headers), body.decode()))
        return self.status

    def subjects(self) -> list[str]:
        return [json.loads(body)["subject"] for _, _, body in self.accepted]

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, _, body in self.accepted]

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.accepted]


@dataclass(slots=True)
class WebhookDesk:
    """Everything that webhooks consist of; ``runners`` share the store as processes do."""

    store: Store
    clock: ManualClock
    receiver: Receiver = field(default_factory=Receiver)
    endpoints: MemoryEndpoints = field(default_factory=MemoryEndpoints)
    count: int = 0

    @property
    def switches(self) -> Switches:
        return Switches(self.endpoints, self.store.webhooks, self.store.events, self.clock)

    @property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.switches, Attempts(self.receiver, self.clock), self.clock)

    def runner(self) -> WebhookRunner:
        outbox = Outbox(OutgoingEvents(self.store, self.clock), self.store.webhooks)
        return WebhookRunner(self.switches, outbox, Attempts(self.receiver, self.clock), self.clock, AtOnce())

    def create(self, url: str = "https://hooks.example/1", **chosen: Any) -> EndpointWithSecret:
        return self.webhooks.create(EndpointOrder(url=url, **chosen))

    def store_articles(self, number: int) -> list[str]:
        """Register and settle deliveries, and return their articles."""
        articles = []
        for _ in range(number):
            self.count += 1
            article = ArticleId(f"a{self.count}")
            self.store.ledger.register(a_delivery(self.count), due_in=timedelta(seconds=9), by="watcher@one:1")
            stored = Outcome(disposition=Disposition.STORED, article_ids=(article,))
            self.store.ledger.settle(delivery_id(self.count), stored, by="w1")
            articles.append(str(article))
        return articles
