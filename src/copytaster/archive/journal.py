"""The journal of deliveries, stored beside the originals: the ledger is rebuilt from it if the server loses its data.

Each delivery is a line of JSON, written before the ledger has its record and before its file leaves the claim. The
lines of a day are in files below ``journal/2026/11/23/`` in the archive. In a local folder each process appends to its
own file, because creating a file for each delivery costs four times as much; in a bucket each delivery has a file.

A line has its number and a checksum behind it. A changed line is not used, and is recorded as damage unless its
delivery was journalled again: a crash or a full disk may truncate a line, and the file is then still in its claim.
A gap in the numbers of a file is damage as well.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import structlog
from pydantic import AwareDatetime, ValidationError

from copytaster.archive.checksums import is_proved, seal, unseal
from copytaster.archive.daily_lines import LINES, day_of, split_lines
from copytaster.archive.damage import Damage, DamageKind, Damages, FilesystemDamages, record_quietly
from copytaster.archive.day_folders import DayFolders
from copytaster.archive.parallel_writes import ParallelWrites
from copytaster.archive.stored_files import StoredFiles
from copytaster.clock import SystemClock
from copytaster.model.article import Document
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.file_state import FileState
from copytaster.model.metadata import FolderDefaults, Metadata

log = structlog.get_logger(__name__)

FOLDER = "journal"

MARK = "store.json"
"""The file in ``FOLDER`` with the ``StoreMark``."""

READERS = 64
"""Concurrent reads: a bucket needs tens of milliseconds a file, so 60,000 are read in the lease of a recovery."""

BEING_WRITTEN = timedelta(minutes=10)
"""The last line of a file that was changed this recently may still be written, or be journalled again after a crash."""

MISSING = " missing"
"""What follows the number of lines in the record of a gap."""

ID = re.compile(rb'"id":"(d[0-9a-f]{22})"')
HASH = re.compile(rb'"sha256":"([0-9a-f]{64})"')


class JournalEntry(Document):
    """A delivery as it was registered; ``refusal`` is the outcome of one that was refused at intake.

    ``file`` is the state of a file that stays in the inbox, so that it is not taken a second time. ``dismissed_by`` is
    the person who decided that the delivery, which had failed, is not to be processed again.
    """

    id: DeliveryId
    path: str
    name: str
    source: str | None = None
    size: int
    sha256: str | None = None
    received_at: AwareDatetime
    retry_of: DeliveryId | None = None
    continues: DeliveryId | None = None
    sidecar: str | None = None
    metadata: Metadata | None = None
    folder_defaults: FolderDefaults | None = None
    refusal: Outcome | None = None
    file: FileState | None = None
    dismissed_by: str | None = None

    @property
    def originals(self) -> tuple[str, ...]:
        """The sha256 of its file and of its sidecar, as far as they were archived."""
        return tuple(each for each in (self.sha256, self.sidecar) if each)

    def delivery(self) -> Delivery:
        """Return the record for the registration in the ledger."""
        return Delivery.model_validate(self.model_dump(exclude={"refusal", "file", "dismissed_by"}))


def journal_entry(delivery: Delivery, refusal: Outcome | None, *, file: FileState | None = None) -> JournalEntry:
    """Return the entry for a delivery that is about to be registered."""
    known = delivery.model_dump(include=set(JournalEntry.model_fields))
    return JournalEntry.model_validate(known | {"refusal": refusal, "file": file})


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the journal that cannot be used: its file and number, its bytes, and whether it ends a recent file.

    ``missing`` is the number of lines that are missing before this one, which can be used itself; 0 for a bad line.
    """

    file: str
    number: int
    content: bytes
    maybe_unfinished: bool = False
    missing: int = 0

    @property
    def delivery_id(self) -> str | None:
        """The id of its delivery, if it can still be read."""
        found = ID.search(self.content)
        return found.group(1).decode() if found else None

    @property
    def sha256(self) -> str | None:
        """The hash of its original, if it can still be read."""
        found = HASH.search(self.content)
        return found.group(1).decode() if found else None

    @property
    def place(self) -> str:
        """The place in the record of this damage."""
        return f"{self.file}:{self.number}"

    @property
    def is_newer(self) -> bool:
        """Whether a newer release wrote the line: it has not changed, and this release does not know all of it."""
        return is_proved(self.content)

    def damage(self, at: datetime) -> Damage:
        """Return the record of this damage."""
        delivery = f" about the delivery {self.delivery_id}" if self.delivery_id else ""
        line = f"line {self.number} of {self.file}"
        remedy = "restore the file from a backup, or run `copytaster archive check --take-in`"
        if self.missing:
            message = f"{self.missing} lines before {line} are missing; {remedy}"
        elif self.is_newer:
            message = (
                f"{line}{delivery} cannot be used by this release: a newer one wrote it, which has to be installed"
            )
        else:
            message = f"{line}{delivery} has changed and cannot be used; {remedy}"
        return Damage(
            kind=DamageKind.JOURNAL_LINE,
            place=self.place,
            found=f"{self.missing}{MISSING}" if self.missing else sha256(self.content).hexdigest(),
            message=message,
            found_at=at,
            delivery_id=self.delivery_id,
            sha256=self.sha256,
        )


