"""Space of the archive's disk that is reserved for a small file, so that it can be written when the disk is full."""

from __future__ import annotations

import secrets
from contextlib import suppress

from copytaster.archive.stored_files import StoredFiles
from copytaster.errors import TransientError
from copytaster.system.disk import FULL

RESERVED_BYTES = 1024 * 1024
"""Enough for a record with the hashes of 15,000 originals, and for the folder that it is in."""


class ReservedSpace:
    """A file without meaning, which is removed when its space is needed. A bucket needs none."""

    def __init__(self, files: StoredFiles, path: str) -> None:
        self._files = files
        self._path = path

    def reserve(self) -> None:
        """Reserve the space, unless it is; if that fails, nothing is reserved. Its bytes cannot be compressed."""
        with suppress(TransientError):
            if self._files.is_local and not self._files.exists(self._path):
                self._files.write(self._path, secrets.token_bytes(RESERVED_BYTES))

    def write(self, path: str, content: bytes) -> None:
        """Write a file durably, in the reserved space if the disk is full. Raises ``TransientError`` as others do."""
        try:
            self._files.write(path, content)
        except TransientError as error:
            if not _is_full(error) or not self._files.exists(self._path):
                raise
            self._files.remove(self._path)
            self._files.write(path, content)


def _is_full(error: TransientError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in FULL
