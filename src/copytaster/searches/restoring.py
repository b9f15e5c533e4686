"""Brings the standing searches of the archive to the server, which may have lost them, or may lack a change.

Whoever changes a search changes its file first. So a search that the server has had for a while has a file, unless it
was removed; and a file that the server does not know belongs to a server that came back empty, or to a process that
died between the two changes.

A search that both have may differ: data from a backup has it as it was then, and a process may have died between the
two changes of one that was switched on or off. So each process reads the files of these once.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

import structlog

from copytaster.archive.standing_searches import DamagedSearchError, SearchFiles
from copytaster.clock import Clock, Interval
from copytaster.errors import TransientError
from copytaster.model.outage import Resource
from copytaster.model.standing_search import SearchId, StandingSearch
from copytaster.store.ports.standing_searches import StandingSearches

log = structlog.get_logger(__name__)

EVERY = timedelta(minutes=10)
"""How often files and server are compared: one listing of a folder, for changes that a death has interrupted."""

FILES = 1_000
"""Files that are read in one step, half a second: other work of this process goes on between the steps."""


class SearchRestoring:
    """Every method raises ``TransientError`` if archive or server do not answer, and may be repeated."""

    def __init__(self, files: SearchFiles, searches: StandingSearches, clock: Clock) -> None:
        self._files = files
        self._searches = searches
        self._clock = clock
        self._comparison = Interval(EVERY)
        self._damaged: dict[SearchId, str] = {}
        self._uncompared: list[SearchId] | None = None

    @property
    def damaged(self) -> tuple[str, ...]:
        """A sentence about each file that cannot be read and whose search the server lacks."""
        return tuple(self._damaged.values())

    def step(self) -> None:
        """Bring some searches to the server if it lacks any; one command if it was compared lately."""
        if self._comparison.has_passed(self._clock.now()) or self._searches.version().generation is None:
            self._compare()

    def _compare(self) -> None:
        number = self._searches.version().number
        known = frozenset(self._searches.ids())  # before the files, which are written first
        stored = frozenset(self._files.ids())
        removed = known - stored
        if removed and self._files.is_away():
            what = "the standing searches cannot be compared with the archive: its disk is not mounted"
            raise TransientError(what, resource=Resource.ARCHIVE)
        for each in removed:
            self._searches.remove(each)
            number += 1
        missing = sorted(stored - known)
        self._damaged = {}
        found = self._read(missing[:FILES])
        both = sorted(stored & known) if self._uncompared is None else self._uncompared
        some = both[: FILES - len(missing[:FILES])]
        found += self._changed(some)
        if not self._searches.write(found, unless_changed_since=number):
            return  # what was read may have been changed meanwhile
        self._uncompared = both[len(some) :]
        if found:
            log.info("searches.restored", count=len(found))
        if len(missing) <= FILES:
            self._searches.begin_generation()

    def _read(self, search_ids: Iterable[SearchId]) -> list[StandingSearch]:
        found = []
        for each in search_ids:
            try:
                search = self._files.read(each)
            except DamagedSearchError as error:
                log.warning("searches.damaged", search=each, why=str(error), next="it finds nothing")
                self._damaged[each] = str(error)
            else:
                found += [search] if search else []
        return found

    def _changed(self, search_ids: Iterable[SearchId]) -> list[StandingSearch]:
        """Return those of the searches whose files have another state than the server."""
        found = []
        for each in search_ids:
            with suppress(DamagedSearchError):  # the server has it
                search = self._files.read(each)
                found += [search] if search and search != self._searches.get(each) else []
        return found
