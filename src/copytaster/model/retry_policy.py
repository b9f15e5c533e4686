"""What is tried again after a failure, when, how often, and where.

Delays double from the first and are bounded. Each is drawn from the nominal one to half as much again, so that what
failed together, when a disk was full or a server away, does not come back together. It is never shorter than nominal:
attempts are few, and each should outlast more of an outage than the one before.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from copytaster.errors import PermanentError, RefusedError, TransientError

LONGEST_DELAY = timedelta(minutes=5)
"""Delays double, but nobody waits much longer than this for a disk that is free again."""

MOST_DOUBLINGS = 10
"""A disk that is full overnight makes hundreds of attempts; doubled as often, the delay would be no number of days."""

SPREAD = 0.5
"""How much a delay may exceed the nominal one, as a share of it."""

TRUSTED_FAULTS = 2
"""Faults after which a delivery goes to the suspects: one may be a machine that was switched off, two hardly are."""

MOST_FAULTS = 3
"""Faults after which a delivery is given up: two among others, and one on its own."""


SUSPECTED = f"sent to the suspects: {TRUSTED_FAULTS} attempts ended by a fault or a worker's death"
"""What the timeline says then."""


class Failure(StrEnum):
    """A way in which an attempt at a delivery fails."""

    REFUSED = "refused"
    PERMANENT = "permanent"
    OUTAGE = "outage"
    FAULT = "fault"
    DEATH = "death"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What follows from a failure: whether there is another attempt, and whether it speaks against the file.

    ``example`` and ``follows`` are words for the documentation.
    """

    retried: bool
    is_fault: bool
    example: str
    follows: str


RULES: dict[Failure, Rule] = {
    Failure.REFUSED: Rule(
        retried=False,
        is_fault=False,
        example="no format that is read, no text, too large",
        follows="rejected at once",
    ),
    Failure.PERMANENT: Rule(
        retried=False,
        is_fault=False,
        example="the parser broke on it, the original is missing, a suspect killed the process that read it",
        follows="quarantined at once",
    ),
    Failure.OUTAGE: Rule(
        retried=True,
        is_fault=False,
        example="the archive or the quarantine is away, a disk is full",
        follows="due again after the delay, in its lane; quarantined after the last attempt",
    ),
    Failure.FAULT: Rule(
        retried=True,
        is_fault=True,
        example="an error that the program does not foresee, no memory, a task's limit of 30 s",
        follows="due again after the delay; after the second a suspect, after the third quarantined",
    ),
    Failure.DEATH: Rule(
        retried=True,
        is_fault=True,
        example="its worker was killed, ran out of memory, crashed, or hit the limit of 60 s",
        follows="due again when the lease ends; after the second a suspect, after the third quarantined",
    ),
}
"""The policy. A death is seen by nobody but the ledger: a delivery that was begun and has not ended when it is begun
again."""


def failure_of(error: Exception) -> Failure:
    """Return what kind of failure an error in an attempt is."""
    match error:
        case RefusedError():
            return Failure.REFUSED
        case PermanentError():
            return Failure.PERMANENT
        case TransientError():
            return Failure.OUTAGE
        case _:
            return Failure.FAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait after a failed attempt. ``chance`` draws from 0 up to 1, like ``random.random``."""

    first: timedelta
    chance: Callable[[], float] = random.random

    def after(self, attempt: int) -> timedelta:
        """Return the delay after the failed ``attempt`` (from 1): at most ``LONGEST_DELAY`` and half as much again."""
        nominal = min(self.first * (1 << min(attempt - 1, MOST_DOUBLINGS)), LONGEST_DELAY)
        return nominal * (1 + SPREAD * self.chance())
