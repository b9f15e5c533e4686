"""What a parser is handed: bytes under a name, whole or as a stream, with what is known about them from outside."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import BinaryIO

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits

HEAD_BYTES = 65_536
"""Enough to recognise every format that is read, and for most articles the whole of them."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a container says about a member: the headers that it came with. They are hints, the content decides."""

    url: str | None = None
    content_type: str | None = None
    """The media type alone, in lower case: ``text/html``."""
    charset: str | None = None
    date: datetime | None = None


@dataclass(slots=True)
class Budget:
    """How many bytes may still be unpacked from one file, whatever lies in what."""

    left: int

    def spend(self, count: int, name: str) -> None:
        """Take note that ``count`` bytes were unpacked from ``name``. Raises ``RefusedError`` (``archive_bomb``)."""
        self.left -= count
        if self.left < 0:
            raise RefusedError(
                Reason.ARCHIVE_BOMB,
                f"{name}: the file around it unpacks to more than COPYTASTER_MAX_CONTAINER_BYTES and was left at that.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What holds for an original: the limits, what its container says about it, and how many containers there are.

    ``budget`` is shared by everything that is unpacked from one file.
    """

    limits: Limits = field(default_factory=Limits)
    hints: Hints = field(default_factory=Hints)
    depth: int = 0
    budget: Budget | None = None


class Original:
    """A file's bytes, or those of a member of a container; give ``content`` or a seekable ``file``.

    ``name`` is its path (for its extension, and for messages); nothing was published after ``now``.
    """

    def __init__(
        self,
        *,
        name: str,
        now: datetime,
        content: bytes = b"",
        file: BinaryIO | None = None,
        frame: Frame | None = None,
    ) -> None:
        self._file: BinaryIO = file or io.BytesIO(content)
        self.name = name
        self.now = now
        self._frame = frame or Frame()
        self.budget = self._frame.budget or Budget(self._frame.limits.container_bytes)

    @property
    def limits(self) -> Limits:
        """How much of it is read."""
        return self._frame.limits

    @property
    def hints(self) -> Hints:
        """What its container says about it."""
        return self._frame.hints

    @property
    def depth(self) -> int:
        """How many containers lie around it."""
        return self._frame.depth

    @cached_property
    def size(self) -> int:
        """The number of bytes."""
        return self._file.seek(0, os.SEEK_END)

    @property
    def descriptor(self) -> int | None:
        """The open file's number; None for what lies in memory or elsewhere."""
        try:
            return self._file.fileno()
        except (OSError, AttributeError):
            return None

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB: what scores look at."""
        return self.open().read(HEAD_BYTES)

    @cached_property
    def tail(self) -> bytes:
        """The last 64 KiB; of a small file the same as ``head``."""
        if self.size <= HEAD_BYTES:
            return self.head
        self._file.seek(self.size - HEAD_BYTES)
        return self._file.read(HEAD_BYTES)

    @cached_property
    def content(self) -> bytes:
        """All bytes. Raises ``RefusedError`` (``too_large``) where they are more than a document may have."""
        if self.size > self.limits.file_bytes:
            raise RefusedError(
                Reason.TOO_LARGE,
                f"{self.name} has {self.size:,} bytes; a document that is read as a whole may have"
                f" {self.limits.file_bytes:,}. Raise COPYTASTER_MAX_FILE_BYTES if such files are wanted.",
            )
        return self.open().read()

    def open(self) -> BinaryIO:
        """Return the bytes as a stream from its start; one reader at a time."""
        self._file.seek(0)
        return self._file

    def has_extension(self, *extensions: str) -> bool:
        """Say whether the name ends in one of ``extensions`` (with their dot), whatever its case."""
        return self.name.lower().endswith(extensions)

    def member(self, locator: str, content: bytes | BinaryIO, hints: Hints | None = None) -> Original:
        """Return what lies inside at ``locator``, one level deeper, under the same limits."""
        return Original(
            name=f"{self.name}!{locator}",
            now=self.now,
            file=io.BytesIO(content) if isinstance(content, bytes) else content,
            frame=Frame(limits=self.limits, hints=hints or Hints(), depth=self.depth + 1, budget=self.budget),
        )
