"""A file waits while a process has it open for writing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from copytaster.system.open_files import has_open_writer


class OpenWriters:
    """Checks whether files of the inbox have open writers, where the kernel reports that (see ``has_open_writer``).

    ``longest`` is how long an unchanged file waits: some programs never close what they have written.
    """

    def __init__(self, inbox: Path, longest: timedelta) -> None:
        self._inbox = inbox
        self._longest = longest

    def awaited(self, path: str, quiet: timedelta) -> str | None:
        """Return what the file at ``path``, unchanged for ``quiet``, waits for; None if it may be claimed."""
        if quiet < self._longest and has_open_writer(self._inbox / path):
            return "the end of writing, since a process has it open"
        return None
