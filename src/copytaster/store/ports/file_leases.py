"""Who has which file of an inbox whose files stay in place: a port.

A file state is free, leased by a watcher, or taken for good. A lease carries the id of the delivery that the file
becomes and outlives its end, so that whoever takes a dead watcher's file over goes on with the same delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState

FORGOTTEN_AFTER = timedelta(days=30)
"""Marks outlive a file, or a system that is switched off, for so long: longer than any holiday. One takes some 200
bytes; a file whose mark is forgotten would come again, and end as a duplicate."""


class Standing(StrEnum):
    """How a file state stands: a lease that has run out makes it free."""

    FREE = "free"
    LEASED = "leased"
    TAKEN = "taken"


class FileLeases(Protocol):
    """The leases and marks. Every method raises ``TransientError`` when the server is away."""

    def look(self, states: Sequence[FileState]) -> list[Standing]:
        """Return how each stands, in the order asked; one round trip."""
        ...

    def take(self, state: FileState, delivery_id: DeliveryId, *, owner: str, lease: timedelta) -> DeliveryId | None:
        """Lease a free state, or renew an own lease; return its delivery's id: of all that were proposed the first.

        Returns None when it is taken or another's, and while the marks are not known to be complete (see ``open``).
        """
        ...

    def mark(self, taken: Sequence[tuple[FileState, DeliveryId]]) -> None:
        """Mark states as taken, whoever has them, until ``FORGOTTEN_AFTER``; one round trip."""
        ...

    def refresh(self, states: Sequence[FileState]) -> None:
        """Put off the moment at which marks are forgotten; one round trip."""
        ...

    def is_leased(self, delivery_id: DeliveryId) -> bool:
        """Say whether a lease of this delivery runs."""
        ...

    def open(self, run: str) -> None:
        """Say that all marks are there in this run of the server's process; another run closes the leases again.

        What a server lost when it went down may have been marks, and a file must not be taken twice for that.
        """
        ...

    def is_open(self) -> bool:
        """Say whether leases are given in the present run."""
        ...
