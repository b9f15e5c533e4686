"""What is known about the writers of files: which have a file open, and which have renamed or closed it.

A file waits while a process has it open for writing. One that was renamed, or written and closed, may be taken before
the settle time has passed.
"""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

from copytaster.system.open_files import has_open_writer
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.changes import Kind
from copytaster_watcher.readiness.completeness.patience import Waits
from copytaster_watcher.readiness.completeness.verdict import Ending


class Writers:
    """Checks whether files of the inbox have open writers, where the kernel reports that (see ``has_open_writer``).

    An unchanged file waits for ``waits.incomplete`` at most: some programs never close what they have written.
    """

    def __init__(self, inbox: Path, waits: Waits, arrivals: Arrivals) -> None:
        self._inbox = inbox
        self._waits = waits
        self._arrivals = arrivals

    def awaited(self, path: str, quiet: timedelta) -> str | None:
        """Return what the file at ``path``, unchanged for ``quiet``, waits for; None if it may be claimed."""
        if quiet < self._waits.incomplete and has_open_writer(f"{self._inbox}/{path}"):
            return "the end of writing, since a process has it open"
        return None

    def is_early(self, quiet: timedelta) -> bool:
        """Return whether a file that has not changed for ``quiet`` is judged before the settle time."""
        return quiet < self._waits.settle

    def may_be_taken(self, path: str, ending: Ending | None) -> bool:
        """Return whether the file at ``path`` with this ending is taken now; other files wait for the settle time.

        A renamed file is taken unless a process is known to have it open for writing; without a proven end, only if
        the kernel says that none has. A closed file is taken only with both: a proven end, and no such process. A file
        with several names may be written under another one, of which there are no events.
        """
        arrival, file = self._arrivals.of(path), f"{self._inbox}/{path}"
        if arrival is None or not _is_plain(file):
            return False
        is_open = has_open_writer(file)
        match arrival.kind:
            case Kind.MOVED_IN:
                return (ending is Ending.PROVEN and not is_open) or (ending is Ending.LIKELY and is_open is False)
            case Kind.CLOSED:
                return ending is Ending.PROVEN and is_open is False
            case _:
                return False

    def give_settle_time(self, path: str) -> None:
        """Judge a file again only after the settle time."""
        self._arrivals.forget(path)


def _is_plain(file: str) -> bool:
    """Return whether this is a readable regular file with one name. Permissions may follow after a rename."""
    try:
        status = os.lstat(file)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and os.access(file, os.R_OK)
