"""Entries of the stream become CloudEvents about one article, delivery or story each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import SCHEMA_VERSION, Event, EventKind
from copytaster.model.progress import ItemEnd
from copytaster.model.source_finding import FindingKind, SourceFinding
from copytaster.model.standing_search import MatchedSearch, SearchId
from copytaster.model.tracing import traceparent
from copytaster.outbound.cloud_event import CloudEvent
from copytaster.outbound.event_types import EVENT_TYPES, EventFilter
from copytaster.outbound.facts import NOTHING_KNOWN, ArticleFacts, Facts
from copytaster.outbound.mapping import cloud_events
from copytaster.outbound.positions import Position, parse_position
from tests.factories import START, delivery_id

FROM = delivery_id(1)


def an_entry(kind: EventKind, **fields: Any) -> Event:
    return Event(id="7-2", schema_version=SCHEMA_VERSION, kind=kind, at=START, **fields)


def settled(disposition: Disposition, *article_ids: str, **fields: Any) -> Event:
    ids = tuple(map(ArticleId, article_ids))
    return an_entry(EventKind.DELIVERY_SETTLED, delivery_id=FROM, disposition=disposition, article_ids=ids, **fields)


def an_item(name: str, disposition: Disposition, status: ArticleStatus = ArticleStatus.USABLE) -> ItemEnd:
    return ItemEnd(article_id=ArticleId(name), disposition=disposition, status=status)


def facts_about(*names: str, **changed: Any) -> Facts:
    given: dict[str, Any] = {
        "source": "The Kestrel",
        "status": ArticleStatus.USABLE,
        "version": 3,
        "language": "en",
        "topics": ("04000000", "20000763"),
        "original_id": None,
    }
    about = ArticleFacts(**given | changed)
    return Facts({ArticleId(name): about for name in names}, {FROM: "The Kestrel"})


def told(entry: Event, facts: Facts = NOTHING_KNOWN) -> list[tuple[str, str | None]]:
    return [(each.type, each.subject) for each in cloud_events(entry, facts)]


@pytest.mark.parametrize(
    ("disposition", "kind"),
    [
        (Disposition.STORED, "article.stored"),
        (Disposition.NEW_VERSION, "article.updated"),
        (Disposition.DUPLICATE, "article.duplicate"),
    ],
)
def test_the_end_of_a_delivery_becomes_an_event_about_its_article(disposition: Disposition, kind: str) -> None:
    assert told(settled(disposition, "a1")) == [(kind, "a1")]


def test_an_article_that_may_not_be_used_is_never_told_as_stored_or_updated() -> None:
    kinds = {
        (end, status): told(settled(end, "a1", items=(an_item("a1", end, status),)))[0][0]
        for end in (Disposition.STORED, Disposition.NEW_VERSION)
        for status in (ArticleStatus.WITHHELD, ArticleStatus.CANCELED)
    }

    assert kinds == {
        (Disposition.STORED, ArticleStatus.WITHHELD): "article.withheld",
        (Disposition.STORED, ArticleStatus.CANCELED): "article.canceled",
        (Disposition.NEW_VERSION, ArticleStatus.WITHHELD): "article.withheld",
        (Disposition.NEW_VERSION, ArticleStatus.CANCELED): "article.canceled",
    }


def test_each_item_of_a_file_becomes_an_event_and_the_last_one_has_the_id_of_the_entry() -> None:
    items = (an_item("a1", Disposition.DUPLICATE), an_item("a2", Disposition.STORED))

    events = cloud_events(settled(Disposition.STORED, "a1", "a2", items=items), NOTHING_KNOWN)

    assert [(each.id, each.type, each.subject) for each in events] == [
        ("7-2-1", "article.duplicate", "a1"),
        ("7-2", "article.stored", "a2"),
    ]
    assert {each.data["delivery_id"] for each in events} == {FROM}


def test_a_long_file_whose_items_were_all_told_before_tells_nothing_at_its_end() -> None:
    part = an_entry(EventKind.DELIVERY_ADVANCED, delivery_id=FROM, items=(an_item("a1", Disposition.STORED),))

    assert told(part) == [("article.stored", "a1")]
    assert told(settled(Disposition.STORED, "a1", items=())) == []


def test_a_failed_delivery_tells_its_reason_and_no_name() -> None:
    (event,) = cloud_events(settled(Disposition.QUARANTINED, reason=Reason.ENCRYPTED), facts_about())

    assert (event.type, event.subject) == ("delivery.quarantined", FROM)
    assert event.data == {
        "delivery_id": FROM,
        "address": f"/api/v1/deliveries/{FROM}",
        "disposition": "quarantined",
        "reason": "encrypted",
        "source": "The Kestrel",
    }
    assert told(settled(Disposition.REJECTED, reason=Reason.EMPTY)) == [("delivery.rejected", FROM)]


def test_an_event_about_several_articles_becomes_one_for_each() -> None:
    entry = an_entry(EventKind.ARTICLE_EXPIRED, article_ids=(ArticleId("a1"), ArticleId("a2")))

    assert told(entry) == [("article.expired", "a1"), ("article.expired", "a2")]


def test_a_hit_becomes_an_event_for_each_search_of_which_receivers_choose_some() -> None:
    searches = (MatchedSearch(id=SearchId("q1"), name="port"), MatchedSearch(id=SearchId("q2"), name="sea"))
    entry = an_entry(EventKind.SEARCH_MATCHED, article_ids=(ArticleId("a1"),), searches=searches)

    events = cloud_events(entry, facts_about("a1"))

    assert [(each.id, each.type, each.subject) for each in events] == [
        ("7-2-1", "search.matched", "a1"),
        ("7-2", "search.matched", "a1"),
    ]
    assert [(each.data["search_id"], each.data["search_name"]) for each in events] == [("q1", "port"), ("q2", "sea")]
    assert {(each.data["address"], each.data["source"]) for each in events} == {("/api/v1/articles/a1", "The Kestrel")}
    assert [EventFilter(searches=("q2", "q3")).wants(each) for each in events] == [False, True]
    assert [EventFilter(sources=("heron",)).wants(each) for each in events] == [False, False]
    assert len(cloud_events(entry, NOTHING_KNOWN)) == 2


def test_whoever_wants_the_hits_of_a_search_gets_no_other_event() -> None:
    stored = settled(Disposition.STORED, "a1")

    for facts in (facts_about("a1"), NOTHING_KNOWN):
        (event,) = cloud_events(stored, facts)
        assert not EventFilter(searches=("q1",)).wants(event)


def test_an_event_about_something_else_keeps_its_fields() -> None:
    (event,) = cloud_events(an_entry(EventKind.ORIGINALS_EXPIRED, count=12), NOTHING_KNOWN)

    assert (event.type, event.subject, event.data) == ("originals.expired", None, {"count": 12})


def test_an_event_about_a_source_says_what_is_unusual_to_those_who_want_that_source() -> None:
    finding = SourceFinding(source="The Kestrel", kind=FindingKind.GAP, since=START, message="1 item is missing")
    (event,) = cloud_events(an_entry(EventKind.SOURCE_GAP, finding=finding), NOTHING_KNOWN)

    assert (event.type, event.subject) == ("source.gap", "The Kestrel")
    assert event.data == finding.model_dump(mode="json") | {"address": "/api/v1/sources"}
    wanting = [EventFilter(sources=(each,)).wants(event) for each in ("kestrel", "quay")]
    assert wanting == [True, False]
    assert EventFilter(types=("source.*",)).wants(event)


def test_an_event_about_a_story_has_its_address() -> None:
    entry = an_entry(EventKind.STORY_MERGED, story_ids=("s1", "s2"))

    (event,) = cloud_events(entry, NOTHING_KNOWN)

    assert (event.type, event.subject) == ("story.merged", "s1")
    assert event.data == {"story_ids": ["s1", "s2"], "address": "/api/v1/stories/s1"}


def test_the_document_follows_the_specification() -> None:
    (event,) = cloud_events(settled(Disposition.STORED, "a1"), facts_about("a1"))

    assert json.loads(event.document()) == {
        "specversion": "1.0",
        "id": "7-2",
        "source": "/api/v1/events",
        "type": "article.stored",
        "time": "2026-01-01T00:00:00Z",
        "subject": "a1",
        "traceparent": traceparent(FROM),
        "datacontenttype": "application/json",
        "data": {
            "article_id": "a1",
            "address": "/api/v1/articles/a1",
            "delivery_id": FROM,
            "source": "The Kestrel",
            "status": "usable",
            "version": 3,
            "language": "en",
            "topics": ["04000000", "20000763"],
            "original_id": None,
        },
    }
    (other,) = cloud_events(an_entry(EventKind.ORIGINALS_EXPIRED, count=1), NOTHING_KNOWN)
    assert {"subject", "traceparent"}.isdisjoint(json.loads(other.document()))


def test_every_kind_of_the_stream_has_outgoing_events_of_known_types() -> None:
    searches = (MatchedSearch(id=SearchId("q1"), name="port"),)
    ids = {"delivery_ids": (DeliveryId("d1"),), "article_ids": (ArticleId("a1"),), "searches": searches}
    others = set(EventKind) - {EventKind.DELIVERY_SETTLED, EventKind.DELIVERY_ADVANCED}

    types = {each: [event.type for event in cloud_events(an_entry(each, **ids), NOTHING_KNOWN)] for each in others}

    assert types == {each: [each.value] for each in others}
    assert set(others) <= set(EVENT_TYPES)


def one(facts: Facts, kind: EventKind = EventKind.ARTICLE_TAGGED) -> CloudEvent:
    (event,) = cloud_events(an_entry(kind, article_ids=(ArticleId("a1"),)), facts)
    return event


def test_a_filter_compares_types_sources_and_topics() -> None:
    event = one(facts_about("a1"))
    wanted = [
        EventFilter(),
        EventFilter(types=("article.*",), sources=("kestrel",), topics=("04000000",)),
        EventFilter(types=("delivery.*", "article.tagged")),
        EventFilter(sources=("heron", "THE KESTREL")),
    ]
    refused = [
        EventFilter(types=("article.stored",)),
        EventFilter(sources=("heron",)),
        EventFilter(topics=("15000000",)),
        EventFilter(types=("article.*",), sources=("kestrel",), topics=("15000000",)),
    ]

    assert [each.wants(event) for each in wanted] == [True] * 4
    assert [each.wants(event) for each in refused] == [False] * 4


def test_a_filter_lets_the_removal_of_an_unknown_article_pass() -> None:
    removed = one(NOTHING_KNOWN, EventKind.ARTICLE_DELETED)

    assert EventFilter(sources=("heron",), topics=("15000000",)).wants(removed)


def test_a_filter_of_topics_lets_a_withdrawal_of_its_sources_pass() -> None:
    withdrawn = one(facts_about("a1", status=ArticleStatus.CANCELED, topics=None))

    assert EventFilter(sources=("kestrel",), topics=("15000000",)).wants(withdrawn)
    assert not EventFilter(sources=("heron",)).wants(withdrawn)


def test_an_article_without_topics_is_not_wanted_by_topic() -> None:
    assert not EventFilter(topics=("15000000",)).wants(one(facts_about("a1", topics=None)))


def test_a_type_that_does_not_exist_is_refused_with_the_list_of_types() -> None:
    with pytest.raises(ValueError, match=r"'article\.printed'; the types are article\.stored"):
        EventFilter(types=("article.printed",))


def test_positions_are_ordered_within_an_entry_and_between_entries() -> None:
    ids = ["0-0", "7-2-1", "7-2-2", "7-2-10", "7-2", "7-10", "10-0"]

    mixed = [ids[number] for number in (4, 6, 1, 0, 5, 3, 2)]
    assert sorted(mixed, key=lambda each: parse_position(each).order) == ids
    assert [str(parse_position(each)) for each in ids] == ids
    assert parse_position("0") == Position("0-0")


@pytest.mark.parametrize("wrong", ["", "7", "-1-2", "7-2-", "x-1", "7-2-1-1", "7-2\n", "9" * 30 + "-1", "٣-٢"])
def test_what_is_no_position_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not the id of an event"):
        parse_position(wrong)
