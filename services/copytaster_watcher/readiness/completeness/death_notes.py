"""Notes on disk about the file that is being judged, and about files that killed the process that judged them.

After the death of a watcher, the next one finds in them which file was being judged. The notes need not survive a power
cut, so they are not synced.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections import Counter
from collections.abc import Iterable, Iterator
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
from copytaster.parsing.sandbox.progress import CallProgress, decode

log = structlog.get_logger(__name__)

NOTE = ".judging"
"""Suffix of the note of one watcher: state and path of each file that it has judged in one call, a zero byte after each
and another one at the end; or only that byte.

The watcher locks it, and writes to it through memory, which costs no system call and outlives the process.
"""

PROGRESS = ".progress"
"""Suffix of the file in which the sandboxed process notes which of these files it judges; see ``CallProgress``."""

NOTE_BYTES = 96 * 1024
"""More than 16 paths and states have; what is longer is cut."""

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
        self._content = _shared_memory(self._own)
        self.progress = CallProgress.create(folder / f"{owner}{PROGRESS}")
        """The place for the process that judges, so that it notes which of the files it judges."""
        self._unwritten = Counter[FileState]()
        self._remove_old()
        self._killers = {each.name for each in (folder / DEATHS).iterdir()}
        self._watcher_deaths = [_WatcherDeath.read(line) for line in _lines(folder / WATCHER_DEATHS)]

    @contextmanager
    def judging(self, files: Iterable[tuple[FileState, str]]) -> Iterator[None]:
        """Note that files, given by state and path, are being judged in one call, while the block runs."""
        content = "".join(f"{state}\t{path}\0" for state, path in files).encode(errors="surrogateescape")
        content = content[: NOTE_BYTES - 2] + b"\0\0"
        self._content[: len(content)] = content
        yield
        self._content[0] = 0

    def deaths(self, state: FileState) -> int:
        """Return how many processes a file in this state has killed, as far as this watcher knows it as a killer."""
        if not self.has_killed(state):
            return 0
        try:
            return len((self._folder / DEATHS / str(state)).read_text(encoding="utf-8").splitlines())
        except OSError:
            return self._unwritten[state]

    def has_killed(self, state: FileState) -> bool:
        """Return whether a file has killed a process, as far as this watcher knows. Cost: no system call."""
        return bool(self._killers) and str(state) in self._killers

    def add_death(self, state: FileState, how: str) -> None:
        """Note a death."""
        self._unwritten[state] += 1
        self._killers.add(str(state))
        with suppress(OSError):
            _append(self._folder / DEATHS / str(state), f"{self._clock.now().isoformat()}\t{how}")

    def forget(self, state: FileState) -> None:
        """Remove the deaths of a file: it was judged after all, or taken in."""
        self._unwritten.pop(state, None)
        self._killers.discard(str(state))
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
        (self._folder / f"{self._owner}{PROGRESS}").unlink(missing_ok=True)
        self._content.close()
        os.close(self._note)

    def _take_over(self, note: Path) -> None:
        """Note the death of the watcher whose note this is, unless it is alive, and remove the note."""
        try:
            descriptor = os.open(note, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:  # another watcher was first
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            owner = note.name.removesuffix(NOTE)
            progress = self._folder / f"{owner}{PROGRESS}"
            state, path = _judged(note.read_bytes(), progress)
            if state:
                _append(self._folder / DEATHS / state, f"{self._clock.now().isoformat()}\tthe watcher {owner} died")
            self._add_watcher_death(owner, printable(path))
            log.warning("watcher.died", watcher=owner, judged=printable(path) or None)
            progress.unlink(missing_ok=True)
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


def _judged(note: bytes, progress: Path) -> tuple[str, str]:
    """Return state and path of the file that was being judged; two empty texts if that was none.

    Of several files, it is the one that the sandboxed process had begun. A single file may as well have killed the
    watcher before that.
    """
    if note.startswith(b"\0"):
        return "", ""
    files = [each for each in note.partition(b"\0\0")[0].split(b"\0") if each]
    begun = 0 if len(files) == 1 else _begun(progress, len(files))
    state, _, path = (files[begun] if begun is not None else b"").decode(errors="surrogateescape").partition("\t")
    return state, path


def _begun(progress: Path, count: int) -> int | None:
    try:
        return decode(progress.read_bytes(), count)
    except OSError:  # there was no space for it
        return None


def _shared_memory(file: Path) -> mmap.mmap:
    """Return a file as memory; without space for it, memory that no other process sees."""
    try:
        with file.open("r+b") as opened:
            os.posix_fallocate(opened.fileno(), 0, NOTE_BYTES)
            return mmap.mmap(opened.fileno(), NOTE_BYTES)
    except OSError:
        return mmap.mmap(-1, NOTE_BYTES)


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
