"""The types of the events that leave the system, and the filters by which a receiver chooses among them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, Field

from copytaster.model.article import Document, Text
from copytaster.model.events import EventKind
from copytaster.model.source_names import name_key
from copytaster.outbound.cloud_event import CloudEvent


class EndType(StrEnum):
    """The types of events about the end of a delivery, or of an item of it.

    ``article.stored`` and ``article.updated`` are about articles that may be used when they are stored; about others
    the event is ``article.withheld`` or ``article.canceled``.
    """

    ARTICLE_STORED = "article.stored"
    ARTICLE_UPDATED = "article.updated"
    ARTICLE_DUPLICATE = "article.duplicate"
    ARTICLE_WITHHELD = "article.withheld"
    ARTICLE_CANCELED = "article.canceled"
    DELIVERY_REJECTED = "delivery.rejected"
    DELIVERY_QUARANTINED = "delivery.quarantined"


EVENT_TYPES: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(each.value for each in EndType),
            *(
                each.value
                for each in EventKind
                if each not in {EventKind.DELIVERY_SETTLED, EventKind.DELIVERY_ADVANCED}
            ),
        ]
    )
)
"""Every type. The two kinds that are missing become events about articles, or about a failed delivery."""


def known_pattern(pattern: str) -> str:
    """Return the pattern (``article.stored``, ``article.*``). Raises ``ValueError`` if it matches no type."""
    if not any(fnmatchcase(each, pattern) for each in EVENT_TYPES):
        raise ValueError(f"no event has the type {pattern!r}; the types are {', '.join(EVENT_TYPES)}")
    return pattern


class EventFilter(Document):
    """The events that a receiver wants; an empty list means all. The lists are combined by "and"."""

    types: tuple[Annotated[str, AfterValidator(known_pattern)], ...] = Field(
        default=(), description="Types of events; `*` stands for any characters: `article.*`."
    )
    sources: tuple[Text, ...] = Field(
        default=(), description="Who delivered the article or file; case and a leading article do not matter."
    )
    topics: tuple[Text, ...] = Field(default=(), description="Codes of IPTC Media Topics of the article.")
    searches: tuple[Text, ...] = Field(default=(), description="Ids of standing searches: only their hits.")

    def wants(self, event: CloudEvent) -> bool:
        """Return whether the receiver wants the event.

        A copy with the same words has two sources: that of the article, and who delivered the copy. An event whose
        source is not known, because article or delivery are no longer stored, is wanted whatever the source: a receiver
        must learn that an article was removed. The same holds for topics, also of an article that may not be used any
        more. Otherwise, an article that is not tagged has no topics.
        """
        return (
            _any_matches(self.types, event.type)
            and _has_one(map(name_key, self.sources), event.keys.told_sources)
            and _has_one(self.topics, event.keys.topics)
            and _has_one(self.searches, event.keys.searches)
        )

    def shown(self, event: CloudEvent) -> CloudEvent:
        """Return the event as the receiver may see it; the same object if nothing is hidden."""
        return event


class SourceBoundFilter(EventFilter):
    """The events for a receiver who may only know of what some sources delivered."""

    only: tuple[Text, ...] = Field(description="These sources.")

    def wants(self, event: CloudEvent) -> bool:
        """Return whether the receiver wants the event, and each source of it is known and one of those allowed.

        The sources of an event are also those who delivered the copy that it tells of.
        """
        told = event.keys.told_sources
        if not event.keys.sources or told is None:
            return False
        return told <= frozenset(map(name_key, self.only)) and super().wants(event)

    def shown(self, event: CloudEvent) -> CloudEvent:
        """Return the event without the article of which it is about a copy: another source may have delivered that."""
        if event.data.get("original_id") is None:
            return event
        return event.model_copy(update={"data": event.data | {"original_id": None}})


def _any_matches(patterns: tuple[str, ...], value: str) -> bool:
    return not patterns or any(fnmatchcase(value, each) for each in patterns)


def _has_one(wanted: Iterable[str], values: frozenset[str] | None) -> bool:
    chosen = frozenset(wanted)
    return not chosen or values is None or not values.isdisjoint(chosen)
