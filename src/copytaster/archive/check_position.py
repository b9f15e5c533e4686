"""The position of a check of the archive, stored in the archive so that an interrupted check is continued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from copytaster.archive.stored_files import StoredFiles
from copytaster.model.article import Document

FOLDER = "check"
COUNTS = f"{FOLDER}/days.json"


class CheckPosition(Document):
    """A check of the archive: the next of its 256 parts, and what it has read so far.

    ``by`` is the process that runs it, ``updated_at`` when it last saved its position, ``size`` counts bytes.
    ``former_completed_at`` is when the last check before it ended.
    """

    started_at: AwareDatetime
    updated_at: AwareDatetime
    completed_at: AwareDatetime | None = None
    former_completed_at: AwareDatetime | None = None
    by: str
    next: int = 0
    entries: int = 0
    originals: int = 0
    size: int = 0

    @property
    def last_completed_at(self) -> datetime | None:
        """When the whole archive was last read: by this check, or while it runs by the one before."""
        return self.completed_at or self.former_completed_at


class CheckPositions(Protocol):
    """Stores the position of one kind of check, and the numbers of journal entries that all checks compare with.

    Every method raises ``TransientError`` if the archive is unavailable.
    """

    def load(self) -> CheckPosition | None:
        """Return the last position; None if there is none, or if it is damaged."""
        ...

    def save(self, position: CheckPosition) -> None:
        """Store a position durably."""
        ...

    def counts(self) -> dict[str, int]:
        """Return the number of entries of each day at the last check; empty if there is none, or if it is damaged."""
        ...

    def save_counts(self, counts: Mapping[str, int]) -> None:
        """Store the numbers of entries durably."""
        ...


class FilesystemCheckPositions:
    """Implements ``CheckPositions`` in the archive's folder or bucket; ``name`` is the kind of check."""

    def __init__(self, address: str, name: str) -> None:
        self._files = StoredFiles(address)
        self._path = f"{FOLDER}/{name}.json"

    def load(self) -> CheckPosition | None:
        """Return the last position; see ``CheckPositions.load``."""
        content = self._files.read(self._path)
        try:
            return CheckPosition.model_validate_json(content) if content is not None else None
        except ValidationError:
            return None

    def save(self, position: CheckPosition) -> None:
        """Store a position; see ``CheckPositions.save``."""
        self._files.write(self._path, position.model_dump_json(exclude_none=True).encode())

    def counts(self) -> dict[str, int]:
        """Return the numbers of entries; see ``CheckPositions.counts``."""
        content = self._files.read(COUNTS)
        try:
            return TypeAdapter(dict[str, int]).validate_json(content) if content is not None else {}
        except ValidationError:
            return {}

    def save_counts(self, counts: Mapping[str, int]) -> None:
        """Store the numbers of entries; see ``CheckPositions.save_counts``."""
        self._files.write(COUNTS, TypeAdapter(dict[str, int]).dump_json(dict(counts)))


class MemoryCheckPositions:
    """Implements ``CheckPositions`` in memory."""

    def __init__(self) -> None:
        self._position: CheckPosition | None = None
        self._counts: dict[str, int] = {}

    def load(self) -> CheckPosition | None:
        """Return the last position; see ``CheckPositions.load``."""
        return self._position

    def save(self, position: CheckPosition) -> None:
        """Store a position; see ``CheckPositions.save``."""
        self._position = position

    def counts(self) -> dict[str, int]:
        """Return the numbers of entries; see ``CheckPositions.counts``."""
        return dict(self._counts)

    def save_counts(self, counts: Mapping[str, int]) -> None:
        """Store the numbers of entries; see ``CheckPositions.save_counts``."""
        self._counts = dict(counts)