def lost_entries(line: Damage) -> int:
    """Return how many entries of the journal a damaged line, or the gap before a line, stands for."""
    return int(line.found.removesuffix(MISSING)) if line.found.endswith(MISSING) else 1


@dataclass(frozen=True, slots=True)
class JournalDay:
    """A day of the journal: its entries in the order of receipt, its damaged lines, and its size in bytes."""

    day: str
    entries: Sequence[JournalEntry]
    bad: Sequence[BadLine] = ()
    size: int = 0


@dataclass(frozen=True, slots=True)
class StoreMark:
    """The store that contained every entry at the last comparison: its epoch and the run of the server."""

    epoch: str
    run: str


class Journal(Protocol):
    """Stores deliveries outside the server. Every method raises ``TransientError`` if the archive is unavailable."""

    def append(self, entry: JournalEntry) -> None:
        """Write an entry durably. Of several entries about one delivery, the last one counts."""
        ...

    def append_many(self, entries: Sequence[JournalEntry]) -> None:
        """Write several entries durably; in a local folder they are synced to the disk together."""
        ...

    def entries(self, *, since: datetime | None) -> Iterator[JournalEntry]:
        """Yield the entries received at ``since`` or later (all if None), in the order of receipt.

        A delivery that was taken in again on another day is yielded for each day. A damaged line is omitted and
        recorded as damage. Cost: reading all days from ``since`` on.
        """
        ...

    def days(self) -> list[str]:
        """Return the days with entries, as ``2026/11/23``, oldest first."""
        ...

    def read(self, day: str) -> JournalDay:
        """Return a day. Of several entries about one delivery, only the last one is returned.

        A damaged line is left out if its delivery has another entry on this day.
        """
        ...

    def remove(self, day: str) -> None:
        """Remove all entries of a day."""
        ...

    def mark(self) -> StoreMark | None:
        """Return the store that was last marked as complete; None if there is none."""
        ...

    def set_mark(self, mark: StoreMark) -> None:
        """Mark a store as complete; atomically."""
        ...


class FilesystemJournal:
    """Implements ``Journal`` with files in the archive's folder or bucket, accessed through fsspec."""

    def __init__(self, address: str) -> None:
        self._days = DayFolders(address, FOLDER)
        self._writes = ParallelWrites()
        self._files = StoredFiles(address)
        self._damages: Damages = FilesystemDamages(address)

    def append(self, entry: JournalEntry) -> None:
        """Write an entry; see ``Journal.append``."""
        self.append_many([entry])

    def append_many(self, entries: Sequence[JournalEntry]) -> None:
        """Write several entries; see ``Journal.append_many``."""
        try:
            self._days.archive_mark.require()
            if self._days.lines:
                for day, lines in _lines_by_day(entries).items():
                    self._days.lines.append(lines, day)
            else:
                self._writes.run(self._put, entries)
        except OSError as error:
            raise self._days.failure("write to", error) from error

    def entries(self, *, since: datetime | None) -> Iterator[JournalEntry]:
        """Yield entries in the order of receipt; see ``Journal.entries``."""
        first = since or datetime.min.replace(tzinfo=UTC)
        from_day = day_of(since) if since else ""
        for day in self.days():
            if day >= from_day:
                read = self.read(day)
                for each in read.bad:
                    record_quietly(self._damages, each.damage(SystemClock().now()))
                yield from (each for each in read.entries if each.received_at >= first)

    def days(self) -> list[str]:
        """Return the days; see ``Journal.days``."""
        return self._days.days()

    def read(self, day: str) -> JournalDay:
        """Return a day; see ``Journal.read``."""
        with ThreadPoolExecutor(READERS) as readers:
            files = list(readers.map(self._read, self._days.files(day)))
        entries = _last_of_each(entry for file in files for entry in file.entries)
        known = {each.id for each in entries}
        bad = [each for file in files for each in file.bad if each.delivery_id not in known]
        size = sum(file.size for file in files)
        return JournalDay(day, entries, [each for each in bad if not each.maybe_unfinished], size)

    def remove(self, day: str) -> None:
        """Remove a day; see ``Journal.remove``. Its month and year stay as empty folders."""
        self._days.remove(day)

    def mark(self) -> StoreMark | None:
        """Return the marked store; see ``Journal.mark``."""
        content = self._files.read(f"{FOLDER}/{MARK}")
        try:
            return StoreMark(**json.loads(content)) if content is not None else None
        except (ValueError, TypeError):  # unreadable: the store is compared again
            return None

    def set_mark(self, mark: StoreMark) -> None:
        """Mark a store; see ``Journal.set_mark``."""
        self._files.write(f"{FOLDER}/{MARK}", json.dumps(asdict(mark)).encode())

    def _put(self, entry: JournalEntry) -> None:
        """Write an entry to a bucket."""
        # A dismissal does not say everything that the entry says which was written at intake.
        name = f"{entry.id}.dismissed" if entry.dismissed_by else entry.id
        path = f"{self._days.root}/{day_of(entry.received_at)}/{name}{LINES}"
        self._days.filesystem.pipe_file(path, seal(_line(entry)))

    def _read(self, file: str) -> JournalDay:
        try:
            content = self._days.filesystem.cat_file(file)
            lines = split_lines(content)
            recent = bool(lines[-1]) and _parse(lines[-1]) is None and self._is_recent(file)
        except FileNotFoundError:  # the retention has removed it since it was listed
            return JournalDay("", ())
        except OSError as error:
            raise self._days.failure("read", error) from error
        name = f"{FOLDER}/{file[len(self._days.root) + 1 :]}"
        entries, bad = _parse_all(name, lines, unfinished=recent)
        if bad:
            log.warning("journal.unreadable", file=name, lines=len(bad))
        return JournalDay("", entries, bad, len(content))

    def _is_recent(self, file: str) -> bool:
        """Return whether a file was changed a short time ago. A file in a bucket is written as a whole."""
        if not self._days.lines:
            return False
        changed = datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
        return abs(SystemClock().now() - changed) < BEING_WRITTEN


