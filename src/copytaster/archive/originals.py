"""The archive of originals, addressed by the hash of their bytes; the whole store can be rebuilt from it.

Every read proves the content: an original whose bytes do not have the hash of its name is never returned.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from errno import EIO
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from copytaster.archive.archive_mark import INCOMING, ArchiveMark
from copytaster.archive.bucket_errors import DISK_ERRNOS
from copytaster.archive.damage import Damage, DamageKind, Damages, FilesystemDamages, MemoryDamages, record_quietly
from copytaster.archive.durable_files import CHUNK_BYTES
from copytaster.archive.filesystems import is_bucket, open_filesystem
from copytaster.archive.folder_writes import put_in_folder
from copytaster.archive.parallel_writes import ParallelWrites
from copytaster.clock import SystemClock
from copytaster.errors import PermanentError, TransientError, outage_error
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource

NAME = re.compile(r"([0-9a-f]{64})\.bin")

PREFIXES = tuple(f"{number:02x}" for number in range(256))
"""The folders of the first level."""

CLOCKS_DIFFER = timedelta(days=1)
"""The most by which the clocks of hosts and of a bucket's server differ, as long as no clock is wrong."""

UNREADABLE = "unreadable"
"""The hash of an original that the disk cannot read any more."""


class Archive(Protocol):
    """Stores files by content."""

    def put(self, file: BinaryIO) -> str:
        """Store the bytes from the file's position on durably, and return their sha256 in hex.

        The same bytes are stored once; a copy that is there already, and may be damaged, is replaced. Raises
        ``TransientError`` if the archive cannot be written.
        """
        ...

    def put_many(self, files: Sequence[BinaryIO]) -> list[str]:
        """Store several files, each as ``put`` does, and return their sha256 in order.

        After ``TransientError`` some of them may be stored. Cost: a disk syncs all of them together, which takes about
        as long as two files take.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """Return the bytes, which have this hash.

        Raises ``PermanentError`` (``original_missing``, ``original_damaged``) or ``TransientError``.
        """
        ...

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        """Return the bytes as a seekable stream. Raises the same errors as ``get``, before the first byte.

        Cost: the content is read twice, the second time from memory if it has space for it.
        """
        ...


class StoredOriginals(Protocol):
    """Lists, reads and removes originals, for the check of the archive and for the retention.

    Every method raises ``TransientError``.
    """

    def names(self, prefix: str) -> list[str]:
        """Return the sha256 of each original whose hash begins with the two digits ``prefix``, sorted."""
        ...

    def digest(self, sha256: str, *, report: Callable[[int], object]) -> str | None:
        """Return the hash of what is stored as this original; None if it is missing.

        The hash is ``UNREADABLE`` if the disk cannot read it. ``report`` receives the size of each chunk after it was
        read.
        """
        ...

    def stored_at(self, sha256: str) -> datetime | None:
        """Return when the original was last written; None if it is missing."""
        ...

    def remove(self, sha256: str, *, before: datetime) -> bool:
        """Remove an original, unless it was written at ``before`` or later: its bytes may be arriving again.

        One whose time is still to come does not stay: a clock was ahead when it was written. Returns True to the caller
        that removed it, and False if it is missing or stays.
        """
        ...

    def remove_remains(self, *, before: datetime) -> None:
        """Remove what killed processes have left of originals that they were writing, if it has not grown since."""
        ...


class FilesystemArchive:
    """Implements ``Archive`` and ``StoredOriginals`` with fsspec in a folder or bucket; paths are ``ab/cd/abcd….bin``.

    A file gets its final name only when it is complete: it is written under a temporary name and renamed, or put into a
    bucket as a whole. Damage that a read finds is recorded with ``FilesystemDamages``.
    """

    def __init__(self, address: str) -> None:
        self._filesystem, self._root = open_filesystem(address)
        self._local = "file" in self._filesystem.protocol
        self._damages: Damages = FilesystemDamages(address)
        self._mark = ArchiveMark(Path(self._root) if self._local else None)
        self._writes = ParallelWrites()

    def put(self, file: BinaryIO) -> str:
        """Store the bytes; see ``Archive.put``."""
        return self.put_many([file])[0]

    def put_many(self, files: Sequence[BinaryIO]) -> list[str]:
        """Store several files; see ``Archive.put_many``."""
        try:
            self._mark.require()
            if self._local:
                return put_in_folder(self._root, files, self._path, self._writes)
            return self._writes.run(self._put_whole if is_bucket(self._filesystem) else self._put_renamed, files)
        except OSError as error:
            raise self._failure("write to", error) from error

    def get(self, sha256: str) -> bytes:
        """Return the bytes; see ``Archive.get``."""
        with self._translated(sha256):
            content: bytes = self._filesystem.cat_file(self._path(sha256))
        self._prove(sha256, hashlib.sha256(content).hexdigest())
        return content

    @contextmanager
    def open(self, sha256: str) -> Iterator[BinaryIO]:
        """Return a stream; see ``Archive.open``.

        From a bucket the content is copied to a temporary file, so that the bytes that were proved are the ones read.
        """
        with self._translated(sha256):
            file = self._opened(sha256)
        with file:
            with self._translated(sha256):
                found = _digest(file)
                file.seek(0)
            self._prove(sha256, found)
            yield file

    def names(self, prefix: str) -> list[str]:
        """Return the originals; see ``StoredOriginals.names``."""
        try:
            if is_bucket(self._filesystem):  # one request for a thousand, not one for each folder
                paths = self._filesystem.find(f"{self._root}/{prefix}")
            else:
                paths = [path for folder in self._list(f"{self._root}/{prefix}") for path in self._list(folder)]
        except OSError as error:
            raise self._failure("list", error) from error
        found = (NAME.fullmatch(each.rsplit("/", 1)[-1]) for each in paths)
        return sorted(each.group(1) for each in found if each)

    def digest(self, sha256: str, *, report: Callable[[int], object]) -> str | None:
        """Return the hash of what is stored; see ``StoredOriginals.digest``."""
        try:
            with self._filesystem.open(self._path(sha256), "rb") as file:
                return _digest(file, report)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == EIO:  # a bad sector: other files of the same disk may be sound
                return UNREADABLE
            raise self._failure(f"read the original {sha256} from", error) from error

    def stored_at(self, sha256: str) -> datetime | None:
        """Return when the original was written; see ``StoredOriginals.stored_at``."""
        try:
            moment: datetime = self._filesystem.modified(self._path(sha256))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure(f"read the original {sha256} from", error) from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def remove(self, sha256: str, *, before: datetime) -> bool:
        """Remove an original; see ``StoredOriginals.remove``.

        In a local folder it is renamed first and then examined, so that one which is written at this moment is put
        back. A bucket cannot rename at once: there, the examination and the removal are two requests.
        """
        stored_at = self.stored_at(sha256)
        if stored_at is None or _may_be_arriving(stored_at, before):
            return False
        try:
            if self._local:
                return self._remove_locally(Path(self._path(sha256)), before)
            self._filesystem.rm_file(self._path(sha256))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._failure(f"remove the original {sha256} from", error) from error
        return True

    def remove_remains(self, *, before: datetime) -> None:
        """Remove unfinished files; see ``StoredOriginals.remove_remains``. A bucket has none."""
        if not self._local:
            return
        try:
            for each in os.scandir(f"{self._root}/{INCOMING}"):
                with suppress(FileNotFoundError):  # its process has given it its name
                    if each.is_file(follow_symlinks=False) and each.stat().st_mtime < before.timestamp():
                        os.unlink(each)  # noqa: PTH108  # there is no path object
        except FileNotFoundError:  # nothing was archived yet
            return
        except OSError as error:
            raise self._failure("remove unfinished files from", error) from error

    def _remove_locally(self, file: Path, before: datetime) -> bool:
        aside = Path(f"{self._root}/{INCOMING}/{secrets.token_hex(8)}")
        file.rename(aside)
        if _may_be_arriving(datetime.fromtimestamp(aside.stat().st_mtime, UTC), before):
            aside.replace(file)
            return False
        aside.unlink()
        return True

    def _opened(self, sha256: str) -> BinaryIO:
        if self._local:
            stored: BinaryIO = self._filesystem.open(self._path(sha256), "rb")
            return stored
        copy = _temporary_file()
        try:
            self._filesystem.get_file(self._path(sha256), copy.name)
        except BaseException:
            copy.close()
            raise
        return copy

    def _list(self, folder: str) -> list[str]:
        try:
            return [str(each) for each in self._filesystem.ls(folder, detail=False, refresh=True)]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _prove(self, sha256: str, found: str) -> None:
        """Record a damage and raise ``PermanentError`` (``original_damaged``) if the hashes differ."""
        if found == sha256:
            return
        damage = damaged_original(sha256, found, at=SystemClock().now())
        record_quietly(self._damages, damage)
        raise PermanentError(Reason.ORIGINAL_DAMAGED, f"{damage.message} (archive {self._root})")

    @contextmanager
    def _translated(self, sha256: str) -> Iterator[None]:
        try:
            yield
            self._mark.record_read()
        except FileNotFoundError as error:
            if self._mark.is_away():
                raise TransientError(
                    f"cannot read the original {sha256}: the disk of the archive {self._root} is not mounted, or all"
                    " that it had was removed",
                    resource=Resource.ARCHIVE,
                ) from error
            raise PermanentError(
                Reason.ORIGINAL_MISSING, f"the archive {self._root} has no original {sha256}"
            ) from error
        except OSError as error:
            raise self._failure(f"read the original {sha256} from", error) from error

    def _failure(self, doing: str, error: OSError) -> TransientError:
        if is_bucket(self._filesystem) and error.errno in DISK_ERRNOS:
            return _without_temporary_files(error)
        return outage_error(f"{doing} the archive {self._root}", error, resource=Resource.ARCHIVE, place=self._root)

    def _put_whole(self, file: BinaryIO) -> str:
        """Write an object under its final name. Its hash is taken from the same copy, so the file may change."""
        with _temporary_file() as copy:
            sha256 = _copy(file, copy)
            self._filesystem.put_file(copy.name, self._path(sha256))
        return sha256

    def _put_renamed(self, file: BinaryIO) -> str:
        self._filesystem.makedirs(f"{self._root}/{INCOMING}", exist_ok=True)
        incoming = f"{self._root}/{INCOMING}/{secrets.token_hex(8)}"
        try:
            with self._filesystem.open(incoming, "wb") as out:
                sha256 = _copy(file, out)
            final = self._path(sha256)
            self._filesystem.makedirs(final.rsplit("/", 1)[0], exist_ok=True)
            self._filesystem.mv(incoming, final)
        finally:
            if self._filesystem.exists(incoming):
                self._filesystem.rm_file(incoming)
        return sha256

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}.bin"


def local_folder(address: str) -> Path | None:
    """Return the folder of an archive on this machine, None for an archive elsewhere."""
    filesystem, root = open_filesystem(address)
    return Path(root) if "file" in filesystem.protocol else None


def damaged_original(sha256: str, found: str, *, at: datetime, names: str = "") -> Damage:
    """Return the damage of an original whose content has the hash ``found``; ``names`` says which file it was."""
    what = "cannot be read from the disk" if found == UNREADABLE else f"has changed: its content has the hash {found}"
    return Damage(
        kind=DamageKind.ORIGINAL_DAMAGED,
        place=sha256,
        found=found,
        message=f"the original {sha256}{names} {what}; drop the file again, or restore the original from a backup",
        found_at=at,
        sha256=sha256,
    )


def _may_be_arriving(stored_at: datetime, before: datetime) -> bool:
    return before <= stored_at <= SystemClock().now() + CLOCKS_DIFFER


def _temporary_file() -> BinaryIO:
    """Return a new temporary file. Raises ``TransientError``: the lack of its folder is no lack of an original."""
    try:
        return cast("BinaryIO", tempfile.NamedTemporaryFile())
    except OSError as error:
        raise _without_temporary_files(error) from error


def _without_temporary_files(error: OSError) -> TransientError:
    folder = tempfile.tempdir or "/tmp"  # noqa: S108  # nothing is written there: it is named in a message
    return outage_error(f"write a temporary file in {folder}", error, resource=Resource.WORKER, place=folder)


def _copy(file: BinaryIO, out: BinaryIO) -> str:
    """Copy a file, also out of Python's buffer, and return the hash of its bytes."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        out.write(chunk)
    out.flush()
    return digest.hexdigest()


