"""Decides how long to wait for the rest of a file, by its content and by earlier pauses of its writer."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from errno import EACCES, ELOOP, EPERM
from pathlib import Path
from typing import Protocol

from copytaster.model.file_state import state_of
from copytaster_watcher.discovery.scan import InboxFile
from copytaster_watcher.readiness.completeness.content import OpenFile, open_regular
from copytaster_watcher.readiness.completeness.judging import Judge
from copytaster_watcher.readiness.completeness.verdict import PROVEN, TOO_LONG, Ending, Verdict, early, unread

HINT_TIMES = 5
"""A possibly unfinished file must not change for this many settle times: 10 s by default, as long as an empty file.

A stalled connection retransmits after 1, 3 and 7 s, so that a copy over a network continues within that time."""

PAUSE_TIMES = 3
"""After a writer has paused and continued, the wait is three times its longest pause, unless the format proves the end.
"""

GROWTH = 2
"""Factor between two checks of an unfinished file that has not changed: on some network filesystems size and times are
updated later than the content. Ten checks cover ten minutes."""

REFUSED = {EACCES, EPERM, ELOOP}
"""Errors of opening a file that the admission rules cover: no permission, or a link by now."""


class Step(Enum):
    """What to do with a file that no longer changes."""

    TAKE = auto()
    WAIT = auto()
    GIVE_UP = auto()


@dataclass(frozen=True, slots=True)
class Advice:
    """The step, and what is missing, if anything; ``certain`` if the format shows that it is missing.

    ``remaining`` is the longest time that the file still waits without a change; None if that is not limited.
    ``suspect``: the file has killed the processes that judged it, and is taken without a verdict. ``ending`` is the
    verdict on a file to take; None for an empty file.
    """

    step: Step
    missing: str | None = None
    certain: bool = False
    remaining: timedelta | None = None
    suspect: bool = False
    ending: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Times without a change: before a file is checked, for an empty one, and until an incomplete one is given up."""

    settle: timedelta
    empty: timedelta
    incomplete: timedelta


class Completeness(Protocol):
    """Checks files that no longer change."""

    def advise(self, path: str, found: InboxFile, quiet: timedelta, *, marked: bool = False) -> Advice:
        """Return what to do with the file at ``path`` below the inbox, which has not changed for the time ``quiet``.

        ``marked``: its writer has declared it finished, so that only a proof that it is incomplete makes it wait.
        """
        ...

    def judge(self, files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta]) -> None:
        """Judge those of some files that have to be, in one call; ``advise`` judges the others one by one.

        Raises ``TransientError``.
        """
        ...

    def postponed(self, files: Mapping[str, InboxFile]) -> Container[str]:
        """Return the paths of those files that are to be judged once more, after all others."""
        ...

    def inspect(self, file: Path) -> Verdict:
        """Return the verdict on a file of any age. Raises ``TransientError``."""
        ...

    def taken(self, file: Path) -> None:
        """Forget what is noted about a claimed suspect, which has been taken in."""
        ...

    def forget(self, files: Container[str]) -> None:
        """Forget the verdicts on all paths but these."""
        ...


@dataclass(frozen=True, slots=True)
class _Judged:
    """A verdict on one state of a file.

    ``quiet`` is how long the file has not changed, ``check_again`` at which such time it is read again, ``pause`` the
    longest time after which its writer has continued.
    """

    found: InboxFile
    verdict: Verdict
    quiet: timedelta
    check_again: timedelta
    pause: timedelta


