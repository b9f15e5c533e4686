"""Records of a newer release on a real server: this release leaves them to others, and says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.errors import NewerRecordError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import arrival_of
from copytaster.model.disposition import Disposition
from copytaster.model.expectations import Expectations
from copytaster.model.outage import Resource
from copytaster.model.source_finding import FindingKind, SourceFinding
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.heartbeat import HeartbeatSender
from copytaster.monitoring.sources.contract import Contract
from copytaster.monitoring.sources.record import contract_record, read_contract
from copytaster.monitoring.status import read_status
from copytaster.store.keys import Keys
from copytaster.store.ports.presence import Part
from copytaster.store.ports.source_watch import WatchChange
from copytaster.store.redis.client import connect, text
from copytaster.store.redis.packing import joined, pack, pieces, unpack
from copytaster.store.store import Store
from tests.factories import START, Desk, a_desk, an_article, an_item, delivery_id, prose

if TYPE_CHECKING:
    from tests.conftest import RealServer


@pytest.fixture
def client(server: RealServer) -> Iterator[Redis]:
    client = connect(server.address, name="newer")
    yield client
    client.close()


@pytest.fixture
def desk(client: Redis, clock: ManualClock) -> Desk:
    return a_desk(redis_store(client, clock=clock, window=timedelta(days=30)), clock)


RECORDS = ("b", "d:1")
"""The fields of hashes that contain the record of a delivery and the document of an article."""


def records(fields: Any) -> dict[str, dict[str, Any]]:
    """Return the packed records of a hash, by field."""
    packed = {name: joined(fields, name) for name in RECORDS}
    return {name: unpack(each, "a record") for name, each in packed.items() if each}


def add_field(client: Redis, key_part: str) -> None:
    """Add a field to each record in the hashes whose keys contain ``key_part``, as a newer release may."""
    future = {"from_the_future": 1}
    for key in client.scan_iter(match=f"*{key_part}*", _type="hash"):
        fields: Any = client.hgetall(key)
        for field, value in fields.items():
            if value.startswith(b"{"):
                client.hset(key, field, json.dumps(json.loads(value) | future))
        for name, record in records(fields).items():
            for field, part in pieces(name, pack(record | future)).items():
                client.hset(key, field, part)


def test_an_article_of_a_newer_release_is_not_read_without_its_unknown_fields(desk: Desk, client: Redis) -> None:
    desk.store.articles.create(an_article("a1"), owner=delivery_id(1))
    add_field(client, "a1")

    with pytest.raises(NewerRecordError, match=r"article a1 .*\(from_the_future\): a newer release wrote it") as raised:
        desk.store.articles.get(ArticleId("a1"))

    assert raised.value.resource is Resource.WORKER


def test_a_delivery_of_a_newer_release_is_left_to_other_workers_and_loses_no_attempt(
    desk: Desk, client: Redis, clock: ManualClock
) -> None:
    delivery = desk.deliver_items(an_item(["ferry", "harbour"]))
    key = Keys().delivery(delivery)
    fields: Any = client.hgetall(key)
    add_field(client, str(delivery))

    for _ in range(5):
        with pytest.raises(NewerRecordError, match=f"delivery {delivery} has fields"):
            desk.ingest(delivery)
        clock.advance(seconds=60)
    for field, part in pieces("b", joined(fields, "b")).items():
        client.hset(key, field, part)
    desk.ingest(delivery)

    record = desk.settled(delivery)
    assert record.disposition is Disposition.STORED
    assert (record.attempts, record.faults) == (1, 0)


def test_records_have_no_unused_optional_fields_so_that_older_releases_read_them(desk: Desk, client: Redis) -> None:
    words = prose(1)
    original, copy = (desk.deliver_items(an_item(each)) for each in (words, [*words, "ferry"]))
    desk.ingest(original)
    desk.ingest(copy)

    keys = [Keys().delivery(copy), *client.scan_iter(match="*article*", _type="hash")]
    hashes: list[Any] = [client.hgetall(key) for key in keys]
    found = [record for fields in hashes for record in records(fields).values()]
    found.append(unpack(joined(hashes[0], "e")[1:], "an end"))  # it begins with the letter of the disposition

    assert len(found) == 4  # the registration and end of the copy's delivery, and two articles
    assert [each for each in found if None in each.values()] == []


def test_heartbeats_of_a_newer_release_are_listed(client: Redis, clock: ManualClock) -> None:
    store: Store = redis_store(client, clock=clock, window=timedelta(days=30))
    HeartbeatSender(store.presence, clock, part=Part.WORKER, name="worker@one:1").beat()
    add_field(client, "presence")

    assert [(each.name, each.started_at) for each in store.presence.present()] == [("worker@one:1", START)]


def test_a_kind_of_part_or_of_finding_of_a_newer_release_is_left_out_of_the_status(
    client: Redis, clock: ManualClock
) -> None:
    store: Store = redis_store(client, clock=clock, window=timedelta(days=30))
    HeartbeatSender(store.presence, clock, part=Part.WORKER, name="worker@one:1").beat()
    finding = SourceFinding(source="wire", kind=FindingKind.QUIET, since=clock.now(), message="no file")
    store.source_watch.save(WatchChange(position="0-0", found=[finding]), after=0)
    add_field(client, "source")
    for key, field, changed in (
        (Keys().presence(), "worker/worker@one:1", {"part": "indexer", "name": "indexer@one:1"}),
        (key_of_findings(client), "quiet wire", {"kind": "late"}),
    ):
        known = json.loads(client.hget(key, field) or "")
        client.hset(key, "of the future", json.dumps(known | changed))

    status = read_status(store, EmptyQueues(), now=clock.now())

    assert [each.name for each in status.parts] == ["worker@one:1"]
    assert status.findings == (finding,)


def test_a_delivery_of_a_newer_release_that_is_the_oldest_one_does_not_break_the_status(
    desk: Desk, client: Redis, clock: ManualClock
) -> None:
    delivery = desk.deliver_items(an_item(["ferry", "harbour"]))
    add_field(client, str(delivery))

    status = read_status(desk.store, EmptyQueues(), now=clock.now())

    assert status.retention.oldest_delivery_at == arrival_of(delivery)
    assert status.balance.in_flight == 1


def key_of_findings(client: Redis) -> str:
    """Return the key of the hash with the findings about sources."""
    hashes = [text(each) for each in client.scan_iter(match="*source*", _type="hash")]
    return next(each for each in hashes if client.hexists(each, "quiet wire"))


def test_what_a_newer_release_expects_of_a_source_breaks_no_list_of_sources() -> None:
    record = contract_record(Contract("wire"))
    record["expects"] = {"quiet_after_minutes": 90, "from_the_future": 1}

    assert read_contract("wire", record).expects == Expectations(quiet_after_minutes=90)