def _lines_by_day(entries: Iterable[JournalEntry]) -> dict[str, list[bytes]]:
    by_day = defaultdict[str, list[bytes]](list)
    for each in entries:
        by_day[day_of(each.received_at)].append(_line(each))
    return by_day


def _line(entry: JournalEntry) -> bytes:
    return entry.model_dump_json(exclude_none=True).encode()


def _parse_all(file: str, lines: Sequence[bytes], *, unfinished: bool) -> tuple[list[JournalEntry], list[BadLine]]:
    """Return the entries of a file, its bad lines, and its gaps. A bad line is expected to have had a number."""
    entries, bad, last = list[JournalEntry](), list[BadLine](), 0
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        parsed = _parse(line)
        if parsed is None:
            bad.append(BadLine(file, number, line, unfinished and number == len(lines)))
            last += 1
            continue
        entry, own = parsed
        if own is not None and own > last + 1:
            bad.append(BadLine(file, number, b"", missing=own - last - 1))
        last = last + 1 if own is None else own
        entries.append(entry)
    return entries, bad


def _parse(line: bytes) -> tuple[JournalEntry, int | None] | None:
    """Return the entry and its number; None if the line has changed."""
    sealed = unseal(line)
    try:
        return (JournalEntry.model_validate_json(sealed.content), sealed.number) if sealed else None
    except ValidationError:
        return None


def _last_of_each(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Return the last entry about each delivery, in the order of receipt, with the state of its file in the inbox.

    Entries of several processes are in no order. A dismissed delivery has failed before, so that entry is the last one,
    also if the delivery was journalled twice, and the ledger has the earlier time of receipt. It does not say that the
    file is still in the inbox.
    """
    last = dict[DeliveryId, JournalEntry]()
    for each in sorted(entries, key=lambda each: (each.dismissed_by is not None, each.received_at)):
        file = each.file or (last[each.id].file if each.id in last else None)
        last[each.id] = each if file is each.file else each.model_copy(update={"file": file})
    return sorted(last.values(), key=lambda each: (each.received_at, each.id))


class MemoryJournal:
    """Implements ``Journal`` in memory."""

    def __init__(self) -> None:
        self._entries: dict[DeliveryId, JournalEntry] = {}
        self._mark: StoreMark | None = None

    def append(self, entry: JournalEntry) -> None:
        """Store an entry; see ``Journal.append``."""
        known = self._entries.get(entry.id, entry)
        self._entries[entry.id] = _last_of_each([known, entry])[0]

    def append_many(self, entries: Sequence[JournalEntry]) -> None:
        """Store several entries; see ``Journal.append_many``."""
        for each in entries:
            self.append(each)

    def entries(self, *, since: datetime | None) -> Iterator[JournalEntry]:
        """Yield entries in the order of receipt; see ``Journal.entries``."""
        return (each for each in _last_of_each(self._entries.values()) if since is None or each.received_at >= since)

    def days(self) -> list[str]:
        """Return the days; see ``Journal.days``."""
        return sorted({day_of(each.received_at) for each in self._entries.values()})

    def read(self, day: str) -> JournalDay:
        """Return a day; see ``Journal.read``."""
        return JournalDay(
            day, _last_of_each(each for each in self._entries.values() if day_of(each.received_at) == day)
        )

    def remove(self, day: str) -> None:
        """Remove a day; see ``Journal.remove``."""
        self._entries = {name: each for name, each in self._entries.items() if day_of(each.received_at) != day}

    def mark(self) -> StoreMark | None:
        """Return the marked store; see ``Journal.mark``."""
        return self._mark

    def set_mark(self, mark: StoreMark) -> None:
        """Mark a store; see ``Journal.set_mark``."""
        self._mark = mark
