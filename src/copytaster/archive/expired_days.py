"""The days of the journal whose originals the retention has removed, so that nobody takes them for lost.

A record is written before the first original of the day is removed, and stays when the day's entries are removed too.
"""

from __future__ import annotations

from typing import Protocol

from pydantic import AwareDatetime, ValidationError

from copytaster.archive.checksums import seal, unsealed
from copytaster.archive.reserved_space import ReservedSpace
from copytaster.archive.stored_files import StoredFiles
from copytaster.model.article import Document

FOLDER = "expired"
"""A folder of the archive with a small file for each day: several runners may write different days at once."""

SUFFIX = ".json"

RESERVED = ".reserved"
"""In the folder, so that this exists when the disk is full. Copies of the archive leave it out, because of its dot."""


class ExpiredDay(Document):
    """A day, as ``2026/11/23``. Of the originals that only this day and other expired days name, ``kept`` must exist.

    ``at`` is when it was written; null if the record has changed and cannot be read.
    """

    day: str
    at: AwareDatetime | None = None
    kept: tuple[str, ...] = ()

    @property
    def is_damaged(self) -> bool:
        """Whether the record has changed, so that it does not tell what was kept."""
        return self.at is None


class ExpiredDays(Protocol):
    """Stores the records. Every method raises ``TransientError`` if the archive is unavailable."""

    def record(self, expired: ExpiredDay) -> None:
        """Write the record of a day durably; it replaces an earlier one. On a full disk the reserved space is used."""
        ...

    def reserve(self) -> None:
        """Reserve space for a record, unless that is done, as long as there is some; nothing in a bucket."""
        ...

    def days(self) -> frozenset[str]:
        """Return the days with a record."""
        ...

    def read(self, day: str) -> ExpiredDay | None:
        """Return the record of a day; None if it has none. A damaged one keeps nothing."""
        ...


class FilesystemExpiredDays:
    """Implements ``ExpiredDays`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)
        self._space = ReservedSpace(self._files, f"{FOLDER}/{RESERVED}")

    def record(self, expired: ExpiredDay) -> None:
        """Write a record; see ``ExpiredDays.record``."""
        self._space.write(_path(expired.day), seal(expired.model_dump_json(exclude_none=True).encode()))

    def reserve(self) -> None:
        """Reserve space; see ``ExpiredDays.reserve``."""
        self._space.reserve()

    def days(self) -> frozenset[str]:
        """Return the days; see ``ExpiredDays.days``."""
        names = self._files.names(FOLDER)
        return frozenset(each.removesuffix(SUFFIX).replace("-", "/") for each in names if each.endswith(SUFFIX))

    def read(self, day: str) -> ExpiredDay | None:
        """Return a record; see ``ExpiredDays.read``."""
        content = self._files.read(_path(day))
        if content is None:
            return None
        try:
            return ExpiredDay.model_validate_json(unsealed(content))
        except ValidationError:
            return ExpiredDay(day=day)


def _path(day: str) -> str:
    return f"{FOLDER}/{day.replace('/', '-')}{SUFFIX}"


class MemoryExpiredDays:
    """Implements ``ExpiredDays`` in memory."""

    def __init__(self) -> None:
        self._records: dict[str, ExpiredDay] = {}

    def record(self, expired: ExpiredDay) -> None:
        """Store a record; see ``ExpiredDays.record``."""
        self._records[expired.day] = expired

    def reserve(self) -> None:
        """Do nothing: the memory has no disk; see ``ExpiredDays.reserve``."""

    def days(self) -> frozenset[str]:
        """Return the days; see ``ExpiredDays.days``."""
        return frozenset(self._records)

    def read(self, day: str) -> ExpiredDay | None:
        """Return a record; see ``ExpiredDays.read``."""
        return self._records.get(day)
