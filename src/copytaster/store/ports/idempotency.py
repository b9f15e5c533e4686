"""The port of idempotency keys: a repeated upload with the same key is the same upload.

Whoever begins with a key has a lease on it. The id of the delivery is stored before anything is delivered, so that
after a crash the next request with the key continues with the same delivery instead of making another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from copytaster.model.delivery import DeliveryId

KEPT_FOR = timedelta(hours=24)
"""How long a key is kept after its last use: senders repeat a request within minutes, or the next morning."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """What is known about a key.

    ``is_held`` says that the caller has the lease; without it, and without an ``answer``, another request is running.
    ``fingerprint`` identifies what was sent with the key, None until all of it has arrived. ``answer`` is that of the
    first request, None until it has ended.
    """

    delivery_id: DeliveryId
    is_held: bool
    fingerprint: str | None = None
    answer: str | None = None


class IdempotencyKeys(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def begin(self, key: str, *, delivery_id: DeliveryId, owner: str, lease: timedelta) -> KeyState:
        """Take the lease on a key, unless it is answered or another owner holds it; return what is known about it.

        ``delivery_id`` is stored with a new key; an earlier one stays. A key without an answer whose lease has ended is
        taken over. A repeated call by the same owner returns the same.
        """
        ...

    def keep(self, key: str, *, owner: str, lease: timedelta, fingerprint: str | None = None) -> bool:
        """Extend the lease, and store the fingerprint if it is given; return whether ``owner`` still holds the key."""
        ...

    def finish(self, key: str, *, owner: str, answer: str) -> bool:
        """Store the answer and end the lease; return whether ``owner`` still held the key."""
        ...

    def give_up(self, key: str, *, owner: str) -> None:
        """Forget the key if ``owner`` holds it and has stored no fingerprint: nothing was delivered."""
        ...
