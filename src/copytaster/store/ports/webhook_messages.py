"""The port of the messages to webhooks: an outbox between the event stream and the receivers.

A message waits until it is delivered or has failed too often; then it is *dead* until a person replays it. Whoever
takes messages gets them for a while: if the process dies, they are due again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from copytaster.model.webhook import Attempt, EndpointId, EndpointState, Message

MAX_WAITING = 50_000
"""Messages that wait for one endpoint, some 30 MB: half a day of a busy system. Further ones are counted as missed."""

MAX_DEAD = 10_000
"""Dead messages of one endpoint; the oldest go, and are counted as missed."""

ATTEMPTS_KEPT = 100
"""The length of the log of an endpoint: the last attempts show whether it works and why not."""


class WebhookMessages(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def cursor(self) -> str | None:
        """Return the position in the event stream up to which messages were made; None if there were none yet."""
        ...

    def enqueue(self, messages: Mapping[EndpointId, Sequence[Message]], *, cursor: str | None, moved_to: str) -> bool:
        """Add messages, due now, and move the cursor, at once. Returns False if another process has moved it before.

        A message that waits or is dead is not added again. Beyond ``MAX_WAITING`` they are counted as missed.
        """
        ...

    def take(self, endpoint_id: EndpointId, *, limit: int, lease: timedelta) -> list[Message]:
        """Return due messages, the earliest due first; they are due again after the lease unless their attempts end."""
        ...

    def give_back(self, endpoint_id: EndpointId, event_ids: Sequence[str], *, due_in: timedelta) -> None:
        """Make taken messages due after this time, without counting an attempt."""
        ...

    def end(self, endpoint_id: EndpointId, attempt: Attempt, *, retry_in: timedelta | None = None) -> EndpointState:
        """Record the end of an attempt, in the log too, and return the state: delivered, due again, or dead.

        An attempt at a message that is neither waiting nor dead changes nothing.
        """
        ...

    def end_failing(self, endpoint_id: EndpointId) -> None:
        """Forget since when the endpoint fails: a person has switched it on again."""
        ...

    def bury(self, endpoint_id: EndpointId) -> None:
        """Make all waiting messages dead: the endpoint was switched off."""
        ...

    def replay(self, endpoint_id: EndpointId, event_id: str | None = None) -> int:
        """Make dead messages due now, with all attempts before them: one, or all. Returns their number."""
        ...

    def dead(self, endpoint_id: EndpointId, *, limit: int) -> list[Message]:
        """Return dead messages, the latest first."""
        ...

    def state(self, endpoint_id: EndpointId) -> EndpointState:
        """Return the counts of an endpoint, and since when it fails."""
        ...

    def attempts(self, endpoint_id: EndpointId) -> list[Attempt]:
        """Return the last attempts, at most ``ATTEMPTS_KEPT``, the latest first."""
        ...

    def forget(self, endpoint_id: EndpointId) -> None:
        """Remove everything about an endpoint."""
        ...
