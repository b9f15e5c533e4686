"""The port of the epoch: it shows that the server lost its data, and lets one process at a time recover it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EpochState:
    """The identity of the server's data and of the server's process.

    ``epoch`` is the id of the data: None on a new or emptied server, and until a recovery is complete. ``run`` is the
    id of the server's process and ``run_since`` its start: data written shortly before the start may be missing.
    """

    epoch: str | None
    run: str
    run_since: datetime


class Epoch(Protocol):
    """Detects lost data, and gives one process at a time the lease to recover it."""

    def read(self) -> EpochState:
        """Return the present state; one round trip."""
        ...

    def acquire(self, owner: str, *, lease: timedelta) -> bool:
        """Acquire the recovery lease. Returns False while it is held, also if ``owner`` itself holds it."""
        ...

    def renew(self, owner: str, *, lease: timedelta) -> bool:
        """Extend the recovery lease to ``lease`` from now on; a lease of zero releases it.

        Returns False if ``owner`` no longer holds it: it has expired, or the server was emptied again.
        """
        ...

    def mark_complete(self, epoch: str, *, owner: str) -> str | None:
        """Mark the data as complete unless it is marked, and return its epoch; None if the lease was lost."""
        ...