def _digest(file: BinaryIO, report: Callable[[int], object] = lambda _: None) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        report(len(chunk))
    return digest.hexdigest()


class MemoryArchive:
    """Implements ``Archive`` and ``StoredOriginals`` in memory. Tests damage an original by changing ``originals``."""

    def __init__(self) -> None:
        self.originals: dict[str, bytes] = {}
        self.times: dict[str, datetime] = {}
        self.damages = MemoryDamages()

    def put(self, file: BinaryIO) -> str:
        """Store the bytes; see ``Archive.put``."""
        content = file.read()
        digest = hashlib.sha256(content).hexdigest()
        self.originals[digest] = content
        self.times[digest] = SystemClock().now()
        return digest

    def put_many(self, files: Sequence[BinaryIO]) -> list[str]:
        """Store several files; see ``Archive.put_many``."""
        return [self.put(each) for each in files]

    def get(self, sha256: str) -> bytes:
        """Return the bytes; see ``Archive.get``."""
        content = self.originals.get(sha256)
        if content is None:
            raise PermanentError(Reason.ORIGINAL_MISSING, f"the archive has no original {sha256}")
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            damage = damaged_original(sha256, found, at=SystemClock().now())
            self.damages.record(damage)
            raise PermanentError(Reason.ORIGINAL_DAMAGED, damage.message)
        return content

    @contextmanager
    def open(self, sha256: str) -> Iterator[BinaryIO]:
        """Return a stream; see ``Archive.open``."""
        yield io.BytesIO(self.get(sha256))

    def names(self, prefix: str) -> list[str]:
        """Return the originals; see ``StoredOriginals.names``."""
        return sorted(each for each in self.originals if each.startswith(prefix))

    def digest(self, sha256: str, *, report: Callable[[int], object]) -> str | None:
        """Return the hash of what is stored; see ``StoredOriginals.digest``."""
        content = self.originals.get(sha256)
        return None if content is None else _digest(io.BytesIO(content), report)

    def stored_at(self, sha256: str) -> datetime | None:
        """Return when the original was written; see ``StoredOriginals.stored_at``."""
        return self.times.get(sha256) if sha256 in self.originals else None

    def remove(self, sha256: str, *, before: datetime) -> bool:
        """Remove an original; see ``StoredOriginals.remove``."""
        if sha256 not in self.originals or self.times[sha256] >= before:
            return False
        del self.originals[sha256]
        return True

    def remove_remains(self, *, before: datetime) -> None:
        """Do nothing: there are none; see ``StoredOriginals.remove_remains``."""
