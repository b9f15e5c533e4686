"""The ports of a snapshot: all data of the server at one moment, as one stream of bytes, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from copytaster.model.article import Document

COMMON_FORMAT = 11
"""The format of snapshots (RDB) that every Valkey reads, and every Redis from 7.2 on."""

COMMON_SINCE = (7, 2)


class ServerKind(Document):
    """The product of a server, ``redis`` or ``valkey``, and its version."""

    name: str
    version: str

    def reads(self, written_by: ServerKind, number: int) -> bool:
        """Return whether it reads snapshots in this format that the other server has written.

        True if it is the same product and not older, or if the format is one that all have in common.
        """
        if self.name == written_by.name and _numbers(self.version) >= _numbers(written_by.version):
            return True
        return number <= COMMON_FORMAT and (self.name == "valkey" or _numbers(self.version) >= COMMON_SINCE)

    def __str__(self) -> str:
        """Return both, as ``valkey 9.1.2``."""
        return f"{self.name} {self.version}"


class SnapshotSource(Protocol):
    """A server whose data is copied."""

    def kind(self) -> ServerKind:
        """Return its product and version. Raises ``TransientError``."""
        ...

    def read(self) -> Iterator[bytes]:
        """Yield a snapshot: all data as it is at one moment after the first element is requested.

        The server continues to work meanwhile. Raises ``TransientError``.
        """
        ...


class SnapshotTarget(Protocol):
    """A server whose data is replaced by that of a snapshot."""

    def kind(self) -> ServerKind:
        """Return its product and version. Raises ``TransientError``."""
        ...

    def is_empty(self) -> bool:
        """Return whether it has no data, not even of another program. Raises ``TransientError``."""
        ...

    def replace(self, snapshot: Path, pause: Callable[[float], object]) -> None:
        """Replace all data by the snapshot in this file; on return it is complete, and on the server's disk.

        The data then counts as older than the journal, which the watchers compare. Before the snapshot is transferred
        completely, nothing is changed. ``pause`` sleeps for the given seconds. Raises ``TransientError``.
        """
        ...


def _numbers(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version: snapshots of releases that differ in the third one have one format."""
    return tuple(int(each) for each in version.split(".")[:2] if each.isdecimal())


class MemoryServerData:
    """Implements ``SnapshotSource`` and ``SnapshotTarget`` with bytes in memory."""

    def __init__(self, content: bytes = b"", *, kind: ServerKind | None = None) -> None:
        self.content = content
        self._kind = kind or ServerKind(name="valkey", version="9.1.2")

    def kind(self) -> ServerKind:
        """Return the kind; see ``SnapshotSource.kind``."""
        return self._kind

    def read(self) -> Iterator[bytes]:
        """Yield the content; see ``SnapshotSource.read``."""
        yield self.content

    def is_empty(self) -> bool:
        """Return whether there is none; see ``SnapshotTarget.is_empty``."""
        return not self.content

    def replace(self, snapshot: Path, pause: Callable[[float], object]) -> None:
        """Replace the content; see ``SnapshotTarget.replace``."""
        del pause
        self.content = snapshot.read_bytes()
