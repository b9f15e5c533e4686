"""What commands do with standing searches, wherever they are: on this installation's server, or behind an API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from copytaster.bootstrap.private_files import protect_data
from copytaster.bootstrap.search import open_search_preview
from copytaster.bootstrap.searches import open_search_desk
from copytaster.client import Client
from copytaster.model.standing_search import SearchConditions, SearchId
from copytaster.searches.administration import SearchOrder, ShownHit, ShownSearch
from copytaster.searches.preview import Preview
from copytaster_cli.dependencies import CommandDependencies

PAGE = 200
"""Searches that are read at once."""


class Searches(Protocol):
    """Every method raises ``CopytasterError`` if there is no answer, or no search with the id."""

    def create(self, order: SearchOrder, *, by: str) -> ShownSearch:
        """Create a search; ``by`` is recorded. Raises ``QuerySyntaxError``, ``NoConditionError`` or ``ApiError``."""
        ...

    def all(self) -> Iterator[ShownSearch]:
        """Yield all searches, the newest first."""
        ...

    def show(self, search_id: SearchId) -> ShownSearch:
        """Return a search."""
        ...

    def hits(self, search_id: SearchId, *, limit: int) -> list[ShownHit]:
        """Return the newest hits, the latest first."""
        ...

    def switch(self, search_id: SearchId, *, on: bool) -> ShownSearch:
        """Switch a search on or off."""
        ...

    def delete(self, search_id: SearchId) -> None:
        """Remove a search with its hits."""
        ...

    def preview(self, conditions: SearchConditions, *, days: int) -> Preview:
        """Return what a search would have found in the last days. Raises ``NoIndexError`` or ``ApiError``."""
        ...


class StoreSearches:
    """Implements ``Searches`` with the server and the archive of this installation."""

    def __init__(self, dependencies: CommandDependencies) -> None:
        settings = dependencies.settings()
        protect_data(settings)
        self._dependencies = dependencies
        self._desk = open_search_desk(settings, dependencies.store(), clock=dependencies.clock)

    def create(self, order: SearchOrder, *, by: str) -> ShownSearch:
        """Create a search; see ``Searches.create``."""
        return self._desk.create(order, by=by)

    def all(self) -> Iterator[ShownSearch]:
        """Yield all searches; see ``Searches.all``."""
        page = self._desk.page(cursor=None, limit=PAGE)
        yield from page.searches
        while page.next_cursor:
            page = self._desk.page(cursor=page.next_cursor, limit=PAGE)
            yield from page.searches

    def show(self, search_id: SearchId) -> ShownSearch:
        """Return a search; see ``Searches.show``."""
        return self._desk.show(search_id)

    def hits(self, search_id: SearchId, *, limit: int) -> list[ShownHit]:
        """Return the hits; see ``Searches.hits``."""
        return self._desk.hits(search_id, limit=limit)

    def switch(self, search_id: SearchId, *, on: bool) -> ShownSearch:
        """Switch a search; see ``Searches.switch``."""
        return (self._desk.switch_on if on else self._desk.switch_off)(search_id)

    def delete(self, search_id: SearchId) -> None:
        """Remove a search; see ``Searches.delete``."""
        self._desk.delete(search_id)

    def preview(self, conditions: SearchConditions, *, days: int) -> Preview:
        """Look into the index of this machine; see ``Searches.preview``."""
        settings, store = self._dependencies.settings(), self._dependencies.store_to_read()
        return open_search_preview(settings, store, clock=self._dependencies.clock).look(conditions, days=days)


class ApiSearches:
    """Implements ``Searches`` through an API."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def create(self, order: SearchOrder, *, by: str) -> ShownSearch:
        """Create a search; see ``Searches.create``."""
        return self._client.create_search(order.model_copy(update={"by": by}))

    def all(self) -> Iterator[ShownSearch]:
        """Yield all searches; see ``Searches.all``."""
        return self._client.searches()

    def show(self, search_id: SearchId) -> ShownSearch:
        """Return a search; see ``Searches.show``."""
        return self._client.search(search_id)

    def hits(self, search_id: SearchId, *, limit: int) -> list[ShownHit]:
        """Return the hits; see ``Searches.hits``."""
        return list(self._client.search_hits(search_id, limit=limit))

    def switch(self, search_id: SearchId, *, on: bool) -> ShownSearch:
        """Switch a search; see ``Searches.switch``."""
        return self._client.switch_search(search_id, on=on)

    def delete(self, search_id: SearchId) -> None:
        """Remove a search; see ``Searches.delete``."""
        self._client.delete_search(search_id)

    def preview(self, conditions: SearchConditions, *, days: int) -> Preview:
        """Look into the index of the API; see ``Searches.preview``."""
        return self._client.preview_search(conditions, days=days)
