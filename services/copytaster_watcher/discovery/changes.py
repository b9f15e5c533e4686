"""The port to the filesystem's events, and its implementation in memory."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Protocol


class Kind(Enum):
    """What has happened to a file."""

    CREATED = auto()
    """It has a new name: a writer has created it, or a link to it."""
    CLOSED = auto()
    """A process that had it open for writing has closed it."""
    MOVED_IN = auto()
    """It was renamed to this name, also in place of another file."""
    TOUCHED = auto()
    """Its owner, permissions, times or number of links have changed."""
    GONE = auto()
    """It was renamed or removed, and its name is free."""
    FOLDER = auto()
    """A folder has a new name; events of the files in it may have been missed."""
    LOST = auto()
    """Events were lost, because their queue was full."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event; ``path`` is the absolute path, and the inbox itself for ``LOST``."""

    kind: Kind
    path: str


class Changes(Protocol):
    """The changes of a folder and its sub-folders, in their order; the content of hidden folders is left out."""

    def read(self) -> list[Change]:
        """Return the next changes, as soon as there are any; none after ``stop``.

        Raises ``OSError`` if there are no further events: ``FileNotFoundError`` if the folder was removed.
        """
        ...

    def stop(self) -> None:
        """End a ``read`` in another thread, and all later ones."""
        ...

    def close(self) -> None:
        """Release what is used; called by the thread that reads."""
        ...


OpenChanges = Callable[[Path], Changes]
"""Begins to collect the changes of a folder. Raises ``OSError`` if there are no events for it."""


class MemoryChanges:
    """Changes that a test makes, with the events that Linux reports for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queue = queue.Queue[Change | OSError | None]()

    def read(self) -> list[Change]:
        """Return the next change; see ``Changes.read``."""
        change = self._queue.get()
        if isinstance(change, OSError):
            raise change
        if change is None:
            self._queue.put(None)
        return [change] if change else []

    def stop(self) -> None:
        """End ``read``; see ``Changes.stop``."""
        self._queue.put(None)

    def close(self) -> None:
        """Release nothing."""

    def write(self, path: str) -> None:
        """Create a file, write it and close it."""
        self._add(Kind.CREATED, path)
        self._add(Kind.CLOSED, path)

    def append(self, path: str) -> None:
        """Open an existing file, write to it and close it."""
        self._add(Kind.CLOSED, path)

    def move_in(self, path: str) -> None:
        """Rename a file from another filesystem folder to this path."""
        self._add(Kind.MOVED_IN, path)

    def link(self, path: str) -> None:
        """Create a hard link at this path."""
        self._add(Kind.CREATED, path)

    def touch(self, path: str) -> None:
        """Change the permissions of a file."""
        self._add(Kind.TOUCHED, path)

    def remove(self, path: str) -> None:
        """Remove a file, or rename it to another folder."""
        self._add(Kind.GONE, path)

    def create_folder(self, path: str) -> None:
        """Create a folder."""
        self._add(Kind.FOLDER, path)

    def lose(self) -> None:
        """Fill the queue of the events, so that some are lost."""
        self._queue.put(Change(Kind.LOST, str(self._folder)))

    def fail(self, error: OSError) -> None:
        """End the events by an error."""
        self._queue.put(error)

    def _add(self, kind: Kind, path: str) -> None:
        self._queue.put(Change(kind, str(self._folder / path)))
