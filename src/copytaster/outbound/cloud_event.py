"""A document of CloudEvents 1.0, the form in which events leave the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import AwareDatetime, Field, PrivateAttr

from copytaster.model.article import Document

EVENT_SOURCE = "/api/v1/events"
"""The CloudEvents attribute ``source``: the stream that the event belongs to. Together with ``id`` it is unique."""

MEDIA_TYPE = "application/cloudevents+json"


OPTIONAL = ("subject", "traceparent")
"""The attributes that may be absent."""


@dataclass(frozen=True, slots=True)
class FilterKeys:
    """What filters compare: keys of the source's name, codes of topics, and the standing search of a hit.

    None lets the event pass every filter of sources or topics; a filter of searches lets only hits pass. ``deliverers``
    are the keys of those who delivered a copy of the article, None if they are not known.
    """

    sources: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    searches: frozenset[str] = frozenset()
    deliverers: frozenset[str] | None = frozenset()

    @property
    def told_sources(self) -> frozenset[str] | None:
        """The keys of all sources that the event tells of; None if one of them is not known."""
        return None if self.sources is None or self.deliverers is None else self.sources | self.deliverers


class CloudEvent(Document):
    """One event. ``data`` has ids, kinds and addresses; never the title or the text of an article.

    ``id`` orders the events of a stream (see ``outbound.positions``). ``subject`` is the id of the article, delivery or
    story that the event is about, null if there are several.
    """

    specversion: Literal["1.0"] = Field(default="1.0", description="Version of the CloudEvents specification.")
    id: str = Field(description="Id of the event; the same in each repetition.")
    source: str = Field(default=EVENT_SOURCE, description="The stream of the event; with `id` it is unique.")
    type: str = Field(description="What happened.")
    time: AwareDatetime = Field(description="When it happened.")
    subject: str | None = Field(default=None, description="Id of the article, delivery or story.")
    datacontenttype: Literal["application/json"] = Field(
        default="application/json", description="Media type of `data`."
    )
    traceparent: str | None = Field(
        default=None,
        description="The trace of the delivery that the event is about, by the CloudEvents extension Distributed"
        " Tracing; absent if there are several, or none is known.",
    )
    data: dict[str, Any] = Field(description="Ids, kinds and addresses; see the table of fields.")
    _keys: FilterKeys = PrivateAttr(default_factory=FilterKeys)

    @property
    def keys(self) -> FilterKeys:
        """What filters compare; it is not part of the document."""
        return self._keys

    def with_keys(self, keys: FilterKeys) -> CloudEvent:
        """Return the event with these keys."""
        copy = self.model_copy()
        copy._keys = keys  # noqa: SLF001  # its own attribute
        return copy

    def document(self) -> str:
        """Return the event as JSON; attributes that do not apply are left out, as the specification demands."""
        return self.model_dump_json(exclude={name for name in OPTIONAL if getattr(self, name) is None})
