"""The server keeps the hash of an article packed, by its setting or because the records are cut into pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId, Keyword, Tagging
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import Created, Existing
from copytaster.store.redis.client import connect
from copytaster.store.redis.packed_hashes import LONGEST_VALUE, SETTING
from copytaster.store.redis.packing import PIECE
from tests.conftest import RealServer
from tests.factories import FROM_TEST, an_article, delivery_id, prose
from tests.layouts import WINDOW

A1 = ArticleId("a1")
TAGGING = Tagging(
    language="en",
    topics=(),
    entities=(),
    keywords=tuple(Keyword(term=word, score=0.5, why="2 times here") for word in prose(2, count=30)),
    provenance={"language": FROM_TEST},
)


@pytest.fixture
def client(server: RealServer) -> Iterator[Redis]:
    with server.client() as client:
        yield client
        client.config_set(SETTING, PIECE)


def stored_fields(client: Redis, address: str, clock: ManualClock) -> set[bytes]:
    """Store an article with labels, compare it as it is read, and return the fields of its hash."""
    other = connect(address, name="test")
    store = redis_store(other, clock=clock, window=WINDOW)
    article = an_article(text=" ".join(prose(1, count=120)))
    store.articles.create(article, owner=delivery_id(1))
    store.articles.annotate(A1, 1, TAGGING)

    found = store.articles.get(A1)

    assert found
    assert found == store.articles.versions(A1)[0]
    assert (found.text, found.keywords) == (article.text, TAGGING.keywords)
    fields: Any = client.hkeys(Keys().article(A1))
    encoding: Any = client.object("encoding", Keys().article(A1))
    assert encoding == b"listpack"
    store.articles.add_version(an_article(text="Another."), owner=delivery_id(2))
    assert [each.text for each in store.articles.versions(A1)] == [article.text, "Another."]
    other.close()
    return set(fields)


def test_records_are_whole_if_the_server_packs_long_values(
    client: Redis, server: RealServer, clock: ManualClock
) -> None:
    client.config_set(SETTING, LONGEST_VALUE)

    fields = stored_fields(client, server.address, clock)

    assert {b"d:1", b"t:1"} <= fields
    assert {b"d:1.1", b"t:1.1"} & fields == set()


def test_records_are_in_pieces_if_the_server_has_the_usual_setting(
    client: Redis, server: RealServer, clock: ManualClock
) -> None:
    assert {b"d:1.1", b"t:1.1"} <= stored_fields(client, server.address, clock)


def test_records_are_in_pieces_if_clients_may_not_read_the_settings(
    client: Redis, server: RealServer, clock: ManualClock
) -> None:
    client.config_set(SETTING, LONGEST_VALUE)
    client.acl_setuser("hosted", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-config"])
    try:
        address = server.address.replace("redis://", "redis://hosted:any@")
        assert {b"d:1.1", b"t:1.1"} <= stored_fields(client, address, clock)
    finally:
        client.acl_deluser("hosted")


def test_the_only_version_of_an_article_is_one_of_several_once_another_one_is_stored(
    client: Redis, clock: ManualClock
) -> None:
    store = redis_store(client, clock=clock, window=WINDOW)
    article = an_article()
    store.articles.create(article, owner=delivery_id(1))
    alone: Any = client.hkeys(Keys().article(A1))

    assert set(alone) == {b"v", *(each for each in alone if each.startswith(b"d:1"))}
    assert store.articles.version_count(A1) == 1
    state = store.articles.state(A1)
    again = store.articles.create(article, owner=delivery_id(1))
    other = store.articles.create(article, owner=delivery_id(2))
    assert isinstance(again, Created)
    assert isinstance(other, Existing)
    assert store.articles.state(A1) == state  # a redelivery writes the same in another form
    store.articles.add_version(an_article(text="Another."), owner=delivery_id(2))

    fields: Any = client.hkeys(Keys().article(A1))

    assert {b"owner:1", b"owner:2", b"effective:1", b"effective:2", b"count", b"shown"} <= set(fields)
    assert b"v" not in fields
    assert store.articles.version_count(A1) == 2


def test_an_only_version_with_a_revision_has_fields_of_its_own(client: Redis, clock: ManualClock) -> None:
    store = redis_store(client, clock=clock, window=WINDOW)
    store.articles.create(an_article(guid="urn:example:1", guid_version=3), owner=delivery_id(1))

    fields: Any = client.hgetall(Keys().article(A1))

    assert (fields[b"revision:1"], fields[b"count"]) == (b"3", b"1")
    assert [each.version for each in store.articles.version_page(A1, limit=5).versions] == [1]
