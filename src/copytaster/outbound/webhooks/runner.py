"""Runs webhooks: makes messages from events, and sends them, several endpoints at once.

Any number of processes may run it: messages are made once, and whoever takes a message has it for a while. A message
that was sent when its process died is sent again, so that receivers get each at least once.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog

from copytaster.clock import Clock, Interval
from copytaster.errors import TransientError
from copytaster.model.webhook import Attempt, AttemptEnd, Endpoint, EndpointId, EndpointState
from copytaster.outbound.webhooks.attempts import Attempts, is_outage
from copytaster.outbound.webhooks.outbox import Outbox
from copytaster.outbound.webhooks.retries import GIVEN_UP_AFTER, retry_after
from copytaster.outbound.webhooks.sender import TIMEOUT_SECONDS
from copytaster.outbound.webhooks.switches import SYSTEM, Switches

log = structlog.get_logger(__name__)

THREADS = 8
"""Endpoints that are sent to at once by a process: one that does not answer holds a thread for 15 seconds."""

BATCH = 10
"""Messages that are taken together."""

LEASE = timedelta(seconds=BATCH * TIMEOUT_SECONDS + 30)
"""Longer than a batch takes in which each message is answered at the last moment."""

BATCHES = 20
"""Batches that are sent to one endpoint before others have their turn."""

RELOAD = timedelta(seconds=5)
"""How often the endpoints are read: each takes a file, and a person who changes one waits no longer than this."""

FIRST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(minutes=1)
"""How long nothing is sent to an endpoint that does not answer: twice as long after each further failure."""


@dataclass(slots=True)
class _Rest:
    """When the next message is sent to an endpoint that does not answer."""

    until: datetime
    length: timedelta


@dataclass(slots=True)
class WebhookRunner:
    """Sends what is due at each ``step``. ``executor`` runs the sending to one endpoint."""

    switches: Switches
    outbox: Outbox
    attempts: Attempts
    clock: Clock
    executor: Executor
    _endpoints: list[Endpoint] = field(default_factory=list)
    _reload: Interval = field(default_factory=lambda: Interval(RELOAD))
    _busy: set[EndpointId] = field(default_factory=set)
    _rests: dict[EndpointId, _Rest] = field(default_factory=dict)
    _damaged: list[str] = field(default_factory=list)
    _states: dict[EndpointId, EndpointState] = field(default_factory=dict)
    _closing: bool = False

    def step(self) -> None:
        """Make messages, and begin to send to each endpoint that is not busy. Raises ``TransientError``."""
        if self._reload.has_passed(self.clock.now()):
            self._read_endpoints()
        active = [each for each in self._endpoints if each.off is None]
        if not active:
            return
        self.outbox.fill(active)
        for each in active:
            if each.id not in self._busy and not self._rests_now(each.id):
                self._busy.add(each.id)
                self.executor.submit(self._send_all, each)

    def details(self) -> dict[str, str | int | None]:
        """Return what the heartbeat reports about endpoints and messages.

        Endpoints that were switched off or are damaged, the number that are active, since when the first of these has
        failed, and how many messages wait, are dead, or were dropped.
        """
        off = [f"{each.id} ({each.off.why})" for each in self._endpoints if each.off and each.off.by == SYSTEM]
        active = [each.id for each in self._endpoints if each.off is None]
        failing = [since for each in active if each in self._states and (since := self._states[each].failing_since)]
        states = self._states.values()
        return {
            "webhooks_off": "; ".join([*off, *self._damaged]) or None,
            "webhooks_active": len(active),
            "webhooks_failing_since": min(failing).isoformat() if failing else None,
            "webhooks_waiting": sum(each.waiting for each in states),
            "webhooks_dead": sum(each.dead for each in states) or None,
            "webhooks_missed": sum(each.missed for each in states),
        }

    def close(self) -> None:
        """Wait for the answers to what was sent, at most ``TIMEOUT_SECONDS``; nothing more is sent."""
        self._closing = True
        self.executor.shutdown(wait=True, cancel_futures=True)

    def _read_endpoints(self) -> None:
        """Read the endpoints and their states; nothing waits for one that is off.

        A process makes messages for an endpoint until it has read that it was switched off. Nobody would send them.
        """
        self._endpoints = self.switches.endpoints.all()
        self._damaged = self.switches.endpoints.damaged()
        messages = self.switches.messages
        self._states = {each.id: messages.state(each.id) for each in self._endpoints}
        for each in self._endpoints:
            if each.off and self._states[each.id].waiting:
                self.switches.bury_rest(each.id)
                self._states[each.id] = messages.state(each.id)

    def _rests_now(self, endpoint_id: EndpointId) -> bool:
        rest = self._rests.get(endpoint_id)
        return rest is not None and self.clock.now() < rest.until <= self.clock.now() + LONGEST_REST

    def _send_all(self, endpoint: Endpoint) -> None:
        """Send what is due to one endpoint. It runs in a thread, whose errors nobody else sees."""
        try:
            for _ in range(BATCHES):
                if not self._send_batch(endpoint):
                    return
        except TransientError as error:
            log.warning("webhook.interrupted", endpoint=endpoint.id, why=str(error), next="trying again")
        except Exception:
            log.exception("webhook.interrupted", endpoint=endpoint.id, next="trying again")
        finally:
            self._busy.discard(endpoint.id)

    def _send_batch(self, endpoint: Endpoint) -> bool:
        """Send some messages; return whether there may be more to send."""
        messages = self.switches.messages
        batch = messages.take(endpoint.id, limit=BATCH, lease=LEASE)
        for position, message in enumerate(batch):
            attempt = self.attempts.send(endpoint, message)
            ended = self._record(endpoint, attempt)
            rest = [each.event_id for each in batch[position + 1 :]]
            if ended or is_outage(attempt):
                messages.give_back(endpoint.id, rest, due_in=self._rest(endpoint.id))
                return False
            if self._closing:
                messages.give_back(endpoint.id, rest, due_in=timedelta(0))
                return False
        self._rests.pop(endpoint.id, None)
        return bool(batch)

    def _record(self, endpoint: Endpoint, attempt: Attempt) -> bool:
        """Record an attempt; return whether the endpoint is switched off because of it."""
        state = self.switches.messages.end(endpoint.id, attempt, retry_in=retry_after(attempt.number))
        if attempt.end is AttemptEnd.DELIVERED:
            return False
        report = log.warning if attempt.end is AttemptEnd.DEAD else log.info
        report(
            "webhook.failed", endpoint=endpoint.id, event_id=attempt.event_id, attempt=attempt.number, why=attempt.why
        )
        why = None
        if attempt.status == HTTPStatus.GONE:
            why = "the receiver answered 410: it wants no more messages"
        elif state.failing_since and attempt.at - state.failing_since >= GIVEN_UP_AFTER:
            why = f"no attempt has succeeded for {GIVEN_UP_AFTER.days} days; the last one: {attempt.why}"
        if why:
            self.switches.switch_off(endpoint.id, by=SYSTEM, why=why)
            self._endpoints = [each for each in self._endpoints if each.id != endpoint.id]
        return why is not None

    def _rest(self, endpoint_id: EndpointId) -> timedelta:
        """Let an endpoint rest, and return for how long."""
        before = self._rests.get(endpoint_id)
        length = min(LONGEST_REST, before.length * 2) if before else FIRST_REST
        self._rests[endpoint_id] = _Rest(self.clock.now() + length, length)
        return length
