"""One attempt to send a message to an endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

import copytaster
from copytaster.clock import Clock
from copytaster.model.tracing import TRACEPARENT
from copytaster.model.webhook import Attempt, AttemptEnd, Endpoint, Message
from copytaster.outbound.cloud_event import MEDIA_TYPE
from copytaster.outbound.webhooks.addresses import NotSentError, WrongUrlError
from copytaster.outbound.webhooks.retries import retry_after
from copytaster.outbound.webhooks.sender import Sender
from copytaster.outbound.webhooks.signing import signed_headers


@dataclass(frozen=True, slots=True)
class Attempts:
    """Sends messages, and judges the answers: only a status of 2xx means that the receiver has the message."""

    sender: Sender
    clock: Clock

    def send(self, endpoint: Endpoint, message: Message) -> Attempt:
        """Send a message once, and return how that ended: dead if it was the last attempt."""
        at, number = self.clock.now(), message.attempts + 1
        status, why = self._post(endpoint, message)
        if status is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            end, why = AttemptEnd.DELIVERED, None
        else:
            end = AttemptEnd.FAILED if retry_after(number) else AttemptEnd.DEAD
        return Attempt(
            at=at,
            event_id=message.event_id,
            number=number,
            end=end,
            status=status,
            why=why,
            seconds=max(0.0, (self.clock.now() - at).total_seconds()),
        )

    def _post(self, endpoint: Endpoint, message: Message) -> tuple[int | None, str | None]:
        now = self.clock.now()
        signed = signed_headers(message.event_id, message.body, at=now, signed_by=endpoint.signing_secrets(now))
        headers = {"Content-Type": MEDIA_TYPE, "User-Agent": f"copytaster/{copytaster.__version__}", **signed}
        if trace := json.loads(message.body).get(TRACEPARENT):
            headers[TRACEPARENT] = trace
        try:
            status = self.sender.send(endpoint.url, headers, message.body.encode())
        except (NotSentError, WrongUrlError) as error:
            return None, str(error)
        return status, f"the receiver answered {status}"


def is_outage(attempt: Attempt) -> bool:
    """Return whether the receiver itself seems to be away or overloaded, so that other messages would fail too."""
    if attempt.end is AttemptEnd.DELIVERED:
        return False
    status = attempt.status
    return status is None or status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
