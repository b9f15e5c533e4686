"""The pauses in memory."""

from __future__ import annotations

import threading

from copytaster.clock import Clock
from copytaster.model.pause import Pause
from copytaster.store.ports.pauses import MAX_PAUSES, TooManyPausesError


class MemoryPauses:
    """Implements ``Pauses``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pauses: dict[str, Pause] = {}

    def put(self, pause: Pause) -> None:
        """Store a pause; see ``Pauses.put``."""
        with self._lock:
            if len(self._pauses.keys() | {pause.id}) > MAX_PAUSES:
                raise TooManyPausesError
            self._pauses[pause.id] = pause

    def remove(self, pause_id: str) -> Pause | None:
        """Remove a pause; see ``Pauses.remove``."""
        with self._lock:
            found = self._pauses.pop(pause_id, None)
        return found if found and not found.has_ended(self._clock.now()) else None

    def all(self) -> list[Pause]:
        """Return the pauses; see ``Pauses.all``."""
        with self._lock:
            now = self._clock.now()
            self._pauses = {name: each for name, each in self._pauses.items() if not each.has_ended(now)}
            return sorted(self._pauses.values(), key=lambda each: (each.since, each.id))
