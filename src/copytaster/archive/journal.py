"""The journal of deliveries, stored beside the originals: the ledger is rebuilt from it if the server loses its data.

Each delivery is a line of JSON, written before the ledger has its record and before its file leaves the claim. The
lines of a day are in files below ``journal/2026/11/23/`` in the archive. In a local folder each process appends to its
own file, because creating a file for each delivery costs four times as much; in a bucket each delivery has a file.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import fsspec
import structlog
from pydantic import AwareDatetime, ValidationError

from copytaster.archive.durable_files import replace_durably, sync
from copytaster.errors import TransientError
from copytaster.model.article import Document
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.file_state import FileState
from copytaster.model.metadata import FolderDefaults, Metadata
from copytaster.remedies import explain_os_error

log = structlog.get_logger(__name__)

FOLDER = "journal"

MARK = "store.json"
"""The file in ``FOLDER`` with the ``StoreMark``."""

DAY = "%Y/%m/%d"
"""Folders by day of receipt, so that earlier days need not be read."""

READERS = 64
"""Concurrent reads: a bucket needs tens of milliseconds a file, so 60,000 are read in the lease of a recovery."""


class JournalEntry(Document):
    """A delivery as it was registered; ``refusal`` is the outcome of one that was refused at intake.

    ``file`` is the state of a file that stays in the inbox, so that it is not taken a second time.
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

    def delivery(self) -> Delivery:
        """Return the record for the registration in the ledger."""
        return Delivery.model_validate(self.model_dump(exclude={"refusal", "file"}))


def journal_entry(delivery: Delivery, refusal: Outcome | None, *, file: FileState | None = None) -> JournalEntry:
    """Return the entry for a delivery that is about to be registered."""
    known = delivery.model_dump(include=set(JournalEntry.model_fields))
    return JournalEntry.model_validate(known | {"refusal": refusal, "file": file})


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

    def entries(self, *, since: datetime | None) -> Iterator[JournalEntry]:
        """Yield the entries received at ``since`` or later (all if None), in the order of receipt.

        A delivery that was taken in again on another day is yielded for each day. An entry that was truncated by a
        crash is omitted: its file is still in its claim, and is journalled again. Cost: reading all days from
        ``since`` on.
        """
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
        self._filesystem, root = fsspec.core.url_to_fs(address)
        self._root = f"{root}/{FOLDER}"
        self._lines = _Lines(Path(self._root)) if "file" in self._filesystem.protocol else None

    def append(self, entry: JournalEntry) -> None:
        """Write an entry; see ``Journal.append``."""
        line, day = entry.model_dump_json(exclude_none=True).encode(), f"{entry.received_at.astimezone(UTC):{DAY}}"
        try:
            if self._lines:
                self._lines.append(line, day)
            else:
                self._filesystem.pipe_file(f"{self._root}/{day}/{entry.id}.jsonl", line)
        except OSError as error:
            raise self._failure("write to", error) from error

    def entries(self, *, since: datetime | None) -> Iterator[JournalEntry]:
        """Yield entries in the order of receipt; see ``Journal.entries``."""
        first = since or datetime.min.replace(tzinfo=UTC)
        for day in self._days(f"{first.astimezone(UTC):{DAY}}" if since else ""):
            with ThreadPoolExecutor(READERS) as readers:
                entries = [entry for file in readers.map(self._read, self._list(day)) for entry in file]
            last = {each.id: each for each in sorted(entries, key=lambda each: each.received_at)}
            ordered = sorted(last.values(), key=lambda each: (each.received_at, each.id))
            yield from (each for each in ordered if each.received_at >= first)

    def mark(self) -> StoreMark | None:
        """Return the marked store; see ``Journal.mark``."""
        try:
            return StoreMark(**json.loads(self._filesystem.cat_file(f"{self._root}/{MARK}")))
        except (FileNotFoundError, ValueError, TypeError):  # no mark, or an unreadable one: the store is compared again
            return None
        except OSError as error:
            raise self._failure("read", error) from error

    def set_mark(self, mark: StoreMark) -> None:
        """Mark a store; see ``Journal.set_mark``."""
        content, path = json.dumps(asdict(mark)).encode(), f"{self._root}/{MARK}"
        try:
            if self._lines:
                replace_durably(Path(path), content)
            else:
                self._filesystem.pipe_file(path, content)
        except OSError as error:
            raise self._failure("write to", error) from error

    def _days(self, first: str) -> Iterator[str]:
        """Yield the folders of days from ``first`` on, oldest first."""
        for year in (each for each in self._list(self._root) if not each.endswith(f"/{MARK}")):
            for month in self._list(year):
                yield from (day for day in self._list(month) if day[len(self._root) + 1 :] >= first)

    def _list(self, folder: str) -> list[str]:
        try:
            return sorted(self._filesystem.ls(folder, detail=False, refresh=True))
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise self._failure("list", error) from error

    def _read(self, file: str) -> list[JournalEntry]:
        try:
            lines = self._filesystem.cat_file(file).splitlines()
        except OSError as error:
            raise self._failure("read", error) from error
        parsed = [_parse(line) for line in lines if line]
        if None in parsed:
            log.warning("journal.unreadable", file=file, lines=parsed.count(None))
        return [each for each in parsed if each]

    def _failure(self, doing: str, error: OSError) -> TransientError:
        return TransientError(f"cannot {doing} the journal {self._root}: {explain_os_error(error, self._root)}")


