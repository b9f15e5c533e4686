"""Restores a backup into empty folders and an empty server.

The whole backup is read and compared with its checksums before anything is changed. Files come first and the server
last, so that a server with data has everything that its data refers to.
"""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import AwareDatetime

from copytaster.archive.file_tree import Additions, FileTree, TreeFile
from copytaster.backup.backup import ARCHIVE, QUARANTINE
from copytaster.backup.ciphers import AgeCipher, Cipher
from copytaster.backup.errors import BackupRefusedError, DamagedBackupError
from copytaster.backup.manifest import Manifest, Part
from copytaster.backup.verification import Verification
from copytaster.model.article import Document
from copytaster.store.ports.snapshot import SnapshotTarget

DECRYPTED = ".restore-"
"""The beginning of the name of a decrypted part."""


class Restored(Document):
    """What a restoration did: the moment of the backup, and its files that were added, or existed and stayed.

    ``originals`` says whether the originals were in the backup.
    """

    moment: AwareDatetime
    added: int
    kept: int
    originals: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Restores backups. ``running`` returns the names of the parts that work with the server.

    ``scratch`` is the folder for one decrypted part at a time; it is made when it is needed. ``report`` gets the
    number of bytes that were read, and the number that will be. ``pause`` sleeps for the given seconds.
    """

    server: SnapshotTarget
    archive: FileTree
    quarantine: FileTree
    cipher: Cipher
    scratch: Path
    running: Callable[[], Sequence[str]]
    report: Callable[[int, int], object]
    pause: Callable[[float], object]

    def run(self, source: Path, *, replace: bool) -> Restored:
        """Verify a backup, restore it, and return what was done; on return everything is on the disk.

        With ``replace``, the server and the folders may have data: that of the server is replaced, and files that exist
        stay. An interrupted restoration is continued by another one with ``replace``.

        Raises ``BackupRefusedError`` if there is data, or parts are running; and the errors of ``Verification.verify``.
        """
        manifest = Verification(cipher=self.cipher, report=self.report).verify(source)
        self._require_target(manifest, replace=replace)
        self._remove_remains()
        added = kept = done = 0
        for part in manifest.parts:
            additions = self._add(source, part)
            added += sum(each.added for each in additions)
            kept += sum(each.kept for each in additions)
            done += part.size
            self.report(done, manifest.size)
        with self._plain(source / manifest.snapshot.name) as snapshot:
            self._require_no_parts()  # the files may have taken hours
            self.server.replace(snapshot, self.pause)
        return Restored(moment=manifest.moment, added=added, kept=kept, originals=manifest.originals)

    def _require_target(self, manifest: Manifest, *, replace: bool) -> None:
        kind = self.server.kind()
        if not kind.reads(manifest.server, manifest.snapshot_format):
            raise BackupRefusedError(
                f"the backup has the data of {manifest.server}, which {kind} cannot read; restore into a server of that"
                " product that is not older. Or unpack only the files: an empty server is rebuilt from the archive"
            )
        self._require_no_parts()
        if replace:
            return
        filled = {"the server": self.server.is_empty()} | {
            f"the {name}": tree.is_empty() for name, tree in self._trees().items()
        }
        if names := [name for name, is_empty in filled.items() if not is_empty]:
            raise BackupRefusedError(
                f"there is data already in {' and '.join(names)}; with --replace the server's data is replaced, and"
                " files that exist stay"
            )

    def _require_no_parts(self) -> None:
        if running := self.running():
            raise BackupRefusedError(f"stop these processes first, and wait for a minute: {', '.join(running)}")

    def _remove_remains(self) -> None:
        """Remove what a killed restoration has left: a decrypted part, and the files of a part without their names."""
        for each in self.scratch.glob(f"{DECRYPTED}*"):
            each.unlink()
        for tree in self._trees().values():
            tree.remove_remains()

    def _trees(self) -> Mapping[str, FileTree]:
        return {ARCHIVE: self.archive, QUARANTINE: self.quarantine}

    def _add(self, source: Path, part: Part) -> Sequence[Additions]:
        """Add the files of a part."""
        with (
            self._plain(source / part.name) as file,
            self.archive.additions() as to_archive,
            self.quarantine.additions() as to_quarantine,
        ):
            _unpack(file, {ARCHIVE: to_archive, QUARANTINE: to_quarantine})
        return to_archive, to_quarantine

    @contextmanager
    def _plain(self, stored: Path) -> Iterator[Path]:
        """Yield a file of the backup decrypted; the decrypted one is removed at the end."""
        if not stored.name.endswith(AgeCipher.suffix):
            yield stored
            return
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.scratch, prefix=DECRYPTED) as decrypted:
            with stored.open("rb") as encrypted:
                self.cipher.decrypt(encrypted, decrypted)
            decrypted.flush()
            yield Path(decrypted.name)


def _unpack(file: Path, roots: Mapping[str, Additions]) -> None:
    with tarfile.open(file, "r:") as members:
        for member in members:
            path, content = PurePosixPath(member.name), members.extractfile(member)
            additions = roots.get(path.parts[0])
            if additions is None or content is None or ".." in path.parts or len(path.parts) < 2:  # noqa: PLR2004  # root/path
                raise DamagedBackupError(f"{file.name} has a file {member.name!r}, which no backup contains")
            inner = TreeFile("/".join(path.parts[1:]), member.mode & 0o777, int(member.mtime))
            additions.add(inner, content)
