"""The heartbeats in memory."""

from __future__ import annotations

from copytaster.clock import Clock
from copytaster.store.ports.presence import HEARTBEAT_LIFETIME, Heartbeat, Part


class MemoryPresence:
    """Implements ``Presence``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: dict[tuple[str, str], Heartbeat] = {}

    def beat(self, heartbeat: Heartbeat) -> None:
        """Store a heartbeat; see ``Presence.beat``."""
        self._beats[heartbeat.part.value, heartbeat.name] = heartbeat

    def leave(self, part: Part, name: str) -> None:
        """Remove a heartbeat; see ``Presence.leave``."""
        self._beats.pop((part.value, name), None)

    def present(self) -> list[Heartbeat]:
        """Return the recent heartbeats; see ``Presence.present``."""
        now = self._clock.now()
        return [each for _, each in sorted(self._beats.items()) if now - each.beat_at <= HEARTBEAT_LIFETIME]
