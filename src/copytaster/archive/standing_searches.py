"""The standing searches of people, stored beside the originals: a server that comes back empty gets them from here."""

from __future__ import annotations

from typing import Protocol

from pydantic import ValidationError

from copytaster.archive.checksums import seal, unsealed
from copytaster.archive.stored_files import StoredFiles
from copytaster.errors import TransientError
from copytaster.model.outage import Resource
from copytaster.model.standing_search import SearchId, StandingSearch

FOLDER = "searches"
"""A folder of the archive, with a file for each search, so that two processes that change two searches do not meet."""

SUFFIX = ".json"


class DamagedSearchError(TransientError):
    """The file of a standing search has changed, so that it cannot be used."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the standing search in {path} of the archive has changed and cannot be used: restore the file from a"
            " backup, or remove it and create the search again",
            resource=Resource.ARCHIVE,
        )


class SearchFiles(Protocol):
    """Stores standing searches outside the server.

    Every method raises ``TransientError`` if the archive is unavailable.
    """

    def write(self, search: StandingSearch) -> None:
        """Create or replace a search durably."""
        ...

    def read(self, search_id: SearchId) -> StandingSearch | None:
        """Return a search; None if there is none with this id. Raises ``DamagedSearchError``."""
        ...

    def ids(self) -> list[SearchId]:
        """Return the ids of all searches, the oldest first; one listing of the folder."""
        ...

    def remove(self, search_id: SearchId) -> None:
        """Remove a search, if it exists."""
        ...

    def is_away(self) -> bool:
        """Return whether the archive's disk is not mounted, so that there seem to be no searches."""
        ...


class FilesystemSearchFiles:
    """Implements ``SearchFiles`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)

    def write(self, search: StandingSearch) -> None:
        """Write a search; see ``SearchFiles.write``."""
        self._files.write(_path(search.id), seal(search.model_dump_json(exclude_none=True).encode()))

    def read(self, search_id: SearchId) -> StandingSearch | None:
        """Return a search; see ``SearchFiles.read``."""
        sealed = self._files.read(_path(search_id))
        if sealed is None:
            return None
        try:
            return StandingSearch.model_validate_json(unsealed(sealed))
        except ValidationError as error:
            raise DamagedSearchError(_path(search_id)) from error

    def ids(self) -> list[SearchId]:
        """Return the ids; see ``SearchFiles.ids``."""
        names = self._files.names(FOLDER)
        return [SearchId(each.removesuffix(SUFFIX)) for each in names if each.endswith(SUFFIX)]

    def remove(self, search_id: SearchId) -> None:
        """Remove a search; see ``SearchFiles.remove``."""
        self._files.remove(_path(search_id))

    def is_away(self) -> bool:
        """Return whether the disk is not mounted; see ``SearchFiles.is_away``."""
        return self._files.is_away()


class MemorySearchFiles:
    """Implements ``SearchFiles`` in memory."""

    def __init__(self) -> None:
        self._searches: dict[SearchId, StandingSearch] = {}

    def write(self, search: StandingSearch) -> None:
        """Write a search; see ``SearchFiles.write``."""
        self._searches[search.id] = search

    def read(self, search_id: SearchId) -> StandingSearch | None:
        """Return a search; see ``SearchFiles.read``."""
        return self._searches.get(search_id)

    def ids(self) -> list[SearchId]:
        """Return the ids; see ``SearchFiles.ids``."""
        return sorted(self._searches)

    def remove(self, search_id: SearchId) -> None:
        """Remove a search; see ``SearchFiles.remove``."""
        self._searches.pop(search_id, None)

    def is_away(self) -> bool:
        """Return that they are there."""
        return False


def _path(search_id: SearchId) -> str:
    return f"{FOLDER}/{search_id}{SUFFIX}"
