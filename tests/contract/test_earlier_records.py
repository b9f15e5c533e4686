"""Records and indexes of a release that stored JSON are read, and replaced as they change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis

from copytaster.archive.placements import MemoryPlacements
from copytaster.archive.retention_limit import MemoryRetentionLimits
from copytaster.articles.retention import RetentionDependencies, RetentionJob, RetentionRules
from copytaster.clock import ManualClock
from copytaster.errors import NewerRecordError
from copytaster.metrics import WatcherMetrics
from copytaster.model.article import Article, ArticleId, ArticleStatus, Entity, EntityType, Keyword, Span, Tagging
from copytaster.model.delivery import Delivery, DeliveryState, Outcome
from copytaster.model.disposition import Disposition
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.layout import LAYOUT
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store
from tests.conftest import MakeStore, RealServer
from tests.factories import FROM_TEST, START, a_delivery, an_article, delivery_id

A1, D1, D2 = ArticleId("a1"), delivery_id(1), delivery_id(2)
KEYS = Keys()

TAGGING = Tagging(
    language="en",
    topics=(),
    entities=(
        Entity(name="Harbour", type=EntityType.PLACE, count=1, spans=(Span(start=4, end=11),), why="Harbour: a place"),
    ),
    keywords=(Keyword(term="monday", score=1.0, spans=(Span(start=24, end=30),)),),
    provenance={"language": FROM_TEST},
)


@pytest.fixture
def client(server: RealServer) -> Iterator[Redis]:
    with server.client() as client:
        yield client


@pytest.fixture
def store(on_server: MakeStore, clock: ManualClock) -> Store:
    return on_server(clock)


def earlier_article(client: Redis, article: Article, tagging: Tagging | None = None) -> None:
    """Store the article as the earlier release did."""
    document = article.model_dump_json(exclude={"version", "duplicates"})
    fields: dict[Any, Any] = {"owner:1": str(D1), "document:1": document, "shown": 1, "count": 1}
    fields |= {"effective:1": 0, "revision:1": 0}
    if tagging:
        fields["tagging:1"] = tagging.model_dump_json()
        client.zadd(KEYS.listing("keyword:monday"), {article.id: 0})
    client.hset(KEYS.article(article.id), mapping=fields)
    client.zadd(KEYS.listing(), {article.id: 0})


def earlier_delivery(client: Redis, delivery: Delivery) -> None:
    """Store a settled delivery, with its indexes, as the earlier release did."""
    end = '{"disposition": "stored", "article_ids": ["a1"], "settled_at": "2026-01-01T00:00:05+00:00"}'
    body = delivery.model_dump_json(include={"id", "name", "path", "source", "size", "sha256", "received_at"})
    client.hset(KEYS.delivery(delivery.id), mapping={"body": body, "state": "settled", "attempts": 1, "end": end})
    entry = '{"at":"2026-01-01T00:00:00Z","stage":"watcher","by":"w","what":"registered: archived and due"}'
    client.rpush(KEYS.timeline(delivery.id), entry)
    terms = {"": "", "state": "settled", "source": "wire", "name": delivery.name, "path": delivery.path}
    for field, value in (terms | {"disposition": "stored", "article": "a1", "sha256": delivery.sha256}).items():
        client.zadd(KEYS.deliveries(field, str(value)), {delivery.id: 0})


def test_an_earlier_article_is_read_with_its_tags(store: Store, client: Redis) -> None:
    earlier_article(client, an_article(), TAGGING)

    found = store.articles.get(A1)

    tagged = dict(TAGGING) | {"provenance": an_article().provenance | TAGGING.provenance}
    assert found == an_article().model_copy(update=tagged)
    assert store.articles.versions(A1) == [found]
    assert store.articles.find(ArticleQuery(keyword="monday")).articles == (found,)


def test_an_earlier_article_gets_new_tags_and_versions(store: Store, client: Redis) -> None:
    earlier_article(client, an_article(), TAGGING)
    other = TAGGING.model_copy(update={"keywords": (), "language": "de"})

    assert store.articles.annotate(A1, 1, other)
    assert store.articles.find(ArticleQuery(keyword="monday")).articles == ()
    second = store.articles.add_version(an_article(text="The harbour is closed.", modified_at=START), owner=D2)

    first, last = store.articles.versions(A1)
    assert (first.language, first.keywords, first.entities) == ("de", (), TAGGING.entities)
    assert last == second == store.articles.get(A1)
    assert client.hexists(KEYS.article(A1), "tagging:1") is False


def test_tags_that_an_earlier_release_writes_later_are_the_valid_ones(store: Store, client: Redis) -> None:
    earlier_article(client, an_article())
    store.articles.annotate(A1, 1, TAGGING)
    later = TAGGING.model_copy(update={"language": "de"})

    client.hset(KEYS.article(A1), "tagging:1", later.model_dump_json())

    assert [each.language for each in store.articles.versions(A1)] == ["de"]


@pytest.mark.parametrize(
    ("numbers", "order"),
    [([5, None, 4], ["4", "5", "kill"]), ([5, None, 7, 6], ["5", "6", "kill", "7"])],
    ids=["an earlier number that comes later", "a number between"],
)
def test_a_kill_that_an_earlier_release_has_stored_holds_as_one_that_is_stored_now(
    store: Store, client: Redis, numbers: list[int | None], order: list[str]
) -> None:
    """The earlier release did not keep which version is the last one that withdraws, and the last of the others."""
    for hour, number in enumerate(numbers, 1):
        client.hdel(KEYS.article(A1), "withdrawn", "numbered")
        at = START + timedelta(hours=1.5 if number == 6 else hour)
        if number is None:
            version = an_article(title="kill", status=ArticleStatus.CANCELED, modified_at=at)
        else:
            version = an_article(title=str(number), guid_version=number, modified_at=at)
        store.articles.add_version(version, owner=delivery_id(hour))

    shown, listed = store.articles.get(A1), store.articles.version_page(A1, limit=5).versions
    assert shown
    assert [each.title for each in listed] == order
    assert shown.title == order[-1]


def test_an_earlier_delivery_is_read_and_found(store: Store, client: Redis) -> None:
    delivery = a_delivery()
    earlier_delivery(client, delivery)

    found = store.ledger.get(D1)

    assert found is not None
    assert (found.path, found.disposition, found.article_ids) == (delivery.path, Disposition.STORED, (A1,))
    assert [each.what for each in found.timeline] == ["registered: archived and due"]
    for query in queries():
        assert [each.id for each in store.ledger.find(query)] == [D1]


def test_earlier_and_present_deliveries_are_found_together_latest_first(store: Store, client: Redis) -> None:
    earlier_delivery(client, a_delivery(1))
    store.ledger.register(a_delivery(2), due_in=None, by="watcher")
    store.ledger.settle(D2, Outcome(disposition=Disposition.STORED, article_ids=(A1,)), by="w")

    for query in queries():
        assert [each.id for each in store.ledger.find(query)] == [D2, D1]


def test_earlier_deliveries_leave_no_entry_when_they_are_removed(store: Store, client: Redis) -> None:
    earlier_delivery(client, a_delivery())
    (found,) = store.retention.settled(before=START.replace(year=2027), after=None, limit=5)

    assert store.retention.remove_delivery(found)

    assert client.keys("*") == []


def test_a_record_of_an_unknown_format_is_left_to_newer_workers(store: Store, client: Redis) -> None:
    store.articles.create(an_article(), owner=D1)
    client.hset(KEYS.article(A1), "d:1", b"\x7f of the future")

    with pytest.raises(NewerRecordError, match="a newer release wrote it"):
        store.articles.get(A1)


@pytest.mark.parametrize("sources", [{}, {"Heron": None}, {"Heron": timedelta(days=5)}])
def test_what_a_newer_release_wrote_is_left_to_it_and_keeps_nothing_else_from_being_removed(
    store: Store, client: Redis, clock: ManualClock, sources: dict[str, timedelta | None]
) -> None:
    ids = [ArticleId(f"a{number:020x}") for number in range(3)]
    for number, each in enumerate(ids):
        store.articles.create(an_article(each, received_at=clock.now()), owner=delivery_id(number))
        store.ledger.register(a_delivery(number, received_at=clock.now()), due_in=None, by="watcher")
        store.ledger.settle(delivery_id(number), Outcome(disposition=Disposition.STORED), by="w")
        clock.advance(seconds=60)
    client.hset(KEYS.article(ids[0]), mapping={"d:1": b"\x7f of the future", "count": 1})
    client.hset(KEYS.delivery(delivery_id(0)), "lane", "express")
    clock.advance(seconds=timedelta(days=20).total_seconds())
    job = a_retention(store, clock, sources)

    for _ in range(3):
        job.step()
        clock.advance(seconds=60)

    assert store.articles.ids(0) == (0, ids[:1])
    assert client.exists(KEYS.article(ids[0]), KEYS.delivery(delivery_id(0))) == 2
    assert store.ledger.states([delivery_id(number) for number in range(3)]).keys() == {delivery_id(0)}
    assert store.layout.read() == LAYOUT
    clock.advance(seconds=timedelta(days=1).total_seconds())
    assert job.step() == 0


def a_retention(store: Store, clock: ManualClock, sources: dict[str, timedelta | None]) -> RetentionJob:
    """Return a retention of ten days."""
    age = timedelta(days=10)
    return RetentionJob(
        RetentionDependencies(
            store=store,
            quarantine=MemoryQuarantine(),
            limits=MemoryRetentionLimits(),
            placements=MemoryPlacements(),
            rules=RetentionRules(articles=age, deliveries=age, failed_files=age, memory_share=1, sources=sources),
            metrics=WatcherMetrics(CollectorRegistry()),
            clock=clock,
        )
    )


def queries() -> list[DeliveryQuery]:
    """Return a query for each way to find the delivery of the factories."""
    delivery = a_delivery()
    return [
        DeliveryQuery(),
        DeliveryQuery(source="wire"),
        DeliveryQuery(name=delivery.name),
        DeliveryQuery(path=delivery.path),
        DeliveryQuery(sha256=delivery.sha256, disposition=Disposition.STORED),
        DeliveryQuery(article_id=A1),
        DeliveryQuery(state=DeliveryState.SETTLED),
        DeliveryQuery(disposition=Disposition.STORED),
    ]
