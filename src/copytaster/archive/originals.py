"""The archive of originals, addressed by the hash of their bytes; the whole store can be rebuilt from it."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import fsspec

from copytaster.archive.archive_mark import ArchiveMark
from copytaster.archive.durable_files import sync
from copytaster.errors import PermanentError, TransientError
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource
from copytaster.system.remedies import explain_os_error

CHUNK_BYTES = 1024 * 1024
"""Files are read in chunks of this size, so that memory does not grow with the file."""


class Archive(Protocol):
    """Stores files by content."""

    def put(self, file: BinaryIO) -> str:
        """Store the bytes from the file's position on durably, and return their sha256 in hex.

        The same bytes are stored once. Raises ``TransientError`` if the archive cannot be written.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """Return the bytes. Raises ``PermanentError`` (``original_missing``) or ``TransientError``."""
        ...

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        """Return the bytes as a seekable stream. Raises the same errors as ``get``, before the first byte."""
        ...


class FilesystemArchive:
    """Implements ``Archive`` in a folder or bucket, accessed through fsspec; paths are ``ab/cd/abcd….bin``.

    A file gets its final name only when it is complete: it is written under a temporary name and renamed.
    """

    def __init__(self, address: str) -> None:
        self._filesystem, self._root = fsspec.core.url_to_fs(address)
        self._local = "file" in self._filesystem.protocol
        self._mark = ArchiveMark(Path(self._root)) if self._local else None

    def put(self, file: BinaryIO) -> str:
        """Store the bytes; see ``Archive.put``."""
        try:
            return self._put(file)
        except OSError as error:
            raise TransientError(
                f"cannot write to the archive {self._root}: {explain_os_error(error, self._root)}",
                resource=Resource.ARCHIVE,
            ) from error

    def get(self, sha256: str) -> bytes:
        """Return the bytes; see ``Archive.get``."""
        with self._translated(sha256):
            content: bytes = self._filesystem.cat_file(self._path(sha256))
        return content

    @contextmanager
    def open(self, sha256: str) -> Iterator[BinaryIO]:
        """Return a stream; see ``Archive.open``."""
        with self._translated(sha256):
            file = self._filesystem.open(self._path(sha256), "rb")
        with file:
            yield file

    @contextmanager
    def _translated(self, sha256: str) -> Iterator[None]:
        try:
            yield
            if self._mark:
                self._mark.record_read()
        except FileNotFoundError as error:
            if self._mark and self._mark.is_away():
                raise TransientError(
                    f"cannot read the original {sha256}: the disk of the archive {self._root} is not mounted",
                    resource=Resource.ARCHIVE,
                ) from error
            raise PermanentError(
                Reason.ORIGINAL_MISSING, f"the archive {self._root} has no original {sha256}"
            ) from error
        except OSError as error:
            raise TransientError(
                f"cannot read the original {sha256} from the archive {self._root}: {explain_os_error(error)}",
                resource=Resource.ARCHIVE,
            ) from error

    def _put(self, file: BinaryIO) -> str:
        if self._mark:
            self._mark.require()
        self._filesystem.makedirs(f"{self._root}/.incoming", exist_ok=True)
        incoming = f"{self._root}/.incoming/{secrets.token_hex(8)}"
        try:
            digest = self._copy(file, incoming)
            final = self._path(digest)
            if not self._filesystem.exists(final):
                self._filesystem.makedirs(final.rsplit("/", 1)[0], exist_ok=True)
                self._filesystem.mv(incoming, final)
                self._sync_folder(final)
        finally:
            if self._filesystem.exists(incoming):
                self._filesystem.rm_file(incoming)
        return digest

    def _copy(self, file: BinaryIO, target: str) -> str:
        digest = hashlib.sha256()
        with self._filesystem.open(target, "wb") as out:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                out.write(chunk)
            if self._local:
                out.flush()
                os.fsync(out.fileno())
        return digest.hexdigest()

    def _sync_folder(self, path: str) -> None:
        """Make the rename durable if the archive is a local folder."""
        if not self._local:
            return
        sync(Path(path).parent)

    def _path(self, sha256: str) -> str:
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}.bin"


def local_folder(address: str) -> Path | None:
    """Return the folder of an archive on this machine, None for an archive elsewhere."""
    filesystem, root = fsspec.core.url_to_fs(address)
    return Path(root) if "file" in filesystem.protocol else None


class MemoryArchive:
    """Implements ``Archive`` in memory."""

    def __init__(self) -> None:
        self._originals: dict[str, bytes] = {}

    def put(self, file: BinaryIO) -> str:
        """Store the bytes; see ``Archive.put``."""
        content = file.read()
        digest = hashlib.sha256(content).hexdigest()
        self._originals[digest] = content
        return digest

    def get(self, sha256: str) -> bytes:
        """Return the bytes; see ``Archive.get``."""
        try:
            return self._originals[sha256]
        except KeyError as error:
            raise PermanentError(Reason.ORIGINAL_MISSING, f"the archive has no original {sha256}") from error

    @contextmanager
    def open(self, sha256: str) -> Iterator[BinaryIO]:
        """Return a stream; see ``Archive.open``."""
        yield io.BytesIO(self.get(sha256))