class _Lines:
    """This process's journal file, a new one each day; ``append`` writes durably."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._day: _Day | None = None

    def append(self, line: bytes, day: str) -> None:
        folder = self._root / day
        with self._lock:
            # Checked each time: lines appended to a deleted file would be lost.
            if self._day is None or self._day.file.parent != folder or not self._day.file.exists():
                self._day = _Day(_created(folder, levels=day.count("/") + 1))
            current, number = self._day, self._day.write(line)
        current.sync(number)


class _Day:
    """The journal file of one day; lines that are written at the same time are synced to the disk together."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._written = 0
        self._synced = 0

    def write(self, line: bytes) -> int:
        """Append a line and return its number; one call at a time."""
        # The line break precedes the line: if a full disk truncates a line, the next one is still on a line of its own.
        content = b"\n" + line
        with self.file.open("ab", buffering=0) as file:
            if file.write(content) != len(content):
                raise OSError("only a part of the line was written")
        self._written += 1
        return self._written

    def sync(self, number: int) -> None:
        """Return when the line with this number is on the disk."""
        with self._lock:
            if self._synced < number:
                written = self._written
                sync(self.file)
                self._synced = written


def _created(folder: Path, *, levels: int) -> Path:
    """Create a file in ``folder`` durably, with its folders, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{secrets.token_hex(8)}.jsonl"
    file.touch(exist_ok=False)
    for each in (folder, *folder.parents[: levels + 1]):
        sync(each)
    return file


def _parse(line: bytes) -> JournalEntry | None:
    try:
        return JournalEntry.model_validate_json(line)
    except ValidationError:
        return None


class MemoryJournal:
    """Implements ``Journal`` in memory."""

    def __init__(self) -> None:
        self._entries: dict[DeliveryId, JournalEntry] = {}
        self._mark: StoreMark | None = None

    def append(self, entry: JournalEntry) -> None:
        """Store an entry; see ``Journal.append``."""
        self._entries[entry.id] = entry

    def entries(self, *, since: datetime | None) -> Iterator[JournalEntry]:
        """Yield entries in the order of receipt; see ``Journal.entries``."""
        ordered = sorted(self._entries.values(), key=lambda each: (each.received_at, each.id))
        return (each for each in ordered if since is None or each.received_at >= since)

    def mark(self) -> StoreMark | None:
        """Return the marked store; see ``Journal.mark``."""
        return self._mark

    def set_mark(self, mark: StoreMark) -> None:
        """Mark a store; see ``Journal.set_mark``."""
        self._mark = mark
