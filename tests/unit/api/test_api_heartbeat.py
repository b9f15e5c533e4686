from __future__ import annotations

import errno
import threading
from pathlib import Path

import pytest

import copytaster_api.__main__ as api_process
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.settings import Settings
from copytaster.store.memory.presence import MemoryPresence
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster_api.__main__ import _index_details
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


def test_an_error_of_the_figures_in_a_heartbeat_does_not_end_the_heartbeats() -> None:
    presence = CountedPresence()
    errors = iter([ValueError("no figures"), ValueError("no figures")])

    def figures() -> dict[str, float]:
        for error in errors:
            raise error
        return {"search_count": 3}

    with api_heartbeat(presence, ManualClock(), name="api@desk:1", details=figures, every=0.001):
        assert presence.third.wait(DEADLINE)
        (heartbeat,) = presence.present()

    assert heartbeat.details["search_count"] == 3


def test_a_search_folder_that_cannot_be_read_leaves_the_heartbeat_without_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    # Permissions do not stop the user root, as whom tests run in containers.
    monkeypatch.setattr(api_process, "read_index_state", refuse)

    assert _index_details(Settings(data=tmp_path), memory_store(ManualClock())) == {}
