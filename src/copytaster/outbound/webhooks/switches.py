"""Switches endpoints off and on."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from copytaster.archive.webhook_endpoints import Endpoints
from copytaster.clock import Clock
from copytaster.model.webhook import Endpoint, EndpointId, SwitchedOff
from copytaster.store.ports.events import Events
from copytaster.store.ports.webhook_messages import WebhookMessages

log = structlog.get_logger(__name__)

SYSTEM = "copytaster"
"""Who switched an endpoint off, if no person did."""


@dataclass(frozen=True, slots=True)
class Switches:
    """Every method raises ``TransientError`` if archive or server do not answer, and may be repeated."""

    endpoints: Endpoints
    messages: WebhookMessages
    events: Events
    clock: Clock

    def switch_off(self, endpoint_id: EndpointId, *, by: str, why: str) -> Endpoint | None:
        """Send nothing more to an endpoint: its waiting messages are dead. None if it does not exist any more.

        A person who switches off what the system has switched off takes note of it.
        """
        endpoint = self.endpoints.get(endpoint_id)
        if endpoint is None or (endpoint.off and by in {SYSTEM, endpoint.off.by}):
            return endpoint
        changed = endpoint.model_copy(update={"off": SwitchedOff(at=self.clock.now(), by=by, why=why)})
        self.endpoints.write(changed)
        if endpoint.off:
            return changed
        self.messages.bury(endpoint_id)
        self.events.report_disabled(endpoint_id)
        log.warning("webhook.disabled", endpoint=endpoint_id, by=by, why=why)
        return changed

    def bury_rest(self, endpoint_id: EndpointId) -> None:
        """Make the messages dead that were made for an endpoint while it was switched off; nothing if it is on."""
        endpoint = self.endpoints.get(endpoint_id)
        if endpoint and endpoint.off:
            self.messages.bury(endpoint_id)

    def switch_on(self, endpoint: Endpoint) -> Endpoint:
        """Send to an endpoint again, from now on; what it missed can be replayed as far as it is kept."""
        if endpoint.off is None:
            return endpoint
        self.messages.end_failing(endpoint.id)
        changed = endpoint.model_copy(update={"off": None, "events_after": self.events.end()})
        self.endpoints.write(changed)
        return changed
