"""Decides when a dead process is restarted, and when the tree gives up; it works on numbers and starts no processes.

Times are seconds of one monotonic clock.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

FIRST_DELAY = 0.5
"""Seconds before the first restart: a process that was killed from outside is replaced almost at once."""

LONGEST_DELAY = 10.0
"""Upper limit, in seconds, of the delay, which doubles: a part that is needed must be tried often enough."""

LONG_LIFE = 30.0
"""A process that ran for this many seconds had started well; its earlier deaths no longer count."""

GIVE_UP_DEATHS = 5

GIVE_UP_SECONDS = 30.0
"""After this many deaths within this many seconds, without a long life before, another start would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """The end of a process. ``status`` is the exit status, or minus the number of the signal that killed it."""

    started_at: float
    died_at: float
    status: int

    @property
    def was_killed(self) -> bool:
        """Whether it was ended from outside, by an operator or by the kernel for lack of memory."""
        return self.status in {-signal.SIGKILL, -signal.SIGTERM}


@dataclass(frozen=True, slots=True)
class History:
    """The deaths of a process since its last long life, and whether it ever had one."""

    deaths: tuple[Death, ...] = ()
    ever_lived_long: bool = False


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the process again at the time ``at``."""

    at: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop the whole tree: the process died ``deaths`` times within ``seconds`` of its starts."""

    deaths: int
    seconds: float


def after_death(history: History, death: Death) -> tuple[History, Restart | GiveUp]:
    """Return the new history and the decision after a death."""
    history = add_death(history, death)
    faults = [each for each in history.deaths if not each.was_killed][-GIVE_UP_DEATHS:]
    if len(faults) == GIVE_UP_DEATHS and not history.ever_lived_long:
        seconds = faults[-1].died_at - faults[0].started_at
        if seconds <= GIVE_UP_SECONDS:
            return history, GiveUp(len(faults), seconds)
    delay = min(FIRST_DELAY * 2 ** (len(history.deaths) - 1), LONGEST_DELAY)
    return history, Restart(death.died_at + delay)


def add_death(history: History, death: Death) -> History:
    """Return the history with the death added; a long life removes the deaths before it."""
    if death.died_at - death.started_at >= LONG_LIFE:
        return History((death,), ever_lived_long=True)
    return History((*history.deaths, death), history.ever_lived_long)
