"""An open file for the completeness check: its head and tail, and the whole content for formats that need it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from copytaster.model.file_state import FileState, state_of

EDGE = 65_536
"""Bytes of head and of tail: most articles are smaller, so that one read is enough; a zip's end record fits in it."""

PIECE = 16_384
"""Bytes that are read, or unpacked, at a time: the time that a verdict may take is checked after each piece."""

UNLIMITED = float("inf")


class BudgetSpentError(Exception):
    """The time for a verdict is over."""


class Budget:
    """The processor time and the wall time for one verdict, in seconds."""

    def __init__(self, cpu: float = UNLIMITED, wall: float = UNLIMITED) -> None:
        self._cpu_end = time.process_time() + cpu
        self._wall_end = time.monotonic() + wall

    def check(self) -> None:
        """Raise ``BudgetSpentError`` if either time is over."""
        if time.process_time() > self._cpu_end or time.monotonic() > self._wall_end:
            raise BudgetSpentError


class Content:
    """An open file of ``size`` bytes; ``name`` is its path. At most ``limit`` bytes may be unpacked from it."""

    def __init__(self, file: BinaryIO, name: str, size: int, *, limit: int, budget: Budget | None = None) -> None:
        self.file = file
        self.name = name
        self.size = size
        self.limit = limit
        self.budget = budget or Budget()

    @cached_property
    def head(self) -> bytes:
        """The first bytes, at most ``EDGE``."""
        self.file.seek(0)
        return self.file.read(EDGE)

    @cached_property
    def tail(self) -> bytes:
        """The last bytes, at most ``EDGE``; for a small file the same as ``head``."""
        if self.size <= EDGE:
            return self.head
        self.file.seek(self.size - EDGE)
        return self.file.read(EDGE)

    @cached_property
    def opening(self) -> str:
        """The head as text in which markup can be found: ASCII characters are correct, also in UTF-16."""
        codec = self.utf_16
        return self.head.decode(codec, errors="ignore") if codec else self.head.decode("latin-1")

    @cached_property
    def closing(self) -> str:
        """The tail, like ``opening``."""
        codec = self.utf_16
        odd = (self.size - len(self.tail)) % 2
        return self.tail[odd:].decode(codec, errors="ignore") if codec else self.tail.decode("latin-1")

    @cached_property
    def utf_16(self) -> str | None:
        """The codec if a byte order mark, or the zeros of the first two characters, show that the text is UTF-16."""
        if self.head.startswith(b"\xff\xfe") or (self.head[1:2] + self.head[3:4] == b"\0\0" and self.head[:1] != b"\0"):
            return "utf-16-le"
        if self.head.startswith(b"\xfe\xff") or (
            self.head[0:1] + self.head[2:3] == b"\0\0" and self.head[1:2] != b"\0"
        ):
            return "utf-16-be"
        return None

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole content in pieces. Raises ``BudgetSpentError`` between two of them."""
        if self.size <= EDGE:
            yield self.head
            return
        self.file.seek(0)
        yield from self.part(self.size)

    def part(self, size: int) -> Iterator[bytes]:
        """Yield the next ``size`` bytes from the file's position, or all that there are, like ``pieces``."""
        while size > 0 and (piece := self.file.read(min(size, PIECE))):
            yield piece
            size -= len(piece)
            self.budget.check()


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open file that is not empty; ``name`` is its path."""

    descriptor: int
    name: str
    state: FileState


def open_regular(file: Path | str, stack: ExitStack, *, limit: int) -> OpenFile | None:
    """Open a file until the end of ``stack``.

    Returns None if it is no regular file, is empty or has more than ``limit`` bytes. Does not wait for a pipe and
    follows no link. Raises ``OSError`` if the file cannot be opened.
    """
    # Opening a pipe or a device may block or have side effects.
    if not stat.S_ISREG(os.lstat(file).st_mode):
        return None
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    status = os.fstat(descriptor)
    return OpenFile(descriptor, str(file), state_of(status)) if 0 < status.st_size <= limit else None
