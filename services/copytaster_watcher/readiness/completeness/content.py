"""A file that is opened for looking: its head and its tail at once, all of it only where a format demands that."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

EDGE = 65_536
"""Bytes of head and of tail: most articles are smaller, so that one read gets them whole; a zip's end record fits."""

PIECE = 1_048_576
"""Bytes that are read at a time where the whole file is looked at."""


class Content:
    """An open file of ``size`` bytes; ``name`` is its path. ``limit`` bounds what is unpacked from it, in bytes."""

    def __init__(self, file: BinaryIO, name: str, size: int, *, limit: int) -> None:
        self.file = file
        self.name = name
        self.size = size
        self.limit = limit

    @cached_property
    def head(self) -> bytes:
        """The first bytes, at most ``EDGE``."""
        self.file.seek(0)
        return self.file.read(EDGE)

    @cached_property
    def tail(self) -> bytes:
        """The last bytes, at most ``EDGE``; of a small file the same as ``head``."""
        if self.size <= EDGE:
            return self.head
        self.file.seek(self.size - EDGE)
        return self.file.read(EDGE)

    @cached_property
    def opening(self) -> str:
        """The head as characters for recognising markup: ASCII is right in it, in UTF-16 as well."""
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
        """The codec, where a byte order mark or the zeros of the first two characters say that it is UTF-16."""
        if self.head.startswith(b"\xff\xfe") or (self.head[1:2] + self.head[3:4] == b"\0\0" and self.head[:1] != b"\0"):
            return "utf-16-le"
        if self.head.startswith(b"\xfe\xff") or (
            self.head[0:1] + self.head[2:3] == b"\0\0" and self.head[1:2] != b"\0"
        ):
            return "utf-16-be"
        return None

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole content, piece by piece."""
        if self.size <= EDGE:
            yield self.head
            return
        self.file.seek(0)
        while piece := self.file.read(PIECE):
            yield piece


@contextmanager
def opened(file: Path, *, limit: int) -> Iterator[Content | None]:
    """Give the content; None for what is no regular file, is empty or has more than ``limit`` bytes.

    Never waits for a pipe and follows no link. Raises ``OSError`` when the file cannot be opened.
    """
    # A pipe or a device must not even be opened: that may block, or do something.
    if not stat.S_ISREG(file.lstat().st_mode):
        yield None
        return
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb", buffering=0) as raw:
        size = os.fstat(descriptor).st_size
        yield Content(raw, str(file), size, limit=limit) if 0 < size <= limit else None
