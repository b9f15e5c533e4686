"""Files of lines in the archive's folder, a new one for each process and day; lines are written durably."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from copytaster.archive.checksums import seal
from copytaster.archive.durable_files import create_folder, sync

DAY = "%Y/%m/%d"
"""Folders by day, so that earlier days need not be read."""

LINES = ".jsonl"
"""The suffix of files of lines."""


class DailyLines:
    """This process's file of lines, a new one each day; ``append`` writes durably, with one sync."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._day: _Day | None = None

    def append(self, lines: Sequence[bytes], day: str) -> None:
        """Append lines with their numbers and checksums to the file of the day. Raises ``OSError``."""
        folder = self._root / day
        with self._lock:
            # Checked each time: lines appended to a deleted file would be lost.
            if self._day is None or self._day.file.parent != folder or not self._day.file.exists():
                self._day = _Day(_created(folder))
            self._day.append(lines)


class _Day:
    """The file of one day."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._written = 0

    def append(self, lines: Sequence[bytes]) -> None:
        """Append lines durably; one call at a time."""
        numbered = enumerate(lines, self._written + 1)
        # The line break precedes the line: if a full disk truncates a line, the next one is still on a line of its own.
        content = b"".join(b"\n" + seal(line, number=number) for number, line in numbered)
        with self.file.open("ab", buffering=0) as file:
            if file.write(content) != len(content):
                raise OSError("only a part of the lines was written")
            os.fsync(file.fileno())
        self._written += len(lines)


def _created(folder: Path) -> Path:
    """Create a file in ``folder`` durably, with its folders, and return it."""
    create_folder(folder)
    file = folder / f"{secrets.token_hex(8)}{LINES}"
    file.touch(exist_ok=False)
    sync(folder)
    return file


def split_lines(content: bytes) -> list[bytes]:
    """Return the lines of a file; zero bytes behind a line are a line of their own.

    After a power cut a filesystem may return zeros in place of the last append, also of its line break. The line before
    them was written durably.
    """
    split = list[bytes]()
    for line in content.split(b"\n"):
        text = line.rstrip(b"\0")
        split += [text, line[len(text) :]] if text and len(text) < len(line) else [line]
    return split


def day_of(moment: datetime) -> str:
    """Return the day of a time in UTC, as ``2026/11/23``."""
    return f"{moment.astimezone(UTC):{DAY}}"


def is_day(name: str) -> bool:
    """Return whether ``day_of`` can have returned this."""
    try:
        return day_of(datetime.strptime(name, DAY).replace(tzinfo=UTC)) == name
    except ValueError:
        return False
