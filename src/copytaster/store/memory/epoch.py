"""The epoch in memory."""

from __future__ import annotations

from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.store.ports.epoch import EpochState


class MemoryEpoch:
    """Implements ``Epoch``. Setting ``run`` simulates a restart of the server."""

    def __init__(self, clock: Clock) -> None:
        self.run = "memory"
        self._clock = clock
        self._since = clock.now()
        self._epoch: str | None = None
        self._lease: tuple[str, datetime] | None = None
        self._complete_run: str | None = None
        self._complete_until: datetime | None = None

    def read(self) -> EpochState:
        """Return the present state; see ``Epoch.read``."""
        return EpochState(
            epoch=self._epoch,
            run=self.run,
            run_since=self._since,
            complete_run=self._complete_run,
            complete_until=self._complete_until,
        )

    def acquire(self, owner: str, *, lease: timedelta) -> bool:
        """Acquire the recovery lease; see ``Epoch.acquire``."""
        if self._owner():
            return False
        self._lease = (owner, self._clock.now() + lease)
        return True

    def renew(self, owner: str, *, lease: timedelta) -> bool:
        """Extend the recovery lease; see ``Epoch.renew``."""
        if self._owner() != owner:
            return False
        self._lease = (owner, self._clock.now() + lease)
        return True

    def mark_complete(self, epoch: str, *, owner: str, run: str, until: datetime) -> str | None:
        """Mark the data as complete; see ``Epoch.mark_complete``."""
        if self._owner() != owner:
            return None
        self._epoch = self._epoch or epoch
        self._complete_run, self._complete_until = run, until
        return self._epoch

    def extend(self, run: str, *, until: datetime) -> bool:
        """Record a later time; see ``Epoch.extend``."""
        if self._complete_run != run:
            return False
        self._complete_until = until
        return True

    def _owner(self) -> str | None:
        owner, until = self._lease or ("", self._clock.now())
        return owner if until > self._clock.now() else None
