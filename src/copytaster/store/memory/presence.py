"""Who is at work, in this process's memory."""

from __future__ import annotations

from copytaster.clock import Clock
from copytaster.store.ports.presence import FORGOTTEN_AFTER, Heartbeat, Part


class MemoryPresence:
    """See ``copytaster.store.ports.presence.Presence``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: dict[tuple[str, str], Heartbeat] = {}

    def beat(self, heartbeat: Heartbeat) -> None:
        """Say that a part is alive; see ``Presence.beat``."""
        self._beats[heartbeat.part.value, heartbeat.name] = heartbeat

    def leave(self, part: Part, name: str) -> None:
        """Say that a part ends; see ``Presence.leave``."""
        self._beats.pop((part.value, name), None)

    def present(self) -> list[Heartbeat]:
        """Return the heartbeats; see ``Presence.present``."""
        now = self._clock.now()
        return [each for _, each in sorted(self._beats.items()) if now - each.beat_at <= FORGOTTEN_AFTER]
