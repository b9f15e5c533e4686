"""A status API over a store in memory, with a clock that stands still."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from copytaster.access.authentication import Authentication
from copytaster.access.keyring import KeyOrder, Keyring
from copytaster.access.logins import Logins
from copytaster.archive.access_keys import MemoryAccessKeys
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.access import Scope
from copytaster.model.article import (
    Article,
    ArticleId,
    Entity,
    EntityType,
    Keyword,
    Provenance,
    Relation,
    RelationKind,
    Topic,
)
from copytaster.model.delivery import Delivery, DeliveryId, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import EmptyQueues, QueueDepth, Work
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store
from copytaster_api.app import ApiDependencies, create_app
from tests.factories import memory_search

with warnings.catch_warnings():
    # Starlette wants httpx2 where httpx serves as well.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

SHA = "ab" * 32
FROM_FILE = Provenance(**{"from": "text:first-line", "confidence": 0.9})


class AwayQueues(EmptyQueues):
    """A broker that does not answer."""

    def depth(self, work: Work) -> QueueDepth:
        """Fail as a broker does whose server is away."""
        raise ServerUnavailableError(f"cannot read the queue {work} of Redis: connection refused")


class BrokenQueues(EmptyQueues):
    """A broker adapter with a fault of its own."""

    def depth(self, work: Work) -> QueueDepth:
        """Fail in a way that is not expected."""
        raise ZeroDivisionError(f"secret of {work}")


class StalledQueues(EmptyQueues):
    """A broker in which messages have waited for long."""

    def depth(self, work: Work) -> QueueDepth:
        """Return a depth of three, one of them unacknowledged, the oldest 90 s old."""
        return QueueDepth(name=work, length=3, unacknowledged=1, oldest_seconds=90)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a test works with: the application's dependencies, and short ways to fill its store."""

    deps: ApiDependencies

    @property
    def store(self) -> Store:
        """The store behind the API."""
        return self.deps.store

    def client(self, **changed: Any) -> TestClient:
        """Return a client of the application, with some dependencies changed."""
        return TestClient(create_app(replace(self.deps, **changed)), raise_server_exceptions=False)

    def searching(self) -> TestClient:
        """Return a client of an API whose search index has the articles that are stored now."""
        return self.client(search=memory_search(self.store, clock=self.deps.clock))

    def beat(self, part: Part, name: str, **fields: Any) -> None:
        """Let a part give a sign of life now."""
        now = self.deps.clock.now()
        self.store.presence.beat(
            Heartbeat(part=part, name=name, host="desk", pid=7, **({"started_at": now, "beat_at": now} | fields))
        )

    def deliver(self, name: str = "story.txt", **fields: Any) -> DeliveryId:
        """Register a delivery that arrives now."""
        now = self.deps.clock.now()
        given = {"name": name, "path": f"wire/{name}", "source": "wire", "size": 9, "sha256": SHA, "received_at": now}
        delivery = Delivery(**{"id": new_delivery_id(now)} | given | fields)
        self.store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher@desk:1")
        return delivery.id

    def settle(self, name: str, disposition: Disposition, reason: Reason | None = None) -> DeliveryId:
        """Register a delivery and end it."""
        delivery_id = self.deliver(name)
        outcome = Outcome(disposition=disposition, reason=reason, message=f"{name} came to this")
        self.store.ledger.settle(delivery_id, outcome, by="worker@desk:2")
        return delivery_id

    def publish(self, article_id: str, title: str = "Harbour reopens", **fields: Any) -> Article:
        """Store an article that arrives now."""
        given = {
            "version": 1,
            "text": "The harbour reopened on Monday.",
            "source": "wire",
            "received_at": self.deps.clock.now(),
            "word_count": 5,
            "format": "text",
            "provenance": {"title": FROM_FILE},
            "sha256": SHA,
        }
        article = Article(**{"id": ArticleId(article_id), "title": title} | given | fields)
        self.store.articles.create(article, owner=DeliveryId(f"d{article_id}"))
        return article

    def publish_tagged(self, article_id: str, **fields: Any) -> Article:
        """Store an article that has been tagged."""
        return self.publish(
            article_id,
            language="en",
            topics=(Topic(code="20000763", name="sea transport", score=0.8, why="harbour"),),
            entities=(Entity(name="Port Hadley", type=EntityType.PLACE, count=1, spans=()),),
            keywords=(Keyword(term="harbour", score=1.5),),
            **fields,
        )

    def publish_copy(self, article_id: str, of: str) -> Article:
        """Store a near-duplicate."""
        relation = Relation(kind=RelationKind.NEAR, of=ArticleId(of), score=0.8)
        return self.publish(article_id, relation=relation)


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    """Return an empty system with empty queues."""
    deps = ApiDependencies(store=memory_store(clock), queues=EmptyQueues(), clock=clock, registry=CollectorRegistry())
    deps = replace(deps, allowed_hosts=("testserver",))
    return Desk(deps)


@pytest.fixture
def client(desk: Desk) -> TestClient:
    """Return a client of the API over ``desk``."""
    return desk.client()


@pytest.fixture
def client_away(desk: Desk) -> TestClient:
    """Return a client of an API whose Redis server is away."""
    return desk.client(queues=AwayQueues())


@pytest.fixture
def client_broken(desk: Desk) -> TestClient:
    """Return a client of an API with a fault."""
    return desk.client(queues=BrokenQueues())


@pytest.fixture
def client_stalled(desk: Desk) -> TestClient:
    """Return a client of an API whose queues stand still."""
    return desk.client(queues=StalledQueues())


@dataclass(frozen=True, slots=True)
class KeyDesk:
    """An API that needs keys, over the store of a desk."""

    desk: Desk
    authentication: Authentication

    @property
    def keyring(self) -> Keyring:
        """The keys."""
        return self.authentication.keyring

    def client(self, **changed: Any) -> TestClient:
        """Return a client without a key."""
        return self.desk.client(**({"authentication": self.authentication} | changed))

    def secret(self, scope: Scope = Scope.READ, *sources: str, name: str = "desk", **given: Any) -> str:
        """Create a key, and return its secret."""
        order = KeyOrder(name=name, scope=scope, sources=sources, **given)
        return self.keyring.create(order, by="ann")[1]

    def bearer(self, scope: Scope = Scope.READ, *sources: str, **given: Any) -> dict[str, str]:
        """Create a key, and return the header that sends it."""
        return {"Authorization": f"Bearer {self.secret(scope, *sources, **given)}"}

    def logged_in(
        self, scope: Scope = Scope.READ, *, changed: dict[str, Any] | None = None, **given: Any
    ) -> tuple[TestClient, dict[str, str]]:
        """Log a browser in, and return it with the header of its changes."""
        client = self.client(**changed or {})
        answer = client.post("/login", data={"key": self.secret(scope, **given)}, follow_redirects=False)
        assert answer.status_code == 303
        return client, {"X-CSRF-Token": client.cookies["copytaster_csrf"]}


@pytest.fixture
def keys(desk: Desk) -> KeyDesk:
    """Return an API that other machines reach, so that it needs keys."""
    clock = desk.deps.clock
    keyring = Keyring(MemoryAccessKeys(), clock)
    logins = Logins(keyring, desk.store.sessions, clock)
    return KeyDesk(
        desk, Authentication(keyring, logins, desk.store.key_uses, clock, exposed=True, is_archive_away=lambda: False)
    )
