"""The input of a parser: bytes under a name, whole or as a stream, with hints from the container around them."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import BinaryIO

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.charset.decoding import peek

HEAD_BYTES = 65_536
"""Enough to recognise every supported format; most articles are smaller."""


@dataclass(frozen=True, slots=True)
class Hints:
    """A container's headers about a member. They are hints: the content takes precedence."""

    url: str | None = None
    content_type: str | None = None
    """The media type alone, in lower case: ``text/html``."""
    charset: str | None = None
    captured_at: datetime | None = None
    """When a crawler or a browser stored the page."""
    withheld: bool = False
    embargoed_until: datetime | None = None
    """What the mail around an attachment says about its release; it applies to what the attachment says too."""


@dataclass(slots=True)
class Budget:
    """The number of bytes that may still be unpacked from one file, over all levels of nesting."""

    left: int

    def spend(self, count: int, name: str) -> None:
        """Subtract ``count`` bytes that were unpacked from ``name``. Raises ``RefusedError`` (``archive_bomb``)."""
        self.left -= count
        if self.left < 0:
            raise RefusedError(
                Reason.ARCHIVE_BOMB,
                f"{name}: the file around it unpacks to more than COPYTASTER_MAX_CONTAINER_BYTES; the rest is skipped.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The context of an original: limits, the container's hints, and the depth of nesting.

    ``budget`` is shared by all members that are unpacked from one file.
    """

    limits: Limits = field(default_factory=Limits)
    hints: Hints = field(default_factory=Hints)
    depth: int = 0
    budget: Budget | None = None


class Original:
    """The bytes of a file, or of a member of a container, given as ``content`` or as a seekable ``file``.

    ``name`` is the path, for its extension and for messages. ``now`` is the upper bound of plausible publication times.
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
        """The limits on what is read."""
        return self._frame.limits

    @property
    def hints(self) -> Hints:
        """The container's headers about this member."""
        return self._frame.hints

    @property
    def depth(self) -> int:
        """The number of containers around it."""
        return self._frame.depth

    @cached_property
    def size(self) -> int:
        """The number of bytes."""
        return self._file.seek(0, os.SEEK_END)

    @property
    def descriptor(self) -> int | None:
        """The file descriptor; None for content in memory or on a remote filesystem."""
        try:
            return self._file.fileno()
        except (OSError, AttributeError):
            return None

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, by which parsers score the file."""
        return self.open().read(HEAD_BYTES)

    @cached_property
    def head_text(self) -> str:
        """The head as text, by which parsers score the file; see ``peek``."""
        return peek(self.head, HEAD_BYTES)

    @cached_property
    def tail(self) -> bytes:
        """The last 64 KiB; the same as ``head`` for a small file."""
        if self.size <= HEAD_BYTES:
            return self.head
        self._file.seek(self.size - HEAD_BYTES)
        return self._file.read(HEAD_BYTES)

    @cached_property
    def content(self) -> bytes:
        """All bytes. Raises ``RefusedError`` (``too_large``) if they exceed the limit for documents."""
        if self.size > self.limits.file_bytes:
            raise RefusedError(
                Reason.TOO_LARGE,
                f"{self.name} has {self.size:,} bytes; the limit for a document is {self.limits.file_bytes:,} bytes."
                " Raise COPYTASTER_MAX_FILE_BYTES to accept such files.",
            )
        return self.open().read()

    def open(self) -> BinaryIO:
        """Return the bytes as a stream, positioned at its start; only one reader at a time."""
        self._file.seek(0)
        return self._file

    def has_extension(self, *extensions: str) -> bool:
        """Return whether the name ends in one of ``extensions`` (with their dot), ignoring case."""
        return self.name.lower().endswith(extensions)

    def member(self, locator: str, content: bytes | BinaryIO, hints: Hints | None = None) -> Original:
        """Return the member at ``locator``, one level deeper, with the same limits."""
        return Original(
            name=f"{self.name}!{locator}",
            now=self.now,
            file=io.BytesIO(content) if isinstance(content, bytes) else content,
            frame=Frame(
                limits=self.limits, hints=self._inherited(hints or Hints()), depth=self.depth + 1, budget=self.budget
            ),
        )

    def _inherited(self, hints: Hints) -> Hints:
        """Return the hints about a member; terms of release hold for everything in a container."""
        ends = [each.embargoed_until for each in (self.hints, hints) if each.embargoed_until]
        withheld = self.hints.withheld or hints.withheld
        return replace(hints, withheld=withheld, embargoed_until=max(ends, default=None))
