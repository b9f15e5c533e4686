"""The port of the epoch: it shows that the server lost its data, and lets one process at a time recover it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EpochState:
    """The identity of the server's data and of the server's process.

    ``epoch`` is the id of the data: None on a new or emptied server, and until a recovery is complete. ``run`` is the
    id of the server's process and ``run_since`` its start: data written shortly before the start may be missing. After
    a failover the server is another one, with another run. Of a replica that replaced a server, ``run_since`` is the
    present time.

    ``complete_run`` and ``complete_until`` are part of the data: the process for which it was last compared with the
    journal, and the time of receipt up to which it has every delivery. In data restored from a backup both are as old
    as the backup. They are None before the first comparison.
    """

    epoch: str | None
    run: str
    run_since: datetime
    complete_run: str | None = None
    complete_until: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the data was compared with the journal since the server's process started."""
        return self.epoch is not None and self.complete_run == self.run


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

    def mark_complete(self, epoch: str, *, owner: str, run: str, until: datetime) -> str | None:
        """Record that the data is complete for this process of the server, up to this time of receipt.

        Returns the epoch: ``epoch``, or the one that the data has already. Returns None, and records nothing, if the
        lease was lost.
        """
        ...

    def extend(self, run: str, *, until: datetime) -> bool:
        """Record that the data is complete up to a later time.

        Returns False, and records nothing, if the data was not compared for ``run``: an older state was restored, or
        the server was emptied.
        """
        ...
