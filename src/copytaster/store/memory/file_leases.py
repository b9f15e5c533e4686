"""Who has which file, in this process's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState
from copytaster.store.ports.epoch import Epoch
from copytaster.store.ports.file_leases import FORGOTTEN_AFTER, Standing


@dataclass(slots=True)
class _Held:
    """A lease of ``owner``, or a mark where that is None; both are forgotten at ``kept_until``."""

    delivery_id: DeliveryId
    owner: str | None
    until: datetime
    kept_until: datetime


class MemoryFileLeases:
    """See ``copytaster.store.ports.file_leases.FileLeases``."""

    def __init__(self, clock: Clock, epoch: Epoch) -> None:
        self._clock = clock
        self._epoch = epoch
        self._files: dict[FileState, _Held] = {}
        self._open_in: str | None = None

    def look(self, states: Sequence[FileState]) -> list[Standing]:
        """Return how each stands; see ``FileLeases.look``."""
        return [self._standing(each) for each in states]

    def take(self, state: FileState, delivery_id: DeliveryId, *, owner: str, lease: timedelta) -> DeliveryId | None:
        """Lease a state; see ``FileLeases.take``."""
        held, standing, now = self._held(state), self._standing(state), self._clock.now()
        is_anothers = standing is Standing.LEASED and held is not None and held.owner != owner
        if standing is Standing.TAKEN or is_anothers or not self.is_open():
            return None
        first = held.delivery_id if held else delivery_id
        self._files[state] = _Held(first, owner, now + lease, now + FORGOTTEN_AFTER)
        return first

    def mark(self, taken: Sequence[tuple[FileState, DeliveryId]]) -> None:
        """Mark states as taken; see ``FileLeases.mark``."""
        now = self._clock.now()
        for state, delivery_id in taken:
            self._files[state] = _Held(delivery_id, None, now, now + FORGOTTEN_AFTER)

    def refresh(self, states: Sequence[FileState]) -> None:
        """Put off the end of marks; see ``FileLeases.refresh``."""
        for held in filter(None, map(self._held, states)):
            held.kept_until = self._clock.now() + FORGOTTEN_AFTER

    def is_leased(self, delivery_id: DeliveryId) -> bool:
        """Say whether a lease runs; see ``FileLeases.is_leased``."""
        return any(
            held.delivery_id == delivery_id and self._standing(state) is Standing.LEASED
            for state, held in self._files.items()
        )

    def open(self, run: str) -> None:
        """Say that all marks are there; see ``FileLeases.open``."""
        self._open_in = run

    def is_open(self) -> bool:
        """Say whether leases are given; see ``FileLeases.is_open``."""
        return self._open_in == self._epoch.look().run

    def _held(self, state: FileState) -> _Held | None:
        held = self._files.get(state)
        return held if held and held.kept_until > self._clock.now() else None

    def _standing(self, state: FileState) -> Standing:
        held = self._held(state)
        if held is None:
            return Standing.FREE
        if held.owner is None:
            return Standing.TAKEN
        return Standing.LEASED if held.until > self._clock.now() else Standing.FREE
