"""The list of what a backup consists of, with a checksum for each file."""

from __future__ import annotations

from pydantic import AwareDatetime

from copytaster.model.article import Document
from copytaster.store.ports.snapshot import ServerKind

FORMAT = 1
"""The format of backups that this release writes, and the latest that it reads."""

NAME = "manifest.json"


class Part(Document):
    """A file of the backup: its size in bytes and its SHA-256 as it is stored, and the number of files that it holds.

    The snapshot of the server holds none.
    """

    name: str
    size: int
    sha256: str
    files: int = 0


class Manifest(Document):
    """A backup.

    ``moment`` is when the snapshot was requested: everything that was recorded before is in it. ``release`` wrote it,
    ``layout`` is that of the server's data, if known, and ``snapshot_format`` the format of the snapshot.
    ``originals`` says whether the originals are in the backup; if not, they have stayed in their bucket.
    """

    format: int = FORMAT
    moment: AwareDatetime
    completed_at: AwareDatetime
    release: str
    layout: int | None
    server: ServerKind
    snapshot_format: int
    originals: bool
    snapshot: Part
    parts: tuple[Part, ...]

    @property
    def all_parts(self) -> tuple[Part, ...]:
        """All files that the manifest lists."""
        return (*self.parts, self.snapshot)

    @property
    def size(self) -> int:
        """The size of these files in bytes."""
        return sum(each.size for each in self.all_parts)

    @property
    def files(self) -> int:
        """The number of files of the archive and the quarantine in them."""
        return sum(each.files for each in self.parts)
