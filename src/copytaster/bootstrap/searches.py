"""From settings to standing searches: what people do with them, and what compares articles with them.

What looks into the search index is in ``bootstrap.search``: a part that does not search needs no SQLite.
"""

from __future__ import annotations

from copytaster.archive.standing_searches import FilesystemSearchFiles
from copytaster.clock import Clock
from copytaster.searches.administration import SearchDesk
from copytaster.searches.current import CurrentSearches
from copytaster.searches.matching import SearchMatching
from copytaster.searches.restoring import SearchRestoring
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_search_desk(settings: Settings, store: Store, *, clock: Clock) -> SearchDesk:
    """Return the administration of standing searches."""
    return SearchDesk(FilesystemSearchFiles(settings.archive_address), store, clock)


def open_search_matching(settings: Settings, store: Store, *, clock: Clock) -> SearchMatching:
    """Return what compares the next articles at each step."""
    restoring = SearchRestoring(FilesystemSearchFiles(settings.archive_address), store.searches, clock)
    return SearchMatching(store, CurrentSearches(store.searches), restoring, clock)
