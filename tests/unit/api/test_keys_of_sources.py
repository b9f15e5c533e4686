"""A key that is restricted to sources sees nothing of the others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from copytaster.model.access import Scope
from copytaster.model.article import ArticleId, Duplicate, RelationKind
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.outbound.cloud_event import CloudEvent, FilterKeys
from copytaster.outbound.event_types import EventFilter, SourceBoundFilter
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.outbound.positions import Position
from copytaster.store.ports.events import START
from copytaster_api.event_feed import EventFeed


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def test_lists_have_only_what_the_source_delivered(keys: Any) -> None:
    keys.desk.publish("a1", source="Wire")
    keys.desk.publish("a2", source="rival")
    own = keys.desk.deliver("own.txt", source="wire")
    keys.desk.deliver("other.txt", source="rival")
    client, headers = keys.client(), keys.bearer(Scope.READ, "wire")

    assert ids(client.get("/api/v1/articles", headers=headers)) == ["a1"]
    assert ids(client.get("/api/v1/articles?source=WIRE", headers=headers)) == ["a1"]
    assert ids(client.get("/api/v1/deliveries", headers=headers)) == [own]


def test_a_search_has_only_what_the_source_delivered(keys: Any) -> None:
    keys.desk.publish("a1", source="wire")
    keys.desk.publish("a2", source="rival")
    client = keys.client(search=keys.desk.searching().app.state.deps.search)
    headers = keys.bearer(Scope.READ, "wire")

    assert ids(client.get("/api/v1/articles?q=harbour", headers=headers)) == ["a1"]
    assert ids(client.get("/api/v1/articles?q=source:rival", headers=headers)) == []


@pytest.mark.parametrize("query", ["source=rival", "source=rival&source=wire", "%73ource=rival", "source="])
def test_another_source_is_refused_by_name(keys: Any, query: str) -> None:
    answer = keys.client().get(f"/api/v1/articles?{query}", headers=keys.bearer(Scope.READ, "wire"))

    assert answer.status_code == 403
    assert "restricted to wire" in answer.json()["detail"]


def test_a_key_of_several_sources_names_one_of_them(keys: Any) -> None:
    keys.desk.publish("a1", source="wire")
    keys.desk.publish("a2", source="rival")
    client, headers = keys.client(), keys.bearer(Scope.READ, "wire", "desk")

    assert client.get("/api/v1/articles", headers=headers).status_code == 403
    assert ids(client.get("/api/v1/articles?source=wire", headers=headers)) == ["a1"]


def test_an_article_or_delivery_of_another_source_does_not_exist(keys: Any) -> None:
    keys.desk.publish("a1", source="wire")
    keys.desk.publish("a2", source="rival")
    keys.desk.publish("a3", source=None)
    own, other = (keys.desk.deliver(f"{each}.txt", source=each) for each in ("wire", "rival"))
    client, headers = keys.client(), keys.bearer(Scope.READ, "wire")

    found = {
        path: client.get(path, headers=headers).status_code
        for path in (
            *(f"/api/v1/articles/{each}" for each in ("a1", "a2", "a3", "a4")),
            *(f"/api/v1/deliveries/{each}" for each in (own, other, "d0")),
        )
    }

    assert [path.rsplit("/", 1)[-1] for path, status in found.items() if status == 200] == ["a1", own]
    assert set(found.values()) == {200, 404}


def test_an_article_is_shown_without_the_copies_of_other_sources(keys: Any) -> None:
    keys.desk.publish("a1", source="wire")
    for number, source in enumerate(("wire", "rival")):
        copy = Duplicate(
            delivery_id=f"d{number}",
            kind=RelationKind.EXACT,
            score=1,
            name=f"{source}.txt",
            source=source,
            article_id=ArticleId("a1"),
            received_at=keys.desk.deps.clock.now() + timedelta(seconds=number),
        )
        keys.desk.store.articles.add_duplicate(ArticleId("a1"), copy)
    client, headers = keys.client(), keys.bearer(Scope.READ, "wire")

    single = client.get("/api/v1/articles/a1", headers=headers).json()
    (listed,) = client.get("/api/v1/articles", headers=headers).json()["items"]

    for article in (single, listed):
        assert [each["name"] for each in article["duplicates"]] == ["wire.txt"]
        assert article["duplicate_count"] == 1
    assert client.get("/api/v1/articles/a1/duplicates", headers=headers).status_code == 403
    assert client.get("/api/v1/articles/a1/versions", headers=headers).status_code == 403
    assert client.get("/api/v1/articles/a1", headers=keys.bearer()).json()["duplicate_count"] == 2


@pytest.mark.parametrize(
    ("sources", "wanted"),
    [({"wire"}, True), ({"wire", "desk"}, True), ({"rival"}, False), ({"wire", "rival"}, False), (set(), False)],
)
def test_only_events_all_of_whose_sources_are_allowed_are_sent(keys: Any, sources: set[str], wanted: bool) -> None:
    event = CloudEvent(id="1-1", type="article.stored", time=keys.desk.deps.clock.now(), data={})

    bound = SourceBoundFilter(only=("Wire", "desk"))

    assert bound.wants(event.with_keys(FilterKeys(frozenset(sources), frozenset()))) is wanted


def test_an_event_whose_source_is_not_known_any_more_is_not_sent(keys: Any) -> None:
    event = CloudEvent(id="1-1", type="article.removed", time=keys.desk.deps.clock.now(), data={})

    assert not SourceBoundFilter(only=("wire",)).wants(event)


def test_who_else_delivered_the_same_words_is_not_told(keys: Any) -> None:
    desk = keys.desk
    desk.publish("a1", source="wire")
    told = []
    for source in ("wire", "rival"):
        delivery_id = desk.deliver(f"{source}.txt", source=source)
        copied = Outcome(disposition=Disposition.DUPLICATE, article_ids=(ArticleId("a1"),))
        desk.store.ledger.settle(delivery_id, copied, by="worker@desk:2")
        told.append(delivery_id)

    events = OutgoingEvents(desk.store, desk.deps.clock).after(Position(START)).events
    copies = [each for each in events if each.type == "article.duplicate"]
    bound = SourceBoundFilter(only=("wire",))

    assert [each.data["delivery_id"] for each in copies if EventFilter(sources=("wire",)).wants(each)] == told
    assert [each.data["delivery_id"] for each in copies if EventFilter(sources=("Rival",)).wants(each)] == told[1:]
    assert not any(EventFilter(sources=("third",)).wants(each) for each in copies)
    assert [each.data["delivery_id"] for each in copies if bound.wants(each)] == told[:1]


@pytest.mark.parametrize("is_live", [True, False])
def test_the_stream_does_not_name_the_article_of_which_an_article_is_a_copy(keys: Any, *, is_live: bool) -> None:
    desk = keys.desk
    desk.publish("a1", source="rival")
    desk.publish_copy("a2", of="a1")
    copied = Outcome(disposition=Disposition.DUPLICATE, article_ids=(ArticleId("a2"),))

    async def first_event(wanted: EventFilter) -> bytes:
        feed = EventFeed(OutgoingEvents(desk.store, desk.deps.clock), most_clients=1)
        with feed.joined():
            messages = feed.follow(None if is_live else Position(START), wanted)
            while b"connected" not in await anext(messages):
                pass
            if is_live:
                desk.store.ledger.settle(desk.deliver("late.txt"), copied, by="worker@desk:2")
            return await anext(message async for message in messages if b"article.duplicate" in message)

    desk.store.ledger.settle(desk.deliver("copy.txt"), copied, by="worker@desk:2")
    everything, bound = (
        asyncio.run(asyncio.wait_for(first_event(each), 20))
        for each in (EventFilter(), SourceBoundFilter(only=("wire",)))
    )

    assert b'"original_id":"a1"' in everything
    assert b'"original_id":null' in bound
