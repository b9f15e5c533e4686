"""From settings to the search: its index on this machine, and what keeps that up to date."""

from __future__ import annotations

from copytaster.bootstrap.search_folder import search_folder
from copytaster.clock import Clock
from copytaster.search.index_folder import FolderIndex, IndexFolder
from copytaster.search.projection import Projection
from copytaster.search.search import Search
from copytaster.searches.preview import SearchPreview
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_search(settings: Settings, store: Store) -> Search:
    """Return the search on this machine's index, which is opened by the first query."""
    return Search(FolderIndex(search_folder(settings)), store)


def open_search_preview(settings: Settings, store: Store, *, clock: Clock) -> SearchPreview:
    """Return what says what a standing search would have found, by this machine's index."""
    return SearchPreview(FolderIndex(search_folder(settings)), store, clock)


def open_projection(settings: Settings, store: Store, *, clock: Clock) -> Projection:
    """Return what keeps this machine's index up to date; it takes the lock when it first has to write."""
    return Projection(IndexFolder(search_folder(settings)), store, clock)
