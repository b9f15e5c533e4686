"""The files that stored articles need although they were received before the age of articles; a rebuild needs them.

An article is older than its files say if it arrives again and again, or if its embargo ends late. A rebuild that read
only the young files would lack it, or would publish the copy of a text whose kill is an old file.

The list is stored beside the originals: a server that has lost its data does not know it any more.
"""

from __future__ import annotations

from typing import Protocol

import structlog
from pydantic import AwareDatetime, ValidationError

from copytaster.archive.checksums import seal, unsealed
from copytaster.archive.stored_files import StoredFiles
from copytaster.model.article import Document

log = structlog.get_logger(__name__)

FILE = "old-files.json"


class OldFiles(Document):
    """The sha256 of the ``files`` that were needed ``at`` this time, and of ``former`` ones: needed once before only.

    Those stay for one more examination: while a rebuild ends, the server may not have the articles of some files yet.
    """

    at: AwareDatetime
    files: tuple[str, ...] = ()
    former: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        """All files of the list."""
        return frozenset((*self.files, *self.former))


class OldFilesList(Protocol):
    """Stores the list. Both methods raise ``TransientError`` if the archive is unavailable."""

    def read(self) -> OldFiles | None:
        """Return the list; None if there is none, or if it has changed and cannot be read, which is logged."""
        ...

    def write(self, found: OldFiles) -> None:
        """Store the list durably; it replaces the one before."""
        ...


class FilesystemOldFilesList:
    """Implements ``OldFilesList`` with a file in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)

    def read(self) -> OldFiles | None:
        """Return the list; see ``OldFilesList.read``."""
        content = self._files.read(FILE)
        if content is None:
            return None
        try:
            return OldFiles.model_validate_json(unsealed(content))
        except ValidationError:
            log.warning("old_files.unreadable", file=FILE, next="a watcher writes it again within hours")
            return None

    def write(self, found: OldFiles) -> None:
        """Store the list; see ``OldFilesList.write``."""
        self._files.write(FILE, seal(found.model_dump_json().encode()))


class MemoryOldFilesList:
    """Implements ``OldFilesList`` in memory."""

    def __init__(self) -> None:
        self._found: OldFiles | None = None

    def read(self) -> OldFiles | None:
        """Return the list; see ``OldFilesList.read``."""
        return self._found

    def write(self, found: OldFiles) -> None:
        """Store the list; see ``OldFilesList.write``."""
        self._found = found
