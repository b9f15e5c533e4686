"""The port of the file leases, for an inbox whose files stay in place.

A file state is free, leased by a watcher, or taken for good. A lease contains the id of the delivery that the file
becomes. The id is kept after the lease ends, so that a watcher which takes over a file continues the same delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState

MARK_LIFETIME = timedelta(days=30)
"""How long a mark is kept after its file was last seen, or while the system is switched off: longer than a holiday.

A mark takes some 200 bytes. A file whose mark has expired would be taken again, and end as a duplicate.
"""


class LeaseStatus(StrEnum):
    """The status of a file state; when its lease ends it is free again."""

    FREE = "free"
    LEASED = "leased"
    TAKEN = "taken"


class FileLeases(Protocol):
    """Stores leases and marks. Every method raises ``TransientError`` if the server does not answer."""

    def statuses(self, states: Sequence[FileState]) -> list[LeaseStatus]:
        """Return the status of each file state, in the given order; one round trip."""
        ...

    def take(self, state: FileState, delivery_id: DeliveryId, *, owner: str, lease: timedelta) -> DeliveryId | None:
        """Lease a free file state, or renew the owner's lease; return the delivery id that was proposed first.

        Returns None if it is taken or leased by another owner, and as long as marks may be missing (see ``open``).
        """
        ...

    def mark_taken(self, taken: Sequence[tuple[FileState, DeliveryId]]) -> None:
        """Mark file states as taken, whoever leases them, for ``MARK_LIFETIME``; one round trip."""
        ...

    def refresh(self, states: Sequence[FileState]) -> None:
        """Keep marks for another ``MARK_LIFETIME``; one round trip."""
        ...

    def has_marks(self) -> bool:
        """Return whether there may be marks: a file was marked, or its mark refreshed, within ``MARK_LIFETIME``."""
        ...

    def is_leased(self, delivery_id: DeliveryId) -> bool:
        """Return whether the delivery has a lease that has not ended."""
        ...

    def open(self, run: str) -> None:
        """Declare the marks complete for this run of the server's process, so that leases are given.

        After a restart no leases are given until the next call: the server may have lost marks when it stopped, and a
        file must not be taken twice.
        """
        ...

    def is_open(self) -> bool:
        """Return whether leases are given in the present run."""
        ...
