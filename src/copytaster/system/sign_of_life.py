"""A part's sign of life on its own host: a file that it writes anew with every heartbeat, as long as it is healthy.

The health check of a container reads it in .06 s of CPU time. Without it, the check opens the store and asks the server
as any other program does, which takes .6 s, nine tenths of them imports.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

PREFIX = "copytaster-alive-"

LEFT_SECONDS = 3600.0
"""Age from which a sign is that of a killed process of a system that has gone."""

FRESH_SECONDS = 20.0
"""How long a sign is valid; as long as a heartbeat (``SILENCE`` in ``monitoring.status``)."""

SYSTEM = ("COPYTASTER_REDIS_URL", "COPYTASTER_DATA")
"""The environment variables that distinguish systems on one host. The check of a part has the part's environment."""


class SignOfLife:
    """The sign of one kind of part of one system; several processes of that kind on a host share it."""

    def __init__(self, part: str, environ: Mapping[str, str], *, folder: Path | None = None) -> None:
        system = hashlib.sha256("\0".join(environ.get(each, "") for each in SYSTEM).encode()).hexdigest()[:16]
        self._file = (folder or Path(tempfile.gettempdir())) / f"{PREFIX}{part}-{system}"

    def give(self) -> None:
        """Say that the part lives and is healthy. Where the file cannot be written, the check asks the server."""
        with suppress(OSError):
            # A new file that takes the place of the old one: a link that another user has put there is not followed.
            descriptor, name = tempfile.mkstemp(dir=self._file.parent, prefix=f"{self._file.name}.")
            os.close(descriptor)
            Path(name).replace(self._file)

    def remove_left_ones(self) -> None:
        """Remove the signs that killed processes have left behind long ago."""
        for each in self._file.parent.glob(f"{PREFIX}*"):
            with suppress(OSError):  # another user's, or removed meanwhile
                if time.time() - each.lstat().st_mtime > LEFT_SECONDS:
                    each.unlink()

    def withdraw(self) -> None:
        """Remove the sign: the part ends, or the server knows something that the check has to say."""
        with suppress(OSError):
            self._file.unlink()

    def is_given(self) -> bool:
        """Return whether a process of this user has given the sign within ``FRESH_SECONDS``."""
        try:
            found = self._file.lstat()
        except OSError:
            return False
        # A time in the future is that of a clock that was set back meanwhile.
        return found.st_uid == os.geteuid() and 0 <= time.time() - found.st_mtime <= FRESH_SECONDS
