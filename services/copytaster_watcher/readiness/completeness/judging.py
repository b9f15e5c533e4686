"""Has files judged in a sandboxed process, and decides what becomes of those that kill it."""

from __future__ import annotations

import json
import os
from typing import Protocol

import structlog

from copytaster.intake.printable_names import printable
from copytaster.model.file_state import FileState, state_of
from copytaster.parsing.sandbox.calls import CallDiedError, CallFaultError, Calls
from copytaster_watcher.readiness.completeness.content import Budget
from copytaster_watcher.readiness.completeness.death_notes import DeathNotes
from copytaster_watcher.readiness.completeness.judge import judge_file
from copytaster_watcher.readiness.completeness.verdict import DIED, PROVEN, SUSPECT, Ending, Verdict

log = structlog.get_logger(__name__)

MAX_DEATHS = 2
"""A process may die for another reason while it judges a file, but hardly twice."""

SHORT_SECONDS = 0.1
"""Processor time of a first verdict: other files wait for it. Healthy files of 2 MB need less in every format."""

LONG_SECONDS = 0.8
"""Processor time of a second verdict, after all other files; at one second the kernel ends the process. A file that
needs more is taken some seconds later, if it has not changed meanwhile."""

WALL_FACTOR = 2.0
"""Wall time for each second of processor time: the processor may be busy."""

LONGEST_WALL = 1.2
"""Wall time of a verdict at most. At two seconds the process is killed, which counts against the file."""

VERDICT = "verdict"
"""The kind of request."""

KIND, NAME, LIMIT, SECONDS = "kind", "name", "limit", "seconds"
ENDING, MISSING, AGAIN = "ending", "missing", "again"
"""The fields of a request, and those of an answer."""

LONGEST_MISSING = 500
"""Characters of a message that are kept; the judge's own are shorter."""


class Judge(Protocol):
    """Judges open files; may be called in several threads."""

    def __call__(self, descriptor: int, name: str, *, limit: int) -> Verdict:
        """Return the verdict on a file; at most ``limit`` bytes are unpacked from it. Raises ``TransientError``."""
        ...

    def forget(self, state: FileState) -> None:
        """Forget the deaths that a file has caused: it was taken in."""
        ...


class DirectJudge:
    """Implements ``Judge`` in this process, without limits: for tests."""

    def __call__(self, descriptor: int, name: str, *, limit: int) -> Verdict:
        """Return the verdict; see ``Judge``."""
        return judge_file(descriptor, name, limit=limit)

    def forget(self, state: FileState) -> None:
        """Do nothing: nothing is noted."""


class SandboxedJudge:
    """Implements ``Judge``: a process that dies costs its file a verdict, and nothing else."""

    def __init__(self, calls: Calls, notes: DeathNotes) -> None:
        self._calls = calls
        self._notes = notes
        self._long = frozenset[FileState]()
        """The files whose first verdict took too long."""

    def __call__(self, descriptor: int, name: str, *, limit: int) -> Verdict:
        """Return the verdict; ``DIED`` after a first death, ``SUSPECT`` after the second. See ``Judge``."""
        state = state_of(os.fstat(descriptor))
        deaths = self._notes.deaths(state)
        if deaths >= MAX_DEATHS:
            return SUSPECT
        seconds = LONG_SECONDS if state in self._long else SHORT_SECONDS
        request = json.dumps({KIND: VERDICT, NAME: printable(name), LIMIT: limit, SECONDS: seconds}).encode()
        with self._notes.judging(state, name):
            try:
                reply = json.loads(self._calls.call(request, descriptor))
            except CallDiedError as error:
                return self._died(state, name, str(error), deaths + 1)
            except CallFaultError as error:
                log.warning("file.not_judged", path=printable(name), why=str(error), next="it is taken unchecked")
                return PROVEN
        if deaths:
            self.forget(state)
        again = bool(reply[AGAIN]) and state not in self._long
        self._long = self._long | {state} if again else self._long - {state}
        missing = reply[MISSING]
        return Verdict(Ending(reply[ENDING]), str(missing)[:LONGEST_MISSING] if missing else None, again)

    def forget(self, state: FileState) -> None:
        """See ``Judge.forget``."""
        self._notes.forget(state)
        self._long -= {state}

    def _died(self, state: FileState, name: str, how: str, deaths: int) -> Verdict:
        self._notes.add_death(state, how)
        last = deaths >= MAX_DEATHS
        follows = "it is taken unjudged, as a suspect" if last else "it is judged once more, after the others"
        log.warning("file.killed_judge", path=printable(name), why=how, deaths=deaths, next=follows)
        return SUSPECT if last else DIED


def answer_verdict(request: bytes, descriptor: int) -> bytes:
    """Judge a file: the part of ``SandboxedJudge`` that runs in the sandboxed process."""
    asked = json.loads(request)
    budget = Budget(asked[SECONDS], min(WALL_FACTOR * asked[SECONDS], LONGEST_WALL))
    verdict = judge_file(descriptor, asked[NAME], limit=asked[LIMIT], budget=budget)
    return json.dumps({ENDING: verdict.ending, MISSING: verdict.missing, AGAIN: verdict.again}).encode()
