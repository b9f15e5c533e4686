"""The standing searches that are on, as one process has them: it takes in what has changed on the server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import structlog

from copytaster.model.standing_search import MatchedSearch, SearchId, StandingSearch
from copytaster.search.document import SearchDocument
from copytaster.searches.percolator import Percolator
from copytaster.searches.query import query_of
from copytaster.store.ports.standing_searches import SearchesVersion, StandingSearches

log = structlog.get_logger(__name__)

PART = 500
"""Searches that are read at once, some 150 KB."""


@dataclass(frozen=True, slots=True)
class _On:
    """A search as matches name it, and since when it is on."""

    named: MatchedSearch
    since: datetime


class CurrentSearches:
    """Not for several threads."""

    def __init__(self, searches: StandingSearches) -> None:
        self._stored = searches
        self._version = SearchesVersion()
        self._percolator = Percolator()
        self._on: dict[SearchId, _On] = {}
        self._earliest: datetime | None = None

    def __len__(self) -> int:
        """Return the number of searches that are on."""
        return len(self._on)

    @property
    def generation(self) -> str | None:
        """The server's data that these searches are of; None while it lacks some of the archive."""
        return self._version.generation

    @property
    def earliest(self) -> datetime | None:
        """Since when the first of them is on; None without any."""
        return self._earliest

    def refresh(self) -> None:
        """Take in the changes since the last call. Raises ``TransientError``.

        Cost: one command without changes, else some 100 microseconds for each changed search.
        """
        if self._stored.version() == self._version:
            return
        more = True
        while more:
            found = self._stored.changes(self._version, limit=PART)
            if found.anew:
                self._percolator, self._on = Percolator(), {}
            for removed in found.removed:
                self._remove(removed)
            for search in found.searches:
                self._put(search)
            self._version, more = found.version, found.more
        self._earliest = min((each.since for each in self._on.values()), default=None)

    def met_by(self, document: SearchDocument, *, at: datetime) -> list[MatchedSearch]:
        """Return the searches that the document meets and that were on at this time, in the order of their creation."""
        found = (self._on[each] for each in self._percolator.searches_met_by(document))
        return [each.named for each in found if each.since <= at]

    def _put(self, search: StandingSearch) -> None:
        self._remove(search.id)
        if search.on_since is None:
            return
        try:
            query = query_of(search)
        except ValueError as error:  # an earlier release accepted it
            log.warning("searches.not_understood", search=search.id, why=str(error), next="it finds nothing")
            return
        self._percolator.add(search.id, query)
        self._on[search.id] = _On(MatchedSearch(id=search.id, name=search.name), search.on_since)

    def _remove(self, search_id: SearchId) -> None:
        self._percolator.remove(search_id)
        self._on.pop(search_id, None)
