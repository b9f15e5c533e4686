"""Which of several requests a sandboxed process is answering: one byte in memory that it shares with its caller.

The byte outlives both processes if it belongs to a file. The sandboxed process may write anything into it: readers
accept only the index of a request that was made.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import Self

_NONE = 0


class CallProgress:
    """The index of the request that is being answered, or none."""

    def __init__(self, descriptor: int) -> None:
        """Share the first byte of an open file. Raises ``OSError`` if it is empty."""
        self._memory = mmap.mmap(descriptor, 1)
        self._descriptor = descriptor
        self._close_file = weakref.finalize(self, os.close, descriptor)

    @classmethod
    def create(cls, file: Path | None = None) -> Self:
        """Return a new one with its byte in a file; without one, or if there is no space for it, in a temporary file.

        Raises ``OSError``.
        """
        try:
            return cls._created(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)) if file else cls._unnamed()
        except OSError:
            return cls._unnamed()

    @property
    def descriptor(self) -> int:
        """The open file, for the other process."""
        return self._descriptor

    def begin(self, index: int) -> None:
        """Note the request that is answered from now on. Cost: no system call."""
        self._memory[0] = index + 1

    def end(self) -> None:
        """Note that no request is being answered."""
        self._memory[0] = _NONE

    def index(self, count: int) -> int | None:
        """Return the index of the request that is being answered, one of ``count``; else None."""
        return decode(self._memory[:1], count)

    def close_file(self) -> None:
        """Close the descriptor; the byte stays shared."""
        self._close_file()

    @classmethod
    def _created(cls, descriptor: int) -> Self:
        try:
            os.posix_fallocate(descriptor, 0, 1)  # without space, a write to the byte would end the process
            progress = cls(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        progress.end()
        return progress

    @classmethod
    def _unnamed(cls) -> Self:
        if hasattr(os, "memfd_create"):
            return cls._created(os.memfd_create("progress"))
        with tempfile.TemporaryFile() as file:
            return cls._created(os.dup(file.fileno()))


def decode(byte: bytes, count: int) -> int | None:
    """Return the index that the byte has, if it is one of ``count`` requests; else None."""
    value = byte[0] if byte else _NONE
    return value - 1 if 0 < value <= count else None
