"""From an entry of the store's stream to the events that leave the system: a pure function."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, assert_never

from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition
from copytaster.model.events import Event, EventKind
from copytaster.model.progress import ItemEnd
from copytaster.model.source_finding import SourceFinding
from copytaster.model.source_names import name_key
from copytaster.model.standing_search import MatchedSearch
from copytaster.model.tracing import traceparent
from copytaster.outbound.cloud_event import CloudEvent, FilterKeys
from copytaster.outbound.event_types import EndType
from copytaster.outbound.facts import Facts
from copytaster.outbound.positions import Position

ARTICLES, DELIVERIES = "/api/v1/articles", "/api/v1/deliveries"
STORIES, WEBHOOKS, SOURCES = "/api/v1/stories", "/api/v1/webhooks", "/api/v1/sources"
"""The addresses below which the subjects of events are found."""

_STREAM_FIELDS = frozenset({"id", "schema_version", "kind", "at"})


@dataclass(frozen=True, slots=True)
class _Part:
    """One event of an entry, still without its id."""

    type: str
    subject: str | None
    data: dict[str, Any]
    keys: FilterKeys


def cloud_events(event: Event, facts: Facts) -> list[CloudEvent]:
    """Return the outgoing events of an entry, in their order; their number does not depend on the facts."""
    parts = list(_parts(event, facts))
    return [
        CloudEvent(
            id=str(Position(event.id, number if number < len(parts) else None)),
            type=each.type,
            time=event.at,
            subject=each.subject,
            traceparent=traceparent(each.data["delivery_id"]) if "delivery_id" in each.data else None,
            data=each.data,
        ).with_keys(each.keys)
        for number, each in enumerate(parts, start=1)
    ]


def _parts(event: Event, facts: Facts) -> Iterator[_Part]:
    match event.kind:
        case EventKind.DELIVERY_SETTLED | EventKind.DELIVERY_ADVANCED:
            yield from _ends(event, facts)
        case EventKind.SEARCH_MATCHED:
            for search in event.searches:
                for article_id in event.article_ids:
                    yield _as_hit(_about_article(event.kind.value, article_id, None, facts), search)
        case _ if event.finding:
            yield _about_source(event.kind.value, event.finding)
        case _ if event.kind.startswith("article."):
            for article_id in event.article_ids:
                yield _about_article(event.kind.value, article_id, None, facts)
        case _ if event.kind.startswith("delivery."):
            for delivery_id in event.delivery_ids or filter(None, [event.delivery_id]):
                yield _about_delivery(event.kind.value, delivery_id, event, facts)
        case _:
            yield _as_it_is(event)


def _ends(event: Event, facts: Facts) -> Iterator[_Part]:
    if event.disposition and event.disposition.keeps_file and event.delivery_id:
        rejected = event.disposition is Disposition.REJECTED
        kind = EndType.DELIVERY_REJECTED if rejected else EndType.DELIVERY_QUARANTINED
        yield _about_delivery(kind, event.delivery_id, event, facts)
        return
    for item in _items(event):
        yield _about_article(_type_of(item), item.article_id, event.delivery_id, facts, status=item.status)


def _items(event: Event) -> tuple[ItemEnd, ...]:
    if event.items is not None or event.disposition is None:
        return event.items or ()
    return tuple(ItemEnd(article_id=each, disposition=event.disposition) for each in event.article_ids)


def _type_of(item: ItemEnd) -> EndType:
    if item.disposition is Disposition.DUPLICATE:
        return EndType.ARTICLE_DUPLICATE
    match item.status:
        case ArticleStatus.WITHHELD:
            return EndType.ARTICLE_WITHHELD
        case ArticleStatus.CANCELED:
            return EndType.ARTICLE_CANCELED
        case ArticleStatus.USABLE:
            new = item.disposition is Disposition.STORED
            return EndType.ARTICLE_STORED if new else EndType.ARTICLE_UPDATED
        case unknown:
            assert_never(unknown)


def _about_article(
    kind: str,
    article_id: ArticleId,
    delivery_id: DeliveryId | None,
    facts: Facts,
    *,
    status: ArticleStatus | None = None,
) -> _Part:
    known = facts.articles.get(article_id)
    data: dict[str, Any] = {"article_id": article_id, "address": f"{ARTICLES}/{article_id}"}
    if delivery_id:
        data["delivery_id"] = delivery_id
    if known is None:
        return _Part(kind, article_id, data | ({"status": status.value} if status else {}), FilterKeys())
    status = status or known.status
    data |= {
        "source": known.source,
        "status": status.value,
        "version": known.version,
        "language": known.language,
        "topics": known.topics,
        "original_id": known.original_id,
    }
    # Its topics may have changed with the version, and whoever uses it must learn that it may not be used any more.
    usable = status is known.status is ArticleStatus.USABLE
    topics = frozenset(known.topics or ()) if usable else None
    is_copied = kind is EndType.ARTICLE_DUPLICATE and known.original_id is None
    deliverers = _deliverers(delivery_id, facts) if is_copied else frozenset()
    return _Part(kind, article_id, data, FilterKeys(_source_keys(known.source), topics, deliverers=deliverers))


def _deliverers(delivery_id: DeliveryId | None, facts: Facts) -> frozenset[str] | None:
    """Return the key of who delivered a copy that has no article of its own; None if that is not known any more."""
    if delivery_id is None or delivery_id not in facts.delivery_sources:
        return None
    return _source_keys(facts.delivery_sources[delivery_id])


def _as_hit(part: _Part, search: MatchedSearch) -> _Part:
    data = part.data | {"search_id": search.id, "search_name": search.name}
    return replace(part, data=data, keys=replace(part.keys, searches=frozenset({search.id})))


def _about_delivery(kind: str, delivery_id: DeliveryId, event: Event, facts: Facts) -> _Part:
    data: dict[str, Any] = {"delivery_id": delivery_id, "address": f"{DELIVERIES}/{delivery_id}"}
    if event.disposition:
        data |= {"disposition": event.disposition.value, "reason": event.reason.value if event.reason else None}
    if delivery_id not in facts.delivery_sources:
        return _Part(kind, delivery_id, data, FilterKeys())
    source = facts.delivery_sources[delivery_id]
    return _Part(kind, delivery_id, data | {"source": source}, FilterKeys(_source_keys(source), frozenset()))


def _about_source(kind: str, finding: SourceFinding) -> _Part:
    data = finding.model_dump(mode="json") | {"address": SOURCES}
    return _Part(kind, finding.source, data, FilterKeys(_source_keys(finding.source), frozenset()))


def _as_it_is(event: Event) -> _Part:
    """Return an event of any other kind with all its fields, and the address of what it is about."""
    data = event.model_dump(mode="json", exclude=set(_STREAM_FIELDS), exclude_defaults=True)
    for subject, folder in ((next(iter(event.story_ids), None), STORIES), (event.webhook_id, WEBHOOKS)):
        if subject:
            return _Part(event.kind.value, subject, data | {"address": f"{folder}/{subject}"}, FilterKeys())
    return _Part(event.kind.value, None, data, FilterKeys())


def _source_keys(source: str | None) -> frozenset[str]:
    return frozenset([name_key(source)] if source else ())
