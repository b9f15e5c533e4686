from __future__ import annotations

import threading

from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.store.memory.presence import MemoryPresence
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster_api.heartbeat import api_heartbeat

DEADLINE = 10


class CountedPresence(MemoryPresence):
    """A presence that counts the heartbeats and can be unavailable."""

    def __init__(self, *, away: bool = False) -> None:
        super().__init__(ManualClock())
        self.third = threading.Event()
        self._away = away
        self._asked = 0

    def beat(self, heartbeat: Heartbeat) -> None:
        self._asked += 1
        if self._asked == 3:
            self.third.set()
        if self._away:
            raise TransientError("the Redis server does not answer")
        super().beat(heartbeat)

    def leave(self, part: Part, name: str) -> None:
        if self._away:
            raise TransientError("the Redis server does not answer")
        super().leave(part, name)


def test_the_api_is_present_while_it_runs_and_gone_afterwards() -> None:
    presence = CountedPresence()

    with api_heartbeat(presence, ManualClock(), name="api@desk:1", every=0.001):
        assert presence.third.wait(DEADLINE)
        (heartbeat,) = presence.present()

    assert (heartbeat.part, heartbeat.name, heartbeat.progress_at) == (Part.API, "api@desk:1", None)
    assert presence.present() == []


def test_a_server_that_is_away_stops_neither_the_beats_nor_the_end() -> None:
    presence = CountedPresence(away=True)

    with api_heartbeat(presence, ManualClock(), name="api@desk:1", every=0.001):
        assert presence.third.wait(DEADLINE)

    assert presence.present() == []
