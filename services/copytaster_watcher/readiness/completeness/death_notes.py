"""Notes on disk about the file that is being judged, and about files that killed the process that judged them.

After the death of a watcher, the next one finds in them which file was being judged. The notes need not survive a power
cut, so they are not synced.
"""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from copytaster.archive.durable_files import write_atomically
from copytaster.clock import Clock
from copytaster.intake.printable_names import printable
from copytaster.model.file_state import FileState
from copytaster.monitoring.restart_loops import describe_loop

log = structlog.get_logger(__name__)

NOTE = ".judging"
"""Suffix of the note of one watcher: empty, or the state and path of the file that it judges. Its watcher locks it."""

DEATHS = "deaths"
"""The folder of deaths: for each file state that killed, a file with one line for each death."""

WATCHER_DEATHS = "watcher-deaths"
"""The file of the watchers' deaths: time, name of the watcher, path of the file that it judged."""

KEPT = timedelta(days=7)
"""Age at which deaths are removed: their files have long been taken in or removed."""

MAX_LINES = 100
"""Deaths of watchers that are kept: some more than make a restart loop."""


@dataclass(frozen=True, slots=True)
class _WatcherDeath:
    """The death of a watcher, and the path of the file that it judged; empty if it judged none."""

    at: datetime
    owner: str
    path: str

    @classmethod
    def read(cls, line: str) -> _WatcherDeath:
        """Return the death that a line notes."""
        at, owner, path = line.split("\t")
        return cls(datetime.fromisoformat(at), owner, path)

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.at.isoformat()}\t{self.owner}\t{self.path}"


class DeathNotes:
    """The notes of one watcher, and the deaths that all watchers of the folder have noted."""

    def __init__(self, folder: Path, clock: Clock, *, owner: str) -> None:
        """Lock the note of ``owner``, and note the deaths of watchers that have left theirs behind."""
        self._folder = folder
        self._clock = clock
        self._owner = owner
        self._own = folder / f"{owner}{NOTE}"
        (folder / DEATHS).mkdir(parents=True, exist_ok=True)
        for note in sorted(folder.glob(f"*{NOTE}")):
            self._take_over(note)
        self._note = os.open(self._own, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._note, fcntl.LOCK_EX)
        self._unwritten = Counter[FileState]()
        self._remove_old()
        self._watcher_deaths = [_WatcherDeath.read(line) for line in _lines(folder / WATCHER_DEATHS)]

    @contextmanager
    def judging(self, state: FileState, path: str) -> Iterator[None]:
        """Note that a file is being judged, while the block runs."""
        content = f"{state}\t{printable(path)}".encode()
        with suppress(OSError):  # for example, no space: the deaths of the sandboxed process are counted all the same
            os.pwrite(self._note, content, 0)
            os.ftruncate(self._note, len(content))
        yield
        with suppress(OSError):
            os.ftruncate(self._note, 0)

    def deaths(self, state: FileState) -> int:
        """Return how many processes a file in this state has killed."""
        try:
            return len((self._folder / DEATHS / str(state)).read_text(encoding="utf-8").splitlines())
        except OSError:  # nearly always: there are none
            return self._unwritten[state]

    def add_death(self, state: FileState, how: str) -> None:
        """Note a death."""
        self._unwritten[state] += 1
        with suppress(OSError):
            _append(self._folder / DEATHS / str(state), f"{self._clock.now().isoformat()}\t{how}")

    def forget(self, state: FileState) -> None:
        """Remove the deaths of a file: it was judged after all, or taken in."""
        self._unwritten.pop(state, None)
        with suppress(OSError):
            (self._folder / DEATHS / str(state)).unlink()

    def restart_loop(self) -> str | None:
        """Return a sentence if the watchers of this host have died repeatedly of late, else None."""
        now = self._clock.now()
        recent = [each for each in self._watcher_deaths if _host(each.owner) == _host(self._owner)]
        if not recent:
            return None
        judged = f"it judged {recent[-1].path}" if recent[-1].path else "it judged no file"
        return describe_loop(_host(self._owner), (now - each.at for each in recent), last=judged)

    def close(self) -> None:
        """Remove the note of this watcher: it ends in an orderly way."""
        self._own.unlink(missing_ok=True)
        os.close(self._note)

    def _take_over(self, note: Path) -> None:
        """Note the death of the watcher whose note this is, unless it is alive, and remove the note."""
        try:
            descriptor = os.open(note, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:  # another watcher was first
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            state, _, path = note.read_text(encoding="utf-8", errors="replace").partition("\t")
            owner = note.name.removesuffix(NOTE)
            if state:
                _append(self._folder / DEATHS / state, f"{self._clock.now().isoformat()}\tthe watcher {owner} died")
            self._add_watcher_death(owner, path)
            log.warning("watcher.died", watcher=owner, judged=path or None)
            note.unlink(missing_ok=True)
        except BlockingIOError:  # it is alive
            return
        finally:
            os.close(descriptor)

    def _add_watcher_death(self, owner: str, path: str) -> None:
        file = self._folder / WATCHER_DEATHS
        lines = [*_lines(file)[1 - MAX_LINES :], str(_WatcherDeath(self._clock.now(), owner, path))]
        content = "".join(f"{line}\n" for line in lines)
        write_atomically(file, lambda temporary: temporary.write_text(content, encoding="utf-8"))

    def _remove_old(self) -> None:
        oldest = (self._clock.now() - KEPT).timestamp()
        for each in (self._folder / DEATHS).iterdir():
            with suppress(OSError):  # another watcher was first
                if each.stat().st_mtime < oldest:
                    each.unlink()


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as deaths:
        deaths.write(f"{printable(line.replace(chr(9), ' '))}\n")


def _host(owner: str) -> str:
    """Return part and host of a process: its name without the process id."""
    return owner.rpartition(":")[0]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
