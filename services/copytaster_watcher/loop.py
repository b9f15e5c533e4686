"""The watcher's loop: rounds, heartbeats, and at each heartbeat the claims of watchers that have died."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from copytaster.clock import Clock
from copytaster.intake.claim import InboxClaims
from copytaster.intake.printable_names import printable
from copytaster.monitoring.heartbeat import INTERVAL, HeartbeatSender
from copytaster.store.ports.presence import Part, Presence
from copytaster_watcher.watcher import Watcher

log = structlog.get_logger(__name__)

SHORTEST_PAUSE = timedelta(milliseconds=50)
"""Minimum pause between two rounds, however many notifications arrive: a burst is handled in few rounds."""


class Loop:
    """Runs the rounds of a watcher; the caller sleeps between the turns."""

    def __init__(self, watcher: Watcher, claims: InboxClaims, presence: Presence, clock: Clock, *, name: str) -> None:
        self._watcher = watcher
        self._claims = claims
        self._clock = clock
        self._heartbeat = HeartbeatSender(presence, clock, part=Part.WATCHER, name=name)
        self._next_beat = clock.now()
        self._progress_at: datetime | None = None

    def turn(self, longest: timedelta) -> timedelta:
        """Do one round and return how long to sleep before the next, at most ``longest``."""
        due = self._beat_is_due()
        if due and (count := self._claims.take_over()):
            log.warning("claims.taken_over", count=count, why="their watcher has died")
        if self._watcher.round():
            self._progress_at = self._clock.now()
        if due or self._beat_is_due():
            self._beat()
            self._next_beat = self._clock.now() + INTERVAL
        return max(SHORTEST_PAUSE, self._watcher.next_round_in(longest))

    def arrive(self) -> None:
        """Report that this watcher has started, and how often others have died before: it may die in its first turn."""
        self._beat()

    def leave(self) -> None:
        """Report that this watcher ends."""
        self._heartbeat.leave()

    def _beat_is_due(self) -> bool:
        # After a clock was set back, the next heartbeat is due at once instead of after the difference.
        return not self._clock.now() < self._next_beat <= self._clock.now() + INTERVAL

    def _beat(self) -> None:
        progress = self._watcher.progress
        self._heartbeat.beat(
            progress_at=self._progress_at,
            unfinished=progress.unfinished,
            taken=progress.taken,
            refused=progress.refused,
            waiting=progress.waiting,
            incomplete=progress.incomplete,
            backlog=progress.backlog,
            paused=progress.paused,
            blocked=len(progress.blocked) + len(progress.held),
            obstacle=_first_obstacle(progress.blocked),
            unreachable=len(progress.unreachable),
            out_of_reach=_first_obstacle(progress.unreachable),
            held="; ".join(dict.fromkeys(progress.held.values())) or None,
            interrupted=progress.interrupted,
            watch=progress.watch,
            stays=progress.stays,
            rebuilding=progress.rebuilding,
            **progress.archive,
            restarts=progress.restarts,
            unsandboxed=progress.unsandboxed,
        )


def _first_obstacle(blocked: Mapping[str, str]) -> str | None:
    """Return the path of the first blocked file with the reason, and the number of further ones."""
    if not blocked:
        return None
    path, why = next(iter(blocked.items()))
    more = f" (and {len(blocked) - 1} more)" if len(blocked) > 1 else ""
    return f"{printable(path)}: {why}{more}"
