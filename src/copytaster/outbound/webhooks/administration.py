"""What people do with webhooks: create endpoints, look at them, change their secrets, replay messages."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pydantic import AwareDatetime, Field

from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import Text
from copytaster.model.webhook import (
    Attempt,
    Endpoint,
    EndpointId,
    EndpointState,
    Message,
    Secret,
    SwitchedOff,
    new_endpoint_id,
)
from copytaster.outbound.cloud_event import CloudEvent
from copytaster.outbound.event_types import EventFilter
from copytaster.outbound.webhooks.addresses import WrongUrlError, check_url
from copytaster.outbound.webhooks.attempts import Attempts
from copytaster.outbound.webhooks.retries import ROTATION
from copytaster.outbound.webhooks.signing import new_secret
from copytaster.outbound.webhooks.switches import Switches

MAX_ENDPOINTS = 50
"""Each event is compared with the filter of each endpoint, and each endpoint may have 60 MB of messages."""

MAX_SECRETS = 8
"""Secrets of an endpoint that are valid at the same time: each message has a signature by each of them."""

MOST_DEAD = 100
"""Dead messages that are shown: they have one cause, and are sent again together."""

TEST = "webhook.test"
"""The type of the message that a person sends to see whether an endpoint works."""


class WebhookRefusedError(CopytasterError):
    """The endpoint cannot be created or changed in this way; the message says why."""


class UnknownEndpointError(CopytasterError):
    """There is no endpoint with this id."""

    def __init__(self, endpoint_id: EndpointId) -> None:
        super().__init__(f"there is no webhook endpoint {endpoint_id}; `copytaster webhooks list` shows them")


class EndpointOrder(EventFilter):
    """What a new endpoint is: where messages go, and which events it wants."""

    url: Text = Field(description="Where messages are posted to: https://… .")
    description: str | None = Field(default=None, max_length=200, description="What the endpoint is for.")


class ShownEndpoint(EventFilter):
    """An endpoint as it is shown, without its secrets. ``off`` says since when and why it gets no messages."""

    id: EndpointId
    url: str
    description: str | None
    created_at: AwareDatetime
    off: SwitchedOff | None
    state: EndpointState


class EndpointWithSecret(ShownEndpoint):
    """An endpoint with its newest secret, which is shown only when it is made."""

    secret: str


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Every method raises ``TransientError`` if archive or server do not answer.

    Those with an id raise ``UnknownEndpointError``.
    """

    switches: Switches
    attempts: Attempts
    clock: Clock

    def create(self, order: EndpointOrder) -> EndpointWithSecret:
        """Create an endpoint, which gets the events from now on. Raises ``WebhookRefusedError``."""
        try:
            check_url(order.url)
        except WrongUrlError as error:
            raise WebhookRefusedError(str(error)) from error
        if len(self.switches.endpoints.all()) >= MAX_ENDPOINTS:
            raise WebhookRefusedError(f"there are {MAX_ENDPOINTS} endpoints already; delete one that is not needed")
        endpoint = Endpoint(
            id=new_endpoint_id(),
            secrets=(Secret(value=new_secret()),),
            created_at=self.clock.now(),
            events_after=self.switches.events.end(),
            **order.model_dump(),
        )
        self.switches.endpoints.write(endpoint)
        return self._with_secret(endpoint)

    def list(self) -> list[ShownEndpoint]:
        """Return all endpoints, the oldest first; a round trip and a read of the archive for each."""
        return [self._shown(each) for each in self.switches.endpoints.all()]

    def show(self, endpoint_id: EndpointId) -> ShownEndpoint:
        """Return an endpoint."""
        return self._shown(self._get(endpoint_id))

    def rotate(self, endpoint_id: EndpointId) -> EndpointWithSecret:
        """Give an endpoint a new secret; for a day messages are signed by the former one as well.

        So does each former one that has its day still: if this is repeated, because its answer was lost, the receiver
        has none of the newer ones. Raises ``WebhookRefusedError``.
        """
        endpoint, now = self._get(endpoint_id), self.clock.now()
        valid = [each for each in endpoint.secrets if each.is_valid(now)]
        if len(valid) >= MAX_SECRETS:
            raise WebhookRefusedError(f"{endpoint_id} has {MAX_SECRETS} valid secrets; wait until the oldest expires")
        newest, *former = valid
        expiring = newest.model_copy(update={"expires_at": now + ROTATION})
        changed = endpoint.model_copy(update={"secrets": (Secret(value=new_secret()), expiring, *former)})
        self.switches.endpoints.write(changed)
        return self._with_secret(changed)

    def disable(self, endpoint_id: EndpointId, *, by: str, why: str) -> ShownEndpoint:
        """Switch an endpoint off: its waiting messages are dead, and later events make none."""
        self._get(endpoint_id)
        self.switches.switch_off(endpoint_id, by=by, why=why)
        return self.show(endpoint_id)

    def enable(self, endpoint_id: EndpointId) -> ShownEndpoint:
        """Switch an endpoint on: it gets the events from now on, and dead messages when they are replayed."""
        return self._shown(self.switches.switch_on(self._get(endpoint_id)))

    def delete(self, endpoint_id: EndpointId) -> None:
        """Remove an endpoint with its messages."""
        self._get(endpoint_id)
        self.switches.endpoints.remove(endpoint_id)
        self.switches.messages.forget(endpoint_id)

    def replay(self, endpoint_id: EndpointId, event_id: str | None = None) -> int:
        """Send dead messages again, one or all, and return their number.

        Raises ``WebhookRefusedError`` if the endpoint is off.
        """
        if self._get(endpoint_id).off:
            raise WebhookRefusedError(f"{endpoint_id} is off; enable it before its messages are replayed")
        return self.switches.messages.replay(endpoint_id, event_id)

    def test(self, endpoint_id: EndpointId) -> Attempt:
        """Send a message of the type ``webhook.test`` now, and return what became of it; nothing is recorded."""
        event = CloudEvent(
            id=f"test-{secrets.token_hex(8)}",
            type=TEST,
            time=self.clock.now(),
            subject=endpoint_id,
            data={"webhook_id": endpoint_id},
        )
        return self.attempts.send(self._get(endpoint_id), Message(event_id=event.id, body=event.document()))

    def dead(self, endpoint_id: EndpointId) -> tuple[Message, ...]:
        """Return dead messages, the latest first, at most ``MOST_DEAD``."""
        self._get(endpoint_id)
        return tuple(self.switches.messages.dead(endpoint_id, limit=MOST_DEAD))

    def log(self, endpoint_id: EndpointId) -> tuple[Attempt, ...]:
        """Return the last attempts, the latest first."""
        self._get(endpoint_id)
        return tuple(self.switches.messages.attempts(endpoint_id))

    def _get(self, endpoint_id: EndpointId) -> Endpoint:
        endpoint = self.switches.endpoints.get(endpoint_id)
        if endpoint is None:
            raise UnknownEndpointError(endpoint_id)
        return endpoint

    def _shown(self, endpoint: Endpoint) -> ShownEndpoint:
        known = endpoint.model_dump(include=set(ShownEndpoint.model_fields) - {"state"})
        return ShownEndpoint(**known, state=self.switches.messages.state(endpoint.id))

    def _with_secret(self, endpoint: Endpoint) -> EndpointWithSecret:
        return EndpointWithSecret(**dict(self._shown(endpoint)), secret=endpoint.secrets[0].value)
