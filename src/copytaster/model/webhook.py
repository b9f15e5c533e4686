"""Webhooks: the endpoints of receivers, the messages to them, and what became of the attempts."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import AwareDatetime, Field

from copytaster.model.article import Document, Text

EndpointId = NewType("EndpointId", str)

ENDPOINT = r"^w[0-9a-f]{16}$"
"""Pattern of an endpoint's id."""


class Secret(Document):
    """A secret that signs messages, until ``expires_at``; null: until it is replaced."""

    value: str
    expires_at: AwareDatetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Return whether it signs messages."""
        return self.expires_at is None or now < self.expires_at


class SwitchedOff(Document):
    """When, by whom or what, and why an endpoint gets no messages any more."""

    at: AwareDatetime
    by: str
    why: str


class Endpoint(Document):
    """A receiver of events. ``types``, ``sources``, ``topics`` and ``searches`` choose events as in ``EventFilter``.

    It gets the events after the position ``events_after``. ``secrets`` sign its messages; the first is the newest.
    """

    id: EndpointId
    url: Text
    description: str | None = None
    types: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    secrets: tuple[Secret, ...]
    created_at: AwareDatetime
    events_after: str
    off: SwitchedOff | None = None

    def signing_secrets(self, now: datetime) -> tuple[str, ...]:
        """Return the values of the secrets that are valid now."""
        return tuple(each.value for each in self.secrets if each.is_valid(now))


class AttemptEnd(StrEnum):
    """How an attempt to send a message ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"


class Attempt(Document):
    """An attempt to send a message: when, how it ended, the HTTP status if there was an answer, and why it failed."""

    at: AwareDatetime
    event_id: str
    number: int = Field(ge=1)
    end: AttemptEnd
    status: int | None = None
    why: str | None = None
    seconds: float = Field(ge=0)


class Message(Document):
    """An event on its way to an endpoint: the document that is sent, and how many attempts have failed."""

    event_id: str
    body: str
    attempts: int = Field(default=0, ge=0)


class EndpointState(Document):
    """What became of the messages to an endpoint. ``failing_since`` is null if the last attempt succeeded.

    ``waiting`` are messages that will be tried, ``dead`` those that will not until they are replayed. ``missed`` counts
    events that were dropped because too many waited.
    """

    waiting: int = 0
    dead: int = 0
    delivered: int = 0
    failed: int = 0
    missed: int = 0
    failing_since: AwareDatetime | None = None
    last_success_at: AwareDatetime | None = None


def new_endpoint_id() -> EndpointId:
    """Return a random id."""
    return EndpointId(f"w{secrets.token_hex(8)}")
