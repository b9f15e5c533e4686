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
from copytaster.system.remedies import explain_os_error
from copytaster.system.sign_of_life import SignOfLife
from copytaster_watcher.watcher import Watcher

log = structlog.get_logger(__name__)

FIRST_REST = timedelta(seconds=0.5)
"""Rest after a round that was interrupted and took in nothing; it doubles with each further one."""

LONGEST_REST = timedelta(seconds=5)
"""Longest such rest. Each round claims a few more files and lists all claims: with 1,000 of them and no rest, the
watcher used a whole core during an outage of the archive. Files wait at most this long when the outage has ended."""

DOUBLINGS = 4
"""After so many doublings the rest is the longest; a day of outage would otherwise compute with large numbers."""


class Loop:
    """Runs the rounds of a watcher; the caller sleeps between the turns.

    If the loop ``rests`` after a turn, the caller sleeps as long as the turn says, whatever arrives in the inbox.
    """

    def __init__(  # noqa: PLR0913  # what differs between the process and tests
        self,
        watcher: Watcher,
        claims: InboxClaims,
        presence: Presence,
        clock: Clock,
        *,
        name: str,
        sign: SignOfLife | None = None,
    ) -> None:
        self._watcher = watcher
        self._claims = claims
        self._clock = clock
        self._heartbeat = HeartbeatSender(
            presence, clock, part=Part.WATCHER, name=name, processes=("main", "sandbox"), sign=sign
        )
        self._next_beat = clock.now()
        self._progress_at: datetime | None = None
        self._setbacks = 0

    @property
    def rests(self) -> bool:
        """Whether the last round was interrupted and took in nothing, as in an outage."""
        return self._setbacks > 0

    def turn(self, longest: timedelta) -> timedelta:
        """Do one round and return how long to sleep before the next, at most ``longest``."""
        due = self._beat_is_due()
        if due:
            self._take_over()
        done = self._watcher.round()
        if done:
            self._progress_at = self._clock.now()
        self._setbacks = self._setbacks + 1 if self._watcher.progress.interrupted and not done else 0
        if due or self._beat_is_due():
            self._beat()
            self._next_beat = self._clock.now() + INTERVAL
        if self.rests:
            return min(LONGEST_REST, FIRST_REST * (1 << min(self._setbacks - 1, DOUBLINGS)))
        return self._watcher.next_round_in(longest)

    def arrive(self) -> None:
        """Report that this watcher has started, and how often others have died before: it may die in its first turn."""
        self._beat()

    def leave(self) -> None:
        """Report that this watcher ends."""
        self._heartbeat.leave()

    def _take_over(self) -> None:
        try:
            count = self._claims.take_over()
        except OSError as error:
            log.warning("claims.not_taken_over", why=explain_os_error(error), next="trying again")
            return
        if count:
            log.warning("claims.taken_over", count=count, why="their watcher has died")

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
            ignored=progress.ignored,
            backlog=progress.backlog,
            behind_since=progress.behind_since.isoformat() if progress.behind_since else None,
            **progress.disks,
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
            **progress.webhooks,
            **progress.searches,
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
