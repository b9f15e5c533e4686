"""The upkeep of the index on one machine: which file is followed, when a new one is built, and how far it is.

One process of the machine writes, the one that holds the folder's lock; the others only read and look whether it is
free. The file in use follows the events while a new one is filled beside it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.search.index import IndexFileError, Progress
from copytaster.search.index_folder import IndexFolder
from copytaster.search.projector import LostEventsError, Projector
from copytaster.search.sqlite_index import DamagedIndexError, SqliteWriter, read_state
from copytaster.store.store import Store

log = structlog.get_logger(__name__)

PAUSE = 1.0
"""Seconds between two looks for events: an article is found a second after it was stored. Most are tagged by then, and
read and indexed once for both events."""

WORK = 0.2
"""Seconds of work before a pause of the same length: this process also answers requests."""


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the index of this machine is: its articles, and the seconds for which it has lacked an event.

    Both are None without a complete index. ``building`` are the articles in the index that is being built; None if none
    is.
    """

    articles: int | None = None
    lag_seconds: float | None = None
    building: int | None = None


class Projection:
    """Keeps the index of a folder up to date, in steps; not for several threads."""

    def __init__(self, folder: IndexFolder, store: Store, clock: Clock) -> None:
        self._folder = folder
        self._store = store
        self._clock = clock
        self._writers: dict[Path, SqliteWriter] = {}

    def step(self) -> bool:
        """Do the next piece of work, and return whether more is left. Without the lock, nothing is done.

        Raises ``TransientError``, ``IndexFileError`` and ``OSError``.
        """
        if not self._folder.acquire():
            return False
        try:
            return self._bring_forward()
        except DamagedIndexError as error:
            log.warning("search.discarded", why=str(error), next="a new index is built from all articles")
            self._folder.discard(error.file)
            self._close_removed()
            return True

    def _bring_forward(self) -> bool:
        current = self._opened(self._folder.current())
        building = self._opened(self._folder.building())
        if self._folder.is_rebuild_requested() or not (current or building):
            return self._begin()
        try:
            if building is None:
                return bool(current and current.follow())
            followed = _followed(current)
            return self._build(building) or followed
        except LostEventsError as error:
            log.warning("search.events_lost", why=str(error), next="a new index is built from all articles")
            return self._begin()

    def close(self) -> None:
        """Close the files, and let another process write."""
        for file in list(self._writers):
            self._writers.pop(file).close()
        self._folder.release()

    def _begin(self) -> bool:
        writer = self._folder.begin()
        file = self._folder.building()
        assert file  # noqa: S101  # it was just made
        self._close_removed()
        self._writers[file] = writer
        Projector(writer, self._store, self._clock).begin()
        log.info("search.building", file=str(file))
        return True

    def _build(self, building: Projector) -> bool:
        """Fill the new index, let it take in what happened meanwhile, then use it."""
        if building.fill() or building.follow():
            return True
        self._folder.complete()
        self._close_removed()
        log.info("search.built", articles=building.count)
        return False

    def _opened(self, file: Path | None) -> Projector | None:
        """Return what brings the file forward; None if there is none. Raises ``DamagedIndexError``."""
        if file is None:
            return None
        if file not in self._writers:
            self._writers[file] = SqliteWriter(file)
        return Projector(self._writers[file], self._store, self._clock)

    def _close_removed(self) -> None:
        """Close files that are no longer used."""
        kept = {self._folder.current(), self._folder.building()}
        for file in [each for each in self._writers if each not in kept]:
            self._writers.pop(file).close()


def _followed(current: Projector | None) -> bool:
    """Let the index in use follow while a new one is built, perhaps because the former cannot follow."""
    with suppress(LostEventsError):
        return bool(current and current.follow())
    return False


class ProjectionThread:
    """Runs a projection in a thread of its own until the end of the context; half of its time are pauses.

    What goes wrong is logged, once as long as it lasts, and tried again.
    """

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._stopped = threading.Event()
        self._fault: str | None = None
        self._thread = threading.Thread(target=self._run, name="search-projection", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread, at the end of its transaction."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._stopped.wait(WORK if self._try() else PAUSE)
        self._projection.close()

    def _try(self) -> bool:
        """Work, and return whether more is left."""
        try:
            busy, self._fault = self._work(), None
        except (TransientError, IndexFileError, OSError) as error:
            if str(error) != self._fault:
                log.warning("search.delayed", why=str(error), next="it is tried again each second")
            self._fault = str(error)
        # A programming error must not end the thread while the API answers as if the index were kept up to date.
        except Exception as error:
            if repr(error) != self._fault:
                log.exception("search.failed", next="it is tried again each second")
            self._fault = repr(error)
        else:
            return busy
        return False

    def _work(self) -> bool:
        until = time.monotonic() + WORK
        while busy := self._projection.step():
            if time.monotonic() >= until or self._stopped.is_set():
                break
        return busy


def read_index_state(folder: IndexFolder, store: Store, *, now: datetime) -> IndexState:
    """Return how far the index of this machine is; one or two round trips. Raises ``TransientError``."""
    current, building = _state_of(folder.current()), _state_of(folder.building())
    built = building[1] if building else None
    if current is None:
        return IndexState(building=built)
    progress, count = current
    waiting = store.events.follow(progress.event, limit=1).events
    lag = max((now - waiting[0].at).total_seconds(), 0.0) if waiting else 0.0
    return IndexState(count, lag, built)


def _state_of(file: Path | None) -> tuple[Progress, int] | None:
    """Return the state of a file; None if there is none that can be read."""
    with suppress(IndexFileError):  # the projection discards it
        return read_state(file) if file else None
    return None


def rebuild(
    projection: Projection, folder: IndexFolder, *, report: Callable[[int], None], pause: Callable[[float], object]
) -> None:
    """Build a new index and return when it is used; ``report`` gets the articles that it has so far.

    If another process keeps the index up to date, that process builds it. Raises ``TransientError``, ``IndexFileError``
    and ``OSError``.
    """
    former = folder.current()
    folder.request_rebuild()
    while folder.is_rebuild_requested() or folder.building() or folder.current() == former:
        is_busy = projection.step()
        if state := _state_of(folder.building() or folder.current()):
            report(state[1])
        if not is_busy:
            pause(PAUSE)
