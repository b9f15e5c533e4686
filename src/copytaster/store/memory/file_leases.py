"""The file leases in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState
from copytaster.model.work import is_ahead
from copytaster.store.ports.epoch import Epoch
from copytaster.store.ports.file_leases import MARK_LIFETIME, LeaseStatus


@dataclass(slots=True)
class _Held:
    """A lease of ``owner``, or a mark if that is None; both are removed at ``expires_at``."""

    delivery_id: DeliveryId
    owner: str | None
    until: datetime
    expires_at: datetime


class MemoryFileLeases:
    """Implements ``FileLeases``."""

    def __init__(self, clock: Clock, epoch: Epoch) -> None:
        self._clock = clock
        self._epoch = epoch
        self._files: dict[FileState, _Held] = {}
        self._open_in: str | None = None

    def statuses(self, states: Sequence[FileState]) -> list[LeaseStatus]:
        """Return the status of each file state; see ``FileLeases.statuses``."""
        return [self._status(each) for each in states]

    def take(self, state: FileState, delivery_id: DeliveryId, *, owner: str, lease: timedelta) -> DeliveryId | None:
        """Lease a file state; see ``FileLeases.take``."""
        held, status, now = self._held(state), self._status(state), self._clock.now()
        is_anothers = status is LeaseStatus.LEASED and held is not None and held.owner != owner
        if status is LeaseStatus.TAKEN or is_anothers or not self.is_open():
            return None
        first = held.delivery_id if held else delivery_id
        self._files[state] = _Held(first, owner, now + lease, now + MARK_LIFETIME)
        return first

    def mark_taken(self, taken: Sequence[tuple[FileState, DeliveryId]]) -> None:
        """Mark file states as taken; see ``FileLeases.mark_taken``."""
        now = self._clock.now()
        for state, delivery_id in taken:
            self._files[state] = _Held(delivery_id, None, now, now + MARK_LIFETIME)

    def refresh(self, states: Sequence[FileState]) -> None:
        """Keep marks; see ``FileLeases.refresh``."""
        for held in filter(None, map(self._held, states)):
            held.expires_at = self._clock.now() + MARK_LIFETIME

    def has_marks(self) -> bool:
        """Return whether there are marks; see ``FileLeases.has_marks``."""
        return LeaseStatus.TAKEN in map(self._status, self._files)

    def is_leased(self, delivery_id: DeliveryId) -> bool:
        """Return whether the delivery has a lease; see ``FileLeases.is_leased``."""
        return any(
            held.delivery_id == delivery_id and self._status(state) is LeaseStatus.LEASED
            for state, held in self._files.items()
        )

    def open(self, run: str) -> None:
        """Declare the marks complete; see ``FileLeases.open``."""
        self._open_in = run

    def is_open(self) -> bool:
        """Return whether leases are given; see ``FileLeases.is_open``."""
        return self._open_in == self._epoch.read().run

    def _held(self, state: FileState) -> _Held | None:
        held = self._files.get(state)
        return held if held and held.expires_at > self._clock.now() else None

    def _status(self, state: FileState) -> LeaseStatus:
        held = self._held(state)
        if held is None:
            return LeaseStatus.FREE
        if held.owner is None:
            return LeaseStatus.TAKEN
        return LeaseStatus.LEASED if is_ahead(held.until, self._clock.now()) else LeaseStatus.FREE
