"""The AsyncAPI document describes the events that are really sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import SCHEMA_VERSION, Event, EventKind
from copytaster.outbound.event_data import DATA
from copytaster.outbound.event_types import EVENT_TYPES
from copytaster.outbound.facts import NOTHING_KNOWN, ArticleFacts, Facts
from copytaster.outbound.mapping import cloud_events
from copytaster.outbound.webhooks.administration import TEST
from copytaster.outbound.webhooks.outbox import GAP
from tests.factories import START

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/asyncapi.json").json()
    return found


def references(value: Any) -> Iterator[str]:
    """Yield each reference in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def resolves(reference: str, document: dict[str, Any]) -> bool:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found.get(name) if isinstance(found, dict) else None
    return found is not None


def test_it_has_a_message_for_each_type_in_both_channels(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]["stream"]["messages"]) == set(EVENT_TYPES)
    assert set(document["channels"]["webhook"]["messages"]) == {*EVENT_TYPES, GAP, TEST}
    assert document["channels"]["stream"]["address"] == "/api/v1/events"


def test_each_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))

    assert len(found) > 20
    assert [each for each in found if not resolves(each, document)] == []


ABOUT: dict[str, dict[str, object]] = {
    "source": {"finding": {"source": "wire", "kind": "quiet", "since": START, "message": "no file"}},
    "story": {"story_ids": ("s1", "s2"), "article_ids": ("a1",)},
    "webhook": {"webhook_id": "w1"},
    "search": {"article_ids": ("a1",), "searches": ({"id": "q1", "name": "port"},)},
    "originals": {"count": 7},
}
"""Fields of entries of the stream, by the family of their kind; those of others are about an article or a delivery."""


def entries(kind: EventKind) -> Iterator[Event]:
    """Yield entries of the stream of a kind, as far as their fields matter."""
    about = ABOUT.get(kind.partition(".")[0], {"article_ids": ("a1",), "delivery_id": "d1"})
    for disposition in Disposition if kind is EventKind.DELIVERY_SETTLED else [None]:
        reason = Reason.EMPTY if disposition and disposition.keeps_file else None
        head = {"id": "7-0", "schema_version": SCHEMA_VERSION, "kind": kind, "at": START}
        yield Event.model_validate(head | {"disposition": disposition, "reason": reason} | about)


@pytest.mark.parametrize("kind", list(EventKind))
def test_the_data_of_each_event_is_as_it_is_described(kind: EventKind) -> None:
    known = ArticleFacts("wire", ArticleStatus.USABLE, 1, "en", ("04000000",), ArticleId("a0"))
    stored = Facts({ArticleId("a1"): known}, {DeliveryId("d1"): "wire"})

    for facts in (stored, NOTHING_KNOWN):
        for event in (each for entry in entries(kind) for each in cloud_events(entry, facts)):
            described = DATA[event.type.partition(".")[0]].model_validate_json(
                event.model_dump_json(include={"data"}).removeprefix('{"data":').removesuffix("}")
            )
            assert set(event.data) <= set(described.model_fields_set)
            assert event.type in EVENT_TYPES
