"""Whether one part of the system runs and makes progress on one host."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta

from copytaster.clock import Clock, Interval
from copytaster.errors import TransientError
from copytaster.monitoring.pause_state import paused_queues
from copytaster.monitoring.stalls import find_stalls
from copytaster.monitoring.status import SILENCE
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store

LOOK_EVERY = timedelta(seconds=20)
"""How often a worker looks whether work is overdue: as often as its health check would. It takes some five commands."""


class StallWatch:
    """What a part knows of its own stall, looked up now and then."""

    def __init__(self, store: Store, part: Part, clock: Clock) -> None:
        self._store = store
        self._part = part
        self._clock = clock
        self._looks = Interval(LOOK_EVERY)
        self._is_found = False

    def is_found(self) -> bool:
        """Return whether work was overdue at the last look, or the server did not answer."""
        now = self._clock.now()
        if self._looks.has_passed(now):
            try:
                self._is_found = find_stall(self._store, self._part, host=socket.gethostname(), now=now) is not None
            except TransientError:
                self._is_found = True  # the health check looks for itself
        return self._is_found


def find_fault(store: Store, part: Part, *, host: str, now: datetime) -> str | None:
    """Return what is wrong with the part on this host; None when it is healthy. Raises ``TransientError``."""
    return find_silence(store, part, host=host, now=now) or find_stall(store, part, host=host, now=now)


def find_silence(store: Store, part: Part, *, host: str, now: datetime) -> str | None:
    """Return that the part has sent no heartbeat from this host; None if it has.

    Raises ``TransientError``, also if the server refuses changes: then it stores no heartbeat of any part.
    """
    if any(now - each.beat_at <= SILENCE for each in _beats(store, part, host)):
        return None
    store.writes.check()
    return f"no {part.value} on {host} has sent a heartbeat for {SILENCE.total_seconds():.0f} s"


def find_stall(store: Store, part: Part, *, host: str, now: datetime) -> str | None:
    """Return that work is overdue and this host's workers finish none; None for other parts.

    Raises ``TransientError``.
    """
    if part is not Part.WORKER:
        return None
    beats, paused = _beats(store, part, host), paused_queues(store.pauses.all())
    return next((each.message for each in find_stalls(store.ledger, beats, (), now=now, paused=paused)), None)


def _beats(store: Store, part: Part, host: str) -> list[Heartbeat]:
    return [each for each in store.presence.present() if each.part is part and each.host == host]
