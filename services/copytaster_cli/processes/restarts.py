"""When a dead process is started again, and when the whole tree gives up: decisions over numbers, no processes here.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

FIRST_DELAY = 0.5
"""Seconds before the first restart: a process that was killed from outside is back before anyone notices."""

LONGEST_DELAY = 10.0
"""Seconds that the doubling delay never exceeds: a part that is needed must be tried often enough."""

LONG_LIFE = 30.0
"""A process that lived for this many seconds had started well; its earlier deaths are forgotten."""

GIVE_UP_DEATHS = 5

GIVE_UP_SECONDS = 30.0
"""So many deaths within so many seconds, before the process ever lived long: starting it again will not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The end of one life. ``status`` is the exit status, below zero the signal that killed it."""

    started_at: float
    died_at: float
    status: int

    @property
    def was_killed(self) -> bool:
        """Whether somebody else ended it (an operator, the kernel for want of memory): no fault of its own."""
        return self.status in {-signal.SIGKILL, -signal.SIGTERM}


@dataclass(frozen=True, slots=True)
class History:
    """What is remembered of a process: deaths since its last long life, and whether it ever had one."""

    deaths: tuple[Death, ...] = ()
    ever_lived_long: bool = False


@dataclass(frozen=True, slots=True)
class Restart:
    """Start it again at the moment ``at``."""

    at: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Bring everything down: it died ``deaths`` times within ``seconds``, right at its start."""

    deaths: int
    seconds: float


def after_death(history: History, death: Death) -> tuple[History, Restart | GiveUp]:
    """Return the new history and what to do about the death."""
    history = remember(history, death)
    faults = [each for each in history.deaths if not each.was_killed][-GIVE_UP_DEATHS:]
    if len(faults) == GIVE_UP_DEATHS and not history.ever_lived_long:
        seconds = faults[-1].died_at - faults[0].started_at
        if seconds <= GIVE_UP_SECONDS:
            return history, GiveUp(len(faults), seconds)
    delay = min(FIRST_DELAY * 2 ** (len(history.deaths) - 1), LONGEST_DELAY)
    return history, Restart(death.died_at + delay)


def remember(history: History, death: Death) -> History:
    """Return the history with the death added; a long life wipes out what was before it."""
    if death.died_at - death.started_at >= LONG_LIFE:
        return History((death,), ever_lived_long=True)
    return History((*history.deaths, death), history.ever_lived_long)
