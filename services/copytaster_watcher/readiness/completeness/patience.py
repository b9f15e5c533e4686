"""How long to wait for the rest of a file: by what its content says, and by how its writer has behaved."""

from __future__ import annotations

import os
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

import structlog

from copytaster.intake.printable_names import printable
from copytaster_watcher.discovery.scan import Found
from copytaster_watcher.readiness.completeness import judge
from copytaster_watcher.readiness.completeness.content import Content, opened
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Ending, Verdict, early

log = structlog.get_logger(__name__)

HINT_TIMES = 5
"""What only seems unfinished must be quiet for so many settle times: 10 s by default, as long as an empty file.

A stalled connection sends again after 1, 3 and 7 s, so a copy over a network goes on within that."""

PAUSE_TIMES = 3
"""A writer that has paused and gone on is given three times its longest pause, unless the format proves the end."""

GROWTH = 2
"""An unfinished file that looks the same is read again after twice the time: over some network filesystems size and
times lag behind the content, and ten looks cover ten minutes."""


class Step(Enum):
    """What to do with a quiet file."""

    TAKE = auto()
    WAIT = auto()
    GIVE_UP = auto()


@dataclass(frozen=True, slots=True)
class Advice:
    """The step, and what is missing where something is; ``certain`` tells that from a suspicion."""

    step: Step
    missing: str | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Times of quiet: before a file is looked at, for an empty one, and until an unfinished one is given up."""

    settle: timedelta
    empty: timedelta
    incomplete: timedelta


class Completeness(Protocol):
    """Judges quiet files."""

    def advise(self, path: str, found: Found, quiet: timedelta, *, vouched: bool = False) -> Advice:
        """Say what to do with the file at ``path`` below the inbox that has been quiet for so long.

        ``vouched``: its writer has said that it is finished, so that hints are not waited for.
        """
        ...

    def inspect(self, file: Path) -> str | None:
        """Return what is certainly missing from a file, whatever its age; None where nothing is."""
        ...

    def forget(self, files: Container[str]) -> None:
        """Forget all but these paths below the inbox."""
        ...


@dataclass(frozen=True, slots=True)
class _Judged:
    """A verdict on one state of a file; ``pause`` is the longest quiet after which its writer has gone on."""

    found: Found
    verdict: Verdict
    quiet: timedelta
    look_again: timedelta
    pause: timedelta


class Patience:
    """Reads each state of a file once, and unfinished ones again at growing intervals."""

    def __init__(
        self,
        inbox: Path,
        waits: Waits,
        *,
        max_file_bytes: int,
        judge: Callable[[Content], Verdict] = judge.judge,
    ) -> None:
        self._inbox = inbox
        self._waits = waits
        self._limit = max_file_bytes
        self._judge = judge
        self._judged: dict[str, _Judged] = {}

    def advise(self, path: str, found: Found, quiet: timedelta, *, vouched: bool = False) -> Advice:
        """Say what to do; see ``Completeness.advise``."""
        if found.size == 0:
            ripe = vouched or quiet >= self._waits.empty
            return Advice(Step.TAKE) if ripe else Advice(Step.WAIT, "its content")
        judged = self._judged[path] = self._look(path, found, quiet)
        verdict = judged.verdict
        if verdict.ending is Ending.EARLY:
            return Advice(Step.GIVE_UP if quiet >= self._waits.incomplete else Step.WAIT, verdict.missing, certain=True)
        if not vouched and quiet < self._needed(judged):
            return Advice(Step.WAIT, verdict.missing or "the rest: its writer has paused before and gone on")
        # A round may take a while; what has changed since its scan is not quiet any more.
        return Advice(Step.TAKE if self._is_unchanged(path, found) else Step.WAIT)

    def inspect(self, file: Path) -> str | None:
        """Return what is certainly missing; see ``Completeness.inspect``."""
        verdict = self._read(file)
        return verdict.missing if verdict.ending is Ending.EARLY else None

    def forget(self, files: Container[str]) -> None:
        """Forget all but these; see ``Completeness.forget``."""
        self._judged = {path: judged for path, judged in self._judged.items() if path in files}

    def _look(self, path: str, found: Found, quiet: timedelta) -> _Judged:
        before = self._judged.get(path)
        if before and before.found == found:
            if before.verdict.ending is not Ending.EARLY or quiet < before.look_again:
                return replace(before, quiet=quiet)
            pause = before.pause
        else:
            pause = max(before.pause, before.quiet) if before else timedelta(0)
        verdict = self._read(self._inbox / path)
        return _Judged(found, verdict, quiet=quiet, look_again=quiet * GROWTH, pause=pause)

    def _needed(self, judged: _Judged) -> timedelta:
        ending = judged.verdict.ending
        if ending is Ending.PROVEN or (ending is Ending.LIKELY and not judged.pause):
            return timedelta(0)
        return min(max(HINT_TIMES * self._waits.settle, PAUSE_TIMES * judged.pause), self._waits.incomplete)

    def _read(self, file: Path) -> Verdict:
        try:
            with opened(file, limit=self._limit) as content:
                # What is no file, or too large, is refused at the door, with a better reason.
                return self._judge(content) if content else PROVEN
        except FileNotFoundError:
            return early("the file itself")
        except OSError:  # not ours to read: the door says so
            return PROVEN
        # Process edge: what hostile bytes make a library raise must not end the watcher, again at every start.
        except Exception:
            log.exception("file.not_judged", path=printable(str(file)), next="it is taken as it is")
            return PROVEN

    def _is_unchanged(self, path: str, found: Found) -> bool:
        try:
            now = os.lstat(self._inbox / path)
        except OSError:
            return False
        return (now.st_size, now.st_mtime_ns) == (found.size, found.modified)
