"""Has files judged in a sandboxed process, and decides what becomes of those that kill it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from copytaster.errors import ProcessKilledError
from copytaster.intake.printable_names import printable
from copytaster.model.file_state import FileState
from copytaster.parsing.sandbox.calls import Call, CallDiedError, CallFaultError, Calls, Reply
from copytaster_watcher.readiness.completeness.content import Budget, OpenFile
from copytaster_watcher.readiness.completeness.death_notes import DeathNotes
from copytaster_watcher.readiness.completeness.judge import judge_file
from copytaster_watcher.readiness.completeness.verdict import DIED, SUSPECT, UNJUDGED, Ending, Verdict

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

    def __call__(self, files: Sequence[OpenFile], *, limit: int) -> list[Verdict | None]:
        """Return the verdicts on at most ``MAX_CALLS`` files, in order; None for those that are to be judged later.

        A single file always gets its verdict. At most ``limit`` bytes are unpacked from each. Raises
        ``TransientError``.
        """
        ...

    def has_killed(self, state: FileState) -> bool:
        """Return whether a process died over a file, as far as this watcher knows."""
        ...

    def forget(self, state: FileState) -> None:
        """Forget the deaths that a file has caused: it was taken in."""
        ...


class DirectJudge:
    """Implements ``Judge`` in this process, without limits: for tests."""

    def __call__(self, files: Sequence[OpenFile], *, limit: int) -> list[Verdict | None]:
        """Return the verdicts; see ``Judge``."""
        return [judge_file(each.descriptor, each.name, limit=limit) for each in files]

    def has_killed(self, state: FileState) -> bool:
        """Return False: a death would be that of this process."""
        del state
        return False

    def forget(self, state: FileState) -> None:
        """Do nothing: nothing is noted."""


class SandboxedJudge:
    """Implements ``Judge``: a process that dies costs its file a verdict, and nothing else."""

    def __init__(self, calls: Calls, notes: DeathNotes) -> None:
        self._calls = calls
        self._notes = notes
        self._long = frozenset[FileState]()
        """The files whose first verdict took too long."""

    def __call__(self, files: Sequence[OpenFile], *, limit: int) -> list[Verdict | None]:
        """Return the verdicts; ``DIED`` after a first death, ``SUSPECT`` after the second. See ``Judge``."""
        judged = [each for each in files if self._notes.deaths(each.state) < MAX_DEATHS]
        replies = iter(self._replies(judged, limit) if judged else [])
        return [self._verdict(each, next(replies)) if each in judged else SUSPECT for each in files]

    def has_killed(self, state: FileState) -> bool:
        """See ``Judge.has_killed``."""
        return self._notes.has_killed(state)

    def forget(self, state: FileState) -> None:
        """See ``Judge.forget``."""
        self._notes.forget(state)
        self._long -= {state}

    def _call(self, file: OpenFile, limit: int) -> Call:
        seconds = LONG_SECONDS if file.state in self._long else SHORT_SECONDS
        request = json.dumps({KIND: VERDICT, NAME: file.name, LIMIT: limit, SECONDS: seconds})
        return Call(request.encode(), file.descriptor)

    def _replies(self, files: Sequence[OpenFile], limit: int) -> list[Reply | None]:
        with self._notes.judging((each.state, each.name) for each in files):
            return self._calls.call_each([self._call(each, limit) for each in files])

    def _verdict(self, file: OpenFile, reply: Reply | None) -> Verdict | None:
        if reply is None:
            return None
        # A process that was killed from outside counts as well: the file may have used up the memory of the machine.
        if isinstance(reply, CallDiedError | ProcessKilledError):
            return self._died(file, str(reply))
        try:
            verdict = _decoded(reply)
        except (CallFaultError, ValueError, TypeError, KeyError) as error:
            log.warning("file.not_judged", path=printable(file.name), why=str(error), next="it is taken later")
            return UNJUDGED
        if self._notes.has_killed(file.state):
            self.forget(file.state)
        again = verdict.again and file.state not in self._long
        if again or self._long:
            self._long = self._long | {file.state} if again else self._long - {file.state}
        return verdict if verdict.again == again else replace(verdict, again=again)

    def _died(self, file: OpenFile, how: str) -> Verdict:
        deaths = self._notes.deaths(file.state) + 1
        self._notes.add_death(file.state, how)
        last = deaths >= MAX_DEATHS
        follows = "it is taken unjudged, as a suspect" if last else "it is judged once more, after the others"
        log.warning("file.killed_judge", path=printable(file.name), why=how, deaths=deaths, next=follows)
        return SUSPECT if last else DIED


def _decoded(reply: bytes | CallFaultError) -> Verdict:
    """Return the verdict that a reply has. Raises ``CallFaultError``, ``ValueError``, ``TypeError``, ``KeyError``."""
    if isinstance(reply, CallFaultError):
        raise reply
    answer = json.loads(reply)
    missing = answer[MISSING]
    return Verdict(Ending(answer[ENDING]), str(missing)[:LONGEST_MISSING] if missing else None, bool(answer[AGAIN]))


def answer_verdict(request: bytes, descriptor: int) -> bytes:
    """Judge a file: the part of ``SandboxedJudge`` that runs in the sandboxed process."""
    asked = json.loads(request)
    budget = Budget(asked[SECONDS], min(WALL_FACTOR * asked[SECONDS], LONGEST_WALL))
    verdict = judge_file(descriptor, asked[NAME], limit=asked[LIMIT], budget=budget)
    return json.dumps({ENDING: verdict.ending, MISSING: verdict.missing, AGAIN: verdict.again}).encode()
