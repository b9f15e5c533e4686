"""The port of the standing searches: what processes match, and what a change made them miss.

The searches are stored in the archive, and on the server for whoever matches or lists them: each change has a number,
so that a process reads only what has changed since it last looked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from copytaster.model.standing_search import SearchId, StandingSearch

REMOVALS_KEPT = 1_000
"""Removed searches that are remembered. A process that has missed more of them reads all searches anew."""


@dataclass(frozen=True, slots=True)
class SearchesVersion:
    """The number of the last change. ``generation`` names the data; None while the archive has not been read yet."""

    generation: str | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class SearchChanges:
    """The next changes since a version, and the ``version`` after them; with ``more`` there are others.

    With ``anew``, the given version is not known any more: the changes begin with the first search.
    """

    searches: tuple[StandingSearch, ...]
    removed: tuple[SearchId, ...]
    version: SearchesVersion
    anew: bool
    more: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of searches, the newest first; ``next_cursor`` is None on the last page."""

    searches: tuple[StandingSearch, ...]
    next_cursor: SearchId | None


class StandingSearches(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def version(self) -> SearchesVersion:
        """Return the present version; one command."""
        ...

    def begin_generation(self) -> None:
        """Note that all searches of the archive are here, unless that is noted already."""
        ...

    def write(self, searches: Sequence[StandingSearch], *, unless_changed_since: int | None = None) -> bool:
        """Add or replace searches, each with a number of its own.

        Returns False, and changes nothing, if another change was made after ``unless_changed_since``.
        """
        ...

    def remove(self, search_id: SearchId) -> None:
        """Remove a search with its hits, if it exists."""
        ...

    def changes(self, since: SearchesVersion, *, limit: int) -> SearchChanges:
        """Return changes since a version, the earliest first, at most ``limit`` searches. Cost: only what has changed.

        A search that was changed several times is returned as it is now.
        """
        ...

    def get(self, search_id: SearchId) -> StandingSearch | None:
        """Return a search; None if there is none with this id."""
        ...

    def page(self, *, cursor: SearchId | None, limit: int) -> SearchPage:
        """Return searches that are older than the cursor, the newest first."""
        ...

    def count(self) -> int:
        """Return the number of searches."""
        ...

    def ids(self) -> list[SearchId]:
        """Return the ids of all searches, the oldest first."""
        ...
