"""The state of a stream of events: where it goes on after an interruption, and how long to wait before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from httpx2 import ServerSentEvent

from copytaster.client.calls import PREFIX
from copytaster.client.filters import Parameters, parameters_of
from copytaster.client.retries import Retries
from copytaster.model.article import Document
from copytaster.outbound.cloud_event import CloudEvent
from copytaster.outbound.event_data import GapData

PATH = f"{PREFIX}/events"

GAP = "gap"

SILENCE_SECONDS = 60.0
"""Time without a byte after which a stream counts as broken: the API sends something every 15 s."""


class Gap(Document):
    """Events are missing: whoever needs all changes reads the articles again."""

    data: GapData


class StreamPosition:
    """Where a stream is. The API names a position at the beginning and with each heartbeat, not only with events."""

    def __init__(self, after: str | None, types: Sequence[str], sources: Sequence[str], topics: Sequence[str]) -> None:
        filters = {"type": list(types), "source": list(sources), "topic": list(topics)}
        self._parameters = parameters_of({name: values for name, values in filters.items() if values})
        self._after = after
        self._last_id = ""
        self._fruitless = 0

    @property
    def parameters(self) -> Parameters:
        """The query parameters of the next connection."""
        return {**self._parameters, **({"after": self._after} if self._after and not self._last_id else {})}

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the next connection."""
        return {"Accept": "text/event-stream", **({"Last-Event-ID": self._last_id} if self._last_id else {})}

    def read(self, message: ServerSentEvent) -> CloudEvent | Gap | None:
        """Note the position of a message, and return its event; None if it has none."""
        self._fruitless = 0
        self._last_id = message.id or self._last_id
        if not message.data:
            return None
        if message.event == GAP:
            return Gap(data=GapData.model_validate(json.loads(message.data), extra="ignore"))
        return CloudEvent.model_validate_json(message.data, extra="ignore")

    def pause(self, retries: Retries) -> float:
        """Return the seconds before the next connection; they grow while connections bring nothing."""
        pause = retries.pause(min(self._fruitless, retries.most - 1)) or retries.first
        self._fruitless += 1
        return pause
