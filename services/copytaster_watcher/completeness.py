"""Whether a quiet file is whole, judged by what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from copytaster_watcher.scan import Found


class Completeness(Protocol):
    """Judges one file."""

    def missing(self, path: str, found: Found, quiet: timedelta) -> str | None:
        """Return what is missing from a file that has been quiet for so long, None when it is whole."""
        ...


@dataclass(frozen=True, slots=True)
class PatienceWithEmptyFiles:
    """Waits longer for files without content: many writers create the file first and write later."""

    patience: timedelta

    def missing(self, path: str, found: Found, quiet: timedelta) -> str | None:
        """Return that the content is missing while there is hope; see ``Completeness.missing``."""
        del path
        return "its content" if found.size == 0 and quiet < self.patience else None
