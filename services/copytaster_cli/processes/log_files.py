"""The log files of a tree: one for each process, of limited size."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MAX_BYTES = 5_000_000
"""Size at which a log file is rotated: some 30,000 lines. With one earlier file each, five processes need 50 MB."""

PERMISSIONS = 0o600
"""Only the user can read the logs: they name the files and sources of a newsroom."""

ERROR = re.compile(rb"\[(?:error|critical) *\]")
"""The level in a line of the console format."""

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class LogFiles:
    """Creates the log files of one run. The files of the previous run keep the suffix ``.1``.

    A file with more than ``most_bytes`` is rotated. A file that was removed, or that cannot be read or copied at
    present, because the disk is full for example, is left as it is: the processes run all the same.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MAX_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._read_to: dict[Path, int] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def create(self, name: str) -> Path:
        """Create the empty log file of a process and return its path. Raises ``OSError``."""
        file = self.folder / f"{name}.log"
        if file.exists():
            file.replace(_earlier(file))
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, PERMISSIONS))
        self._read_to[file] = 0
        return file

    def new_errors(self) -> Iterator[tuple[Path, str]]:
        """Yield the lines of level error that were written since the last call, with their file."""
        for file, start in self._read_to.items():
            lines = list[bytes]()
            with suppress(OSError), file.open("rb") as opened:
                opened.seek(start if start <= file.stat().st_size else 0)  # another program has emptied it
                *lines, rest = opened.read(2 * MAX_BYTES).split(b"\n")
                self._read_to[file] = opened.tell() - len(rest)
            yield from ((file, COLOURS.sub("", line.decode(errors="replace"))) for line in lines if ERROR.search(line))

    def rotate(self) -> None:
        """Move the content of large files to ``.1``. Processes have the files open, so that they are truncated."""
        for file in self._read_to:
            with suppress(OSError):
                self._rotate(file)

    def _rotate(self, file: Path) -> None:
        if file.stat().st_size > self._most_bytes:
            shutil.copyfile(file, _earlier(file))
            _earlier(file).chmod(PERMISSIONS)
            os.truncate(file, 0)
            self._read_to[file] = 0


def _earlier(file: Path) -> Path:
    return file.with_name(f"{file.name}.1")
