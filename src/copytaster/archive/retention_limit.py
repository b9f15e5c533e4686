"""The time before which deliveries are not replayed, because their articles were removed for the server's memory.

It is stored beside the originals: a server that has lost its data does not know it any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from pydantic import AwareDatetime, ValidationError

from copytaster.archive.stored_files import StoredFiles
from copytaster.model.article import Document

FILE = "retention.json"


class RetentionLimit(Document):
    """The content of the file."""

    removed_before: AwareDatetime


class RetentionLimits(Protocol):
    """Stores the time. Both methods raise ``TransientError`` if the archive is unavailable."""

    def read(self) -> datetime | None:
        """Return the time; None if nothing was removed for memory, or if the file has changed and cannot be read."""
        ...

    def raise_to(self, moment: datetime) -> None:
        """Store the time durably, unless a later one is stored."""
        ...


class FilesystemRetentionLimits:
    """Implements ``RetentionLimits`` with a file in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)

    def read(self) -> datetime | None:
        """Return the time; see ``RetentionLimits.read``."""
        content = self._files.read(FILE)
        try:
            return RetentionLimit.model_validate_json(content).removed_before if content else None
        except ValidationError:
            return None

    def raise_to(self, moment: datetime) -> None:
        """Store the time; see ``RetentionLimits.raise_to``."""
        before = self.read()
        if before is None or before < moment:
            self._files.write(FILE, RetentionLimit(removed_before=moment).model_dump_json().encode())


class MemoryRetentionLimits:
    """Implements ``RetentionLimits`` in memory."""

    def __init__(self) -> None:
        self._removed_before: datetime | None = None

    def read(self) -> datetime | None:
        """Return the time; see ``RetentionLimits.read``."""
        return self._removed_before

    def raise_to(self, moment: datetime) -> None:
        """Store the time; see ``RetentionLimits.raise_to``."""
        self._removed_before = max(moment, self._removed_before or moment)
