"""An article whose record on the server has changed hides no others, and is named when it is read itself."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis
from structlog.testing import capture_logs

from copytaster.archive.placements import MemoryPlacements
from copytaster.archive.retention_limit import MemoryRetentionLimits
from copytaster.articles.retention import RetentionDependencies, RetentionJob, RetentionRules
from copytaster.clock import ManualClock
from copytaster.errors import DamagedRecordError
from copytaster.metrics import WatcherMetrics
from copytaster.model.article import ArticleId
from copytaster.model.disposition import Disposition
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.readable import undamaged
from copytaster.store.store import Store
from tests.factories import START, a_desk, an_article, an_item, delivery_id, prose

IDS = [ArticleId(f"a{number:020x}") for number in range(1, 4)]
KEYS = Keys()


@pytest.fixture
def store(server_store: Store) -> Store:
    store = server_store
    for number, each in enumerate(IDS):
        article = an_article(each, received_at=START + timedelta(minutes=number), source="wire")
        store.articles.create(article, owner=delivery_id(number + 1))
    return store


def cut(record: bytes) -> bytes:
    return record[: len(record) // 2]


def flip(record: bytes) -> bytes:
    """Return the record with other bytes in its compressed content, behind the hashes."""
    return record[:50] + bytes(each ^ 0xFF for each in record[50:])


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": cut,
    "flipped": flip,
    "no JSON": lambda _: b"{not JSON",
    "another object": lambda _: b'{"id": "a1"}',
    "wrong values": lambda _: b'{"id": "a1", "provenance": {}, "title": 7, "text": [], "received_at": "never"}',
}


@pytest.fixture(params=list(DAMAGES.values()), ids=list(DAMAGES))
def damaged(request: pytest.FixtureRequest, store: Store, client: Redis) -> ArticleId:
    """Damage the record of the second of three articles."""
    del store
    return damage(client, IDS[1], request.param)


def damage(client: Redis, article_id: ArticleId, change: Callable[[bytes], bytes] = cut) -> ArticleId:
    record: Any = client.hget(KEYS.article(article_id), "d:1")
    client.hset(KEYS.article(article_id), "d:1", change(record))
    return article_id


def test_lists_leave_it_out(store: Store, damaged: ArticleId) -> None:
    others = [each for each in reversed(IDS) if each != damaged]

    assert [each.id for each in store.articles.find(ArticleQuery(limit=10)).articles] == others
    assert [each.id for each in store.articles.find_documents(ArticleQuery(limit=10)).documents] == others
    assert [each.id for each in store.articles.find(ArticleQuery(source="wire", limit=10)).articles] == others
    assert {each.id for each in undamaged(IDS, store.articles.get_many)} == {*others}


def test_pages_go_on_behind_it(store: Store, damaged: ArticleId) -> None:
    found, cursor = list[ArticleId](), None
    for _ in IDS:
        page = store.articles.find(ArticleQuery(limit=1, cursor=cursor))
        found += [each.id for each in page.articles]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert found == [each for each in reversed(IDS) if each != damaged]


@pytest.mark.parametrize(
    "read",
    [
        lambda articles, each: articles.get(each),
        lambda articles, each: articles.get_many(IDS),  # noqa: ARG005  # all are read
        lambda articles, each: articles.get_documents([each]),
        lambda articles, each: articles.versions(each),
        lambda articles, each: articles.version(each, 1),
        lambda articles, each: articles.first_receipts([each]),
    ],
)
def test_whoever_reads_it_is_told_which_one_is_damaged(
    store: Store, damaged: ArticleId, read: Callable[..., object]
) -> None:
    with pytest.raises(DamagedRecordError, match=f"the record of article {damaged} in the store is damaged"):
        read(store.articles, damaged)


def test_a_damage_is_logged_once(store: Store, client: Redis) -> None:
    article_id = ArticleId(f"a{77:020x}")
    store.articles.create(an_article(article_id), owner=delivery_id(77))
    damage(client, article_id)

    with capture_logs() as lines:
        for _ in range(3):
            store.articles.find(ArticleQuery(limit=10))

    assert [(each["event"], each["article_id"]) for each in lines] == [("article.damaged", article_id)]


def test_its_age_does_not_remove_it_and_it_keeps_no_others_from_being_removed(
    store: Store, damaged: ArticleId, clock: ManualClock
) -> None:
    clock.advance(seconds=(START + timedelta(days=20) - clock.now()).total_seconds())
    age = timedelta(days=10)
    rules = RetentionRules(articles=age, deliveries=age, failed_files=age, memory_share=1)
    for each in (rules, replace(rules, sources={"wire": timedelta(days=5)})):
        job = RetentionJob(
            RetentionDependencies(
                store=store,
                quarantine=MemoryQuarantine(),
                limits=MemoryRetentionLimits(),
                placements=MemoryPlacements(),
                rules=each,
                metrics=WatcherMetrics(CollectorRegistry()),
                clock=clock,
            )
        )
        for _ in range(3):
            job.step()

    assert store.articles.ids(0) == (0, [damaged])


def test_it_is_stored_again_from_its_file_after_its_record_was_deleted(
    store: Store, client: Redis, clock: ManualClock
) -> None:
    desk = a_desk(store, clock)
    item = an_item(prose(1), guid="urn:quay:harbour")
    desk.ingest(first := desk.deliver_items(item))
    (name,) = desk.settled(first).article_ids
    damage(client, name)

    client.delete(KEYS.article(name))
    desk.ingest(second := desk.deliver_items(item))

    assert desk.settled(second).disposition is Disposition.STORED
    article = store.articles.get(name)
    assert article
    assert article.text == item["text"]
    assert name in [each.id for each in store.articles.find(ArticleQuery(limit=10)).articles]


def test_the_error_can_be_passed_to_another_process() -> None:
    error = DamagedRecordError("a1", "ValueError: cut")

    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # made here

    assert (again.article_id, str(again)) == ("a1", str(error))
