"""The watcher's loop: a round, now and then the claims of dead watchers, and a sign of life."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.intake.claim import InboxClaims
from copytaster.intake.printable_names import printable
from copytaster.store.ports.presence import Heartbeat, Part, Presence
from copytaster_watcher.watcher import Watcher

log = structlog.get_logger(__name__)

BEAT = timedelta(seconds=5)
"""How often the watcher says that it is alive, and looks for claims of others that are not."""

SHORTEST_PAUSE = timedelta(milliseconds=50)
"""Between two rounds, however many events come: a burst is taken in few rounds rather than many."""


class Loop:
    """Turns for ever; each turn says how long to sleep."""

    def __init__(self, watcher: Watcher, claims: InboxClaims, presence: Presence, clock: Clock, *, name: str) -> None:
        self._watcher = watcher
        self._claims = claims
        self._presence = presence
        self._clock = clock
        self._name = name
        self._started = clock.now()
        self._progress_at: datetime | None = None
        self._next_beat = self._started

    def turn(self, longest: timedelta) -> timedelta:
        """Do one round and return how long to sleep before the next, at most ``longest``."""
        due = self._beat_is_due()
        if due:
            inherited = self._claims.take_over()
            if inherited:
                log.warning("claims.taken_over", count=inherited, why="their watcher has died")
        if self._watcher.round():
            self._progress_at = self._clock.now()
        if due or self._beat_is_due():
            self._beat()
            self._next_beat = self._clock.now() + BEAT
        return max(SHORTEST_PAUSE, self._watcher.next_round_in(longest))

    def _beat_is_due(self) -> bool:
        # A clock that was set back must not silence the watcher for the difference.
        return not self._clock.now() < self._next_beat <= self._clock.now() + BEAT

    def leave(self) -> None:
        """Say that this watcher ends."""
        try:
            self._presence.leave(Part.WATCHER, self._name)
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))

    def _beat(self) -> None:
        progress = self._watcher.progress
        heartbeat = Heartbeat(
            part=Part.WATCHER,
            name=self._name,
            host=socket.gethostname(),
            pid=os.getpid(),
            started_at=self._started,
            beat_at=self._clock.now(),
            progress_at=self._progress_at,
            details={
                "taken": progress.taken,
                "refused": progress.refused,
                "waiting": progress.waiting,
                "incomplete": progress.incomplete,
                "backlog": progress.backlog,
                "paused": progress.paused,
                "blocked": len(progress.blocked) + len(progress.held),
                "obstacle": _first_of(progress.blocked),
                "held": "; ".join(dict.fromkeys(progress.held.values())) or None,
                "interrupted": progress.interrupted,
                "watch": progress.watch,
                "stays": progress.stays,
                "rebuilding": progress.rebuilding,
            },
        )
        try:
            self._presence.beat(heartbeat)
        except TransientError as error:
            log.warning("heartbeat.failed", why=str(error))


def _first_of(blocked: Mapping[str, str]) -> str | None:
    """Say of one blocked file which it is and why, and how many more there are."""
    if not blocked:
        return None
    path, why = next(iter(blocked.items()))
    more = f" (and {len(blocked) - 1} more)" if len(blocked) > 1 else ""
    return f"{printable(path)}: {why}{more}"
