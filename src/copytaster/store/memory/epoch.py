"""Which life of the data this is, in this process's memory."""

from __future__ import annotations

from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.store.ports.epoch import EpochState


class MemoryEpoch:
    """See ``copytaster.store.ports.epoch.Epoch``. ``run`` may be set, as if the server had been started again."""

    def __init__(self, clock: Clock) -> None:
        self.run = "memory"
        self._clock = clock
        self._since = clock.now()
        self._epoch: str | None = None
        self._held: tuple[str, datetime] | None = None

    def look(self) -> EpochState:
        """Return the present life; see ``Epoch.look``."""
        return EpochState(epoch=self._epoch, run=self.run, run_since=self._since)

    def hold(self, owner: str, *, lease: timedelta) -> bool:
        """Take the recovery; see ``Epoch.hold``."""
        if self._holder():
            return False
        self._held = (owner, self._clock.now() + lease)
        return True

    def renew(self, owner: str, *, lease: timedelta) -> bool:
        """Keep the recovery; see ``Epoch.renew``."""
        if self._holder() != owner:
            return False
        self._held = (owner, self._clock.now() + lease)
        return True

    def begin(self, epoch: str, *, owner: str) -> str | None:
        """Mark the data as complete; see ``Epoch.begin``."""
        if self._holder() != owner:
            return None
        self._epoch = self._epoch or epoch
        return self._epoch

    def _holder(self) -> str | None:
        owner, until = self._held or ("", self._clock.now())
        return owner if until > self._clock.now() else None
