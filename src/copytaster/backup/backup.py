"""Writes a backup beside running parts.

The snapshot of the server comes first: it has all data of one moment. What is in the server was in the archive before,
so the archive, which is copied afterwards, has everything that the snapshot refers to. What came in between is in the
copied journal, and a watcher takes it in again after the restoration, as after any loss of the server's last writes.

In the same way the journal is copied before the originals that it names, and the decisions that remove originals after
them. Everything is written to a folder with a temporary name, which gets its name when it is complete.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from copytaster.archive.checksums import seal
from copytaster.archive.durable_files import create_folder, replace_durably, sync
from copytaster.archive.file_tree import FileTree
from copytaster.archive.journal import FOLDER as JOURNAL
from copytaster.archive.originals import PREFIXES
from copytaster.archive.placements import FOLDER as PLACEMENTS
from copytaster.backup.ciphers import Cipher
from copytaster.backup.errors import BackupRefusedError
from copytaster.backup.manifest import NAME, Manifest, Part
from copytaster.backup.streams import Chunks, HashingFile, with_format
from copytaster.backup.tar_parts import NamedFile, TarParts
from copytaster.clock import Clock
from copytaster.store.ports.layout import Layout
from copytaster.store.ports.snapshot import SnapshotSource

ARCHIVE, QUARANTINE = "archive", "quarantine"
"""The first part of the names of their files."""

BEFORE_ORIGINALS = (JOURNAL, PLACEMENTS)

SNAPSHOT_NAME = "server.rdb"

PARTIAL = ".partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Writes backups. ``report`` gets the number of bytes that were read so far."""

    server: SnapshotSource
    layout: Layout
    archive: FileTree
    quarantine: FileTree
    cipher: Cipher
    release: str
    clock: Clock
    report: Callable[[int], object]

    def write(self, destination: Path) -> Manifest:
        """Write a backup into a new folder, and return its manifest; on return it is on the disk.

        The originals of an archive in a bucket stay there. After an error nothing is left. Raises
        ``BackupRefusedError`` if the folder exists, ``TransientError`` and ``OSError``.
        """
        partial = destination.absolute().with_name(destination.absolute().name + PARTIAL)
        _require_new(destination, partial)
        with _removed_after_error(partial):
            manifest = self._write_parts(_Folder(partial, self.cipher, self.report))
            _write_manifest(partial, manifest, self.cipher)
            partial.rename(destination)
            sync(partial.parent)
        return manifest

    def _write_parts(self, folder: _Folder) -> Manifest:
        kind, layout, moment = self.server.kind(), self.layout.read(), self.clock.now()
        number, content = with_format(self.server.read())
        snapshot = folder.write(SNAPSHOT_NAME, content)
        tars = TarParts(self._files())
        parts = [_with_files(folder.write(f"files-{place:05}.tar", each), tars) for place, each in enumerate(tars, 1)]
        return Manifest(
            moment=moment,
            completed_at=self.clock.now(),
            release=self.release,
            layout=layout,
            server=kind,
            snapshot_format=number,
            originals=self.archive.is_local,
            snapshot=snapshot,
            parts=tuple(parts),
        )

    def _files(self) -> Iterator[NamedFile]:
        originals = PREFIXES if self.archive.is_local else ()
        for folder in (*BEFORE_ORIGINALS, *originals):
            yield from self._archived(folder)
        # Listed after the originals were copied: the first decision of its kind makes a folder.
        for folder in self.archive.top():
            if folder not in PREFIXES and folder not in BEFORE_ORIGINALS:
                yield from self._archived(folder)
        yield from (NamedFile(QUARANTINE, self.quarantine, each) for each in self.quarantine.files())

    def _archived(self, folder: str) -> Iterator[NamedFile]:
        return (NamedFile(ARCHIVE, self.archive, each) for each in self.archive.files(folder))


class _Folder:
    """Writes files of a backup."""

    def __init__(self, path: Path, cipher: Cipher, report: Callable[[int], object]) -> None:
        self._path = path
        self._cipher = cipher
        self._report = report
        self._read = 0

    def write(self, name: str, content: Iterator[bytes]) -> Part:
        """Write a file durably, and return its entry in the manifest."""
        file = self._path / (name + self._cipher.suffix)
        with file.open("xb") as out:
            hashing = HashingFile(out)
            self._cipher.encrypt(Chunks(content, self._count), hashing)
            out.flush()
            os.fsync(out.fileno())
        return Part(name=file.name, size=hashing.size, sha256=hashing.digest.hexdigest())

    def _count(self, size: int) -> None:
        self._read += size
        self._report(self._read)


def _with_files(part: Part, tars: TarParts) -> Part:
    """Return the entry with the number of files in the part that was written last."""
    return part.model_copy(update={"files": tars.files})


def _require_new(destination: Path, partial: Path) -> None:
    if destination.exists():
        raise BackupRefusedError(f"{destination} exists: a backup is written into a new folder; choose another name")
    create_folder(partial.parent)
    try:
        partial.mkdir(mode=0o700)
    except FileExistsError as error:
        raise BackupRefusedError(
            f"{partial} exists: another backup is being written there, or one was interrupted; if none is running,"
            " remove that folder"
        ) from error


@contextmanager
def _removed_after_error(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # after success it has another name


def _write_manifest(folder: Path, manifest: Manifest, cipher: Cipher) -> None:
    content = BytesIO()
    cipher.encrypt(BytesIO(seal(manifest.model_dump_json().encode())), content)
    replace_durably(folder / (NAME + cipher.suffix), content.getvalue())
