"""The port of the known files: it leads from the bytes of a file to the delivery that turned them into articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from copytaster.model.delivery import Delivery, DeliveryId


class KnownFiles(Protocol):
    """Finds earlier deliveries of bytes at a cost that does not depend on their number.

    Every method raises ``TransientError`` if the server does not answer.
    """

    def find(self, sha256: str) -> DeliveryId | None:
        """Return the delivery that was noted for these bytes, else the first one of them."""
        ...

    def find_many(self, sha256s: Sequence[str]) -> Mapping[str, DeliveryId]:
        """Return what ``find`` returns for each of these, without those that have none; one round trip."""
        ...

    def note(self, delivery: Delivery) -> None:
        """Make ``find`` return this delivery for its bytes, until the delivery is removed.

        Not needed for the first delivery of the bytes, so most files need no note.
        """
        ...
