"""Why a sandboxed process ended: a limit, what it did itself, or a signal from outside."""

from __future__ import annotations

import signal
from enum import Enum, auto

OWN_SIGNALS = frozenset(
    {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS}
)
"""Signals by which a process dies of what it does itself.

Every other signal was sent from outside: by the kernel of a machine that is out of memory, a person, or a program.
"""


class Death(Enum):
    """The kind of an end."""

    CPU_TIME = auto()
    """The kernel ended it at its limit of CPU time."""
    CRASH = auto()
    """It ended by itself, or by a signal for what it did."""
    OUTSIDE = auto()
    """A signal from outside ended it."""


def death_of(exitcode: int) -> Death:
    """Return the kind of an end; ``exitcode`` is the status, or the negative number of the signal."""
    if exitcode >= 0 or -exitcode in OWN_SIGNALS:
        return Death.CRASH
    return Death.CPU_TIME if exitcode == -signal.SIGXCPU else Death.OUTSIDE


def describe_exit(exitcode: int) -> str:
    """Return the name of the signal, or the status."""
    return signal.Signals(-exitcode).name if exitcode < 0 else f"status {exitcode}"
