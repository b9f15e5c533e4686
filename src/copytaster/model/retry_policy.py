"""The retry policy: which failures are retried, when, how often, and in which queue.

Delays double up to a maximum. Each delay is extended by a random share of up to a half, so that deliveries which
failed together, because a disk was full or a server unavailable, are not retried together.

Only faults of the file and deaths of processes count as attempts. An outage is no fault of the file: it may last for
hours, and the file is processed when it is over.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from copytaster.errors import PermanentError, ProcessKilledError, RefusedError, TransientError, descriptor_shortage
from copytaster.model.outage import Resource

LONGEST_DELAY = timedelta(minutes=1)
"""The maximum of the doubled delays: work continues soon after the end of an outage, for example of a full disk.

An attempt that fails by an outage takes about a millisecond; 5,000 waiting deliveries cost a tenth of one process.
"""

MAX_DOUBLINGS = 10
"""A disk that is full overnight causes hundreds of attempts; doubled as often, the delay would overflow."""

OUTAGE_ERRNOS = frozenset(
    {
        errno.EAGAIN,  # the limit of processes
        errno.EDQUOT,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EROFS,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
"""Operating system errors that are caused by the machine. The worker itself parses no file, so no file causes them."""

JITTER = 0.5
"""The largest random extension of a delay, as a share of the nominal one."""

SUSPECT_FAULTS = 2
"""Faults after which a delivery becomes a suspect: one may be a computer that was switched off, two hardly are."""

SUSPECT_LINE = "moved to the suspects: its attempts ended by faults or by the death of a process"
"""The timeline's line about a delivery that becomes a suspect."""


class Failure(StrEnum):
    """The kind of failure of an attempt."""

    REFUSED = "refused"
    PERMANENT = "permanent"
    OUTAGE = "outage"
    FAULT = "fault"
    KILLED = "killed"
    DEATH = "death"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The consequences of a failure: whether it is retried, and whether it counts as a fault of the file.

    ``suspect_after`` is the number of faults after which the delivery becomes a suspect. ``example`` and
    ``consequence`` are texts for the documentation.
    """

    retried: bool
    is_fault: bool
    example: str
    consequence: str
    suspect_after: int = SUSPECT_FAULTS


RULES: dict[Failure, Rule] = {
    Failure.REFUSED: Rule(
        retried=False,
        is_fault=False,
        example="unsupported format, no text, too large",
        consequence="rejected at once",
    ),
    Failure.PERMANENT: Rule(
        retried=False,
        is_fault=False,
        example="the parser failed, the original is missing, a suspect killed the process that read it",
        consequence="quarantined at once",
    ),
    Failure.OUTAGE: Rule(
        retried=True,
        is_fault=False,
        example="the archive, the quarantine or the server is unavailable, a disk is full",
        consequence="due again after the delay, in its lane; it counts as no attempt, and the status names the outage",
    ),
    Failure.FAULT: Rule(
        retried=True,
        is_fault=True,
        example="an unexpected error, not enough memory, a task's limit of 30 s",
        consequence="due again after the delay; a suspect after the second fault, quarantined after the third",
    ),
    Failure.KILLED: Rule(
        retried=True,
        is_fault=True,
        example="the parser's process was killed from outside: by hand, or by a machine that was out of memory",
        consequence="a suspect at once, due again after the delay; quarantined after the third fault",
        suspect_after=1,  # alone, it shows whether the file is the cause
    ),
    Failure.DEATH: Rule(
        retried=True,
        is_fault=True,
        example="its worker was killed, ran out of memory, crashed, or hit the limit of 60 s",
        consequence="due again when the lease ends; a suspect after the second fault, quarantined after the third",
    ),
}
"""The policy. Only the ledger detects a death: a delivery is begun again although its last attempt has no result."""


def failure_of(error: Exception) -> Failure:
    """Return the kind of failure that an error in an attempt is."""
    match error:
        case RefusedError():
            return Failure.REFUSED
        case PermanentError():
            return Failure.PERMANENT
        case ProcessKilledError():
            return Failure.KILLED
        case TransientError():
            return Failure.OUTAGE
        case OSError(errno=number) if number in OUTAGE_ERRNOS:
            return Failure.OUTAGE
        case _:
            return Failure.OUTAGE if descriptor_shortage(error) else Failure.FAULT


def missing_resource(error: Exception) -> Resource:
    """Return the resource that was unavailable when an attempt failed by an outage."""
    return error.resource if isinstance(error, TransientError) else Resource.WORKER


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """The delay after a failed attempt. ``jitter`` returns a random number from 0 up to 1, like ``random.random``."""

    first: timedelta
    jitter: Callable[[], float] = random.random

    def after(self, attempt: int) -> timedelta:
        """Return the delay after the failed ``attempt`` (from 1): at most ``LONGEST_DELAY`` plus a half of it."""
        nominal = min(self.first * (1 << min(attempt - 1, MAX_DOUBLINGS)), LONGEST_DELAY)
        return nominal * (1 + JITTER * self.jitter())