class Patience:
    """Reads each state of a file once, and that of an incomplete file again at growing intervals."""

    def __init__(
        self,
        inbox: Path,
        waits: Waits,
        judge: Judge,
        *,
        max_file_bytes: int,
    ) -> None:
        self._inbox = inbox
        self._waits = waits
        self._limit = max_file_bytes
        self._judge = judge
        self._judged: dict[str, _Judged] = {}
        self._unseen = set[str]()
        """Paths whose verdicts of the last ``judge`` no ``advise`` has used."""

    def advise(self, path: str, found: InboxFile, quiet: timedelta, *, marked: bool = False) -> Advice:
        """Return what to do with a file; see ``Completeness.advise``."""
        if found.size == 0:
            may_be_taken = marked or quiet >= self._waits.empty
            remaining = self._waits.empty - quiet
            return Advice(Step.TAKE) if may_be_taken else Advice(Step.WAIT, "its content", remaining=remaining)
        judged = self._judged[path] = self._check(path, found, quiet)
        verdict = judged.verdict
        if verdict.ending is Ending.EARLY:
            if quiet >= self._waits.incomplete:
                return Advice(Step.GIVE_UP, verdict.missing, certain=True)
            return Advice(Step.WAIT, verdict.missing, certain=True, remaining=self._waits.incomplete - quiet)
        if verdict.again or verdict.unread:
            return Advice(Step.WAIT, verdict.missing)
        if not marked and quiet < (needed := self._needed(judged)):
            missing = verdict.missing or "the rest: its writer has paused before and then continued"
            return Advice(Step.WAIT, missing, remaining=needed - quiet)
        # A round may take a while: a file that has changed since the scan has to wait again.
        step = Step.TAKE if self._is_unchanged(path, found) else Step.WAIT
        return Advice(step, suspect=verdict.suspect, ending=verdict.ending)

    def judge(self, files: Mapping[str, InboxFile], quiet: Mapping[str, timedelta]) -> None:
        """Judge several files in one call; see ``Completeness.judge``."""
        due = [path for path, found in files.items() if found.size and not self._is_judged(path, found, quiet[path])]
        self._unseen.clear()
        for path, verdict in zip(due, self._read([f"{self._inbox}/{path}" for path in due]), strict=True):
            if verdict:
                self._judged[path] = self._with_verdict(path, files[path], quiet[path], verdict)
                self._unseen.add(path)

    def postponed(self, files: Mapping[str, InboxFile]) -> Container[str]:
        """Return the paths to judge once more; see ``Completeness.postponed``."""
        again = {path for path, judged in self._judged.items() if judged.verdict.again}
        return again | {path for path, found in files.items() if self._judge.has_killed(found.state)}

    def inspect(self, file: Path) -> Verdict:
        """Return the verdict; see ``Completeness.inspect``."""
        verdict = self._read_one(file)
        return self._read_one(file) if verdict.again else verdict

    def taken(self, file: Path) -> None:
        """Forget what is noted; see ``Completeness.taken``."""
        with suppress(OSError):  # notes that remain are removed after some days
            self._judge.forget(state_of(file.lstat()))

    def forget(self, files: Container[str]) -> None:
        """Forget the other verdicts; see ``Completeness.forget``."""
        self._judged = {path: judged for path, judged in self._judged.items() if path in files}

    def _check(self, path: str, found: InboxFile, quiet: timedelta) -> _Judged:
        before = self._judged.get(path)
        # A file that took too long with others is judged once more after all others, not at once.
        unseen = path in self._unseen and before is not None and before.found == found
        self._unseen.discard(path)
        if before and (unseen or self._is_judged(path, found, quiet)):
            return replace(before, quiet=quiet)
        return self._with_verdict(path, found, quiet, self._read_one(f"{self._inbox}/{path}"))

    def _is_judged(self, path: str, found: InboxFile, quiet: timedelta) -> bool:
        """Return whether there is a verdict on this state of a file, and no other is due."""
        before = self._judged.get(path)
        if before is None or before.found != found or before.verdict.again or before.verdict.unread:
            return False
        return before.verdict.ending is not Ending.EARLY or quiet < before.check_again

    def _with_verdict(self, path: str, found: InboxFile, quiet: timedelta, verdict: Verdict) -> _Judged:
        before = self._judged.get(path)
        pause = before.pause if before else timedelta(0)
        # A change before the settle time is no pause: the file was judged earlier because it seemed to be finished.
        if before and before.found != found and before.quiet >= self._waits.settle:
            pause = max(pause, before.quiet)
        return _Judged(found, verdict, quiet=quiet, check_again=quiet * GROWTH, pause=pause)

    def _needed(self, judged: _Judged) -> timedelta:
        ending = judged.verdict.ending
        if ending is Ending.PROVEN or (ending is Ending.LIKELY and not judged.pause):
            return timedelta(0)
        return min(max(HINT_TIMES * self._waits.settle, PAUSE_TIMES * judged.pause), self._waits.incomplete)

    def _read_one(self, file: Path | str) -> Verdict:
        (verdict,) = self._read([file])
        return verdict or TOO_LONG  # a judge always has a verdict on a single file

    def _read(self, files: Sequence[Path | str]) -> list[Verdict | None]:
        """Return the verdicts on some files; None for those that are to be judged later."""
        verdicts = list[Verdict | None]()
        judged = dict[int, OpenFile]()
        with ExitStack() as stack:
            for file in files:
                found = _opened(stack, file, self._limit)
                if isinstance(found, OpenFile):
                    judged[len(verdicts)] = found
                verdicts.append(found if isinstance(found, Verdict) else None)
            if judged:
                for at, verdict in zip(judged, self._judge(list(judged.values()), limit=self._limit), strict=True):
                    verdicts[at] = verdict
        return verdicts

    def _is_unchanged(self, path: str, found: InboxFile) -> bool:
        try:
            now = os.lstat(f"{self._inbox}/{path}")
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == (found.size, found.modified)


def _opened(stack: ExitStack, file: Path | str, limit: int) -> OpenFile | Verdict:
    """Return an open file, or the verdict on one that is not judged."""
    try:
        # What is no regular file, or too large, is refused by the admission with a more precise reason.
        return open_regular(file, stack, limit=limit) or PROVEN
    except FileNotFoundError:
        return early("the file itself")
    except OSError as error:
        # Not readable: the admission refuses it with that reason. After any other error nothing is known about it.
        return PROVEN if error.errno in REFUSED else unread(error.strerror or "unknown error")
