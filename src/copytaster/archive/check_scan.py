"""What a check of the archive needs of the journal: the originals that must exist, and the lines of each day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from copytaster.archive.expired_days import ExpiredDay, ExpiredDays
from copytaster.archive.journal import BadLine, Journal, JournalEntry
from copytaster.archive.originals import PREFIXES

LEAST_COST = 64 * 1024
"""Bytes that a file counts for at least: on a hard disk, finding a file takes as long as reading this much."""

Named = Mapping[str, str]
"""The originals that the journal names, by sha256, each with a description of its file.

The description is empty if the retention may have removed the original.
"""


@dataclass(slots=True)
class Scan:
    """What one reading of the journal has found; ``named`` has the originals of ``PREFIXES[first:end]``.

    ``expired`` are the days whose originals the retention has removed, ``deleted`` the originals that persons have
    deleted, with the time.
    """

    first: int
    began_at: datetime
    most_names: int
    expired: frozenset[str]
    deleted: Mapping[str, datetime]
    end: int = len(PREFIXES)
    named: dict[str, dict[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)
    names: int = 0

    def add(self, entry: JournalEntry, must_exist: Callable[[str], bool]) -> None:
        """Note the originals of an entry; if there are too many, leave the last parts to another scan.

        ``must_exist`` says which originals neither the retention nor a person has removed.
        """
        about = f" ({entry.path}, delivery {entry.id})"
        for sha256, what in (
            (entry.sha256, about),
            (entry.sidecar, f" (sidecar of {entry.path}, delivery {entry.id})"),
        ):
            if sha256 and PREFIXES[self.first] <= sha256[:2] <= PREFIXES[self.end - 1]:
                of_prefix = self.named.setdefault(sha256[:2], {})
                self.names += sha256 not in of_prefix
                if must_exist(sha256):
                    of_prefix[sha256] = what
                else:
                    of_prefix.setdefault(sha256, "")
        while self.names > self.most_names and self.end > self.first + 1:
            self.end -= 1
            self.names -= len(self.named.pop(PREFIXES[self.end], {}))


def read_journal(journal: Journal, expired: ExpiredDays, scan: Scan, *, spend: Callable[[int], object]) -> None:
    """Add all days of the journal to ``scan``; ``spend`` receives the bytes of each.

    Raises ``TransientError`` if the archive is unavailable, and what ``spend`` raises.
    """
    for day in journal.days():
        read, record = journal.read(day), expired.read(day) if day in scan.expired else None
        for entry in read.entries:
            scan.add(entry, partial(_must_exist, entry=entry, expired=record, deleted=scan.deleted))
        scan.bad += read.bad
        scan.counts[day] = len(read.entries) + sum(not each.missing for each in read.bad)
        spend(max(read.size, LEAST_COST))


def _must_exist(
    sha256: str, *, entry: JournalEntry, expired: ExpiredDay | None, deleted: Mapping[str, datetime]
) -> bool:
    """Return whether an entry needs the original: neither the retention nor a person has removed it since."""
    deleted_at = deleted.get(sha256)
    is_deleted = deleted_at is not None and entry.received_at <= deleted_at
    return not is_deleted and (expired is None or sha256 in expired.kept)
