"""The files of the archive's folder or bucket, or of another folder, as a backup copies them."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from copytaster.archive.archive_mark import INCOMING
from copytaster.archive.checksums import unseal
from copytaster.archive.durable_files import CHUNK_BYTES, create_folder
from copytaster.archive.filesystems import is_bucket, open_filesystem, put_whole
from copytaster.archive.journal import BEING_WRITTEN
from copytaster.clock import SystemClock
from copytaster.errors import outage_error
from copytaster.model.outage import Resource

PRIVATE_FILE = 0o600
"""The permissions of a file whose permissions are not known."""

LONGEST_LINE = 1024 * 1024
"""Bytes from the end of a file of lines in which the last line is looked for: one has some 500."""


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file: its path below the root, its permissions, and when it was last changed, in seconds since 1970."""

    path: str
    mode: int = PRIVATE_FILE
    changed_at: int = 0


class FileTree:
    """Lists, reads and adds files below an fsspec address. Every method raises ``TransientError``.

    Names that begin with a dot are those of temporary files: they are passed over.
    """

    def __init__(self, address: str) -> None:
        self._filesystem: Any
        self._filesystem, self._root = open_filesystem(address)
        self.is_local = "file" in self._filesystem.protocol

    def is_empty(self) -> bool:
        """Return whether there is no file. Cost: listing folders up to the first file."""
        return next(self.files(), None) is None

    def top(self) -> list[str]:
        """Return the names at the first level, sorted."""
        return [str(each["name"]).rpartition("/")[2] for each in self._list(self._root)]

    def files(self, folder: str = "") -> Iterator[TreeFile]:
        """Yield the files below a folder in the order of their paths; memory is needed for one folder at a time."""
        yield from self._below(f"{self._root}/{folder}".rstrip("/"))

    @contextmanager
    def open(self, path: str) -> Iterator[tuple[BinaryIO, int] | None]:
        """Yield a file and the number of its bytes; None if it is gone.

        A file of lines to which a process appends is cut behind its last whole line.
        """
        with self._translated("read", path):
            try:
                file = self._filesystem.open(f"{self._root}/{path}", "rb")
            except FileNotFoundError:
                yield None
                return
        with file:
            yield file, self._size(file, path)

    @contextmanager
    def additions(self) -> Iterator[Additions]:
        """Yield what adds files. In a local folder they appear at the end, all of them durable, or none after an error.

        A file that exists stays as it is.
        """
        with self._translated("write to", self._root):
            additions = Additions(self._filesystem, self._root, is_local=self.is_local)
            with additions.staged():
                yield additions

    def remove_remains(self) -> None:
        """Remove what killed processes have left of ``additions`` to a local folder; nobody may add files meanwhile."""
        if not self.is_local:
            return
        with self._translated("remove remains from", self._root):
            for each in (Path(self._root) / INCOMING).glob("*"):
                if each.is_dir():
                    shutil.rmtree(each)

    def _below(self, path: str) -> Iterator[TreeFile]:
        for each in self._list(path):
            name = str(each["name"])
            if each["type"] == "directory":
                yield from self._below(name)
            elif each["type"] == "file":
                yield TreeFile(
                    name[len(self._root) + 1 :],
                    int(each.get("mode", PRIVATE_FILE)) & 0o777,
                    int(each.get("mtime", 0)),
                )

    def _list(self, path: str) -> list[dict[str, Any]]:
        with self._translated("list", path):
            try:
                listed = self._filesystem.ls(path, detail=True, refresh=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
        visible = (each for each in listed if not str(each["name"]).rpartition("/")[2].startswith("."))
        return sorted(visible, key=lambda each: str(each["name"]))

    def _size(self, file: BinaryIO, path: str) -> int:
        with self._translated("read", path):
            size = file.seek(0, os.SEEK_END)
            if self.is_local and path.endswith(".jsonl") and _is_recent(file):
                size = _whole_lines(file, size)
            file.seek(0)
        return size

    @contextmanager
    def _translated(self, doing: str, path: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise outage_error(f"{doing} {path}", error, resource=Resource.ARCHIVE, place=self._root) from error


class Additions:
    """Adds files to a tree; ``added`` and ``kept`` count those that were new, and those that existed."""

    def __init__(self, filesystem: Any, root: str, *, is_local: bool) -> None:
        self.added = 0
        self.kept = 0
        self._filesystem = filesystem
        self._root = root
        self._staging = Path(root) / INCOMING / secrets.token_hex(8) if is_local else None
        self._staged: list[tuple[Path, Path]] = []

    def add(self, file: TreeFile, content: IO[bytes]) -> None:
        """Add a file with this content, unless it exists. Raises ``OSError``."""
        path = f"{self._root}/{file.path}"
        if self._filesystem.exists(path):
            self.kept += 1
            return
        self.added += 1
        if self._staging:
            self._stage(self._staging / str(len(self._staged)), Path(path), file, content)
        elif is_bucket(self._filesystem):
            put_whole(self._filesystem, path, content)
        else:
            with self._filesystem.open(path, "wb") as out:
                shutil.copyfileobj(content, out, CHUNK_BYTES)

    @contextmanager
    def staged(self) -> Iterator[None]:
        """Give the files of a local folder their names at the end, when all of them are on the disk."""
        if not self._staging:
            yield
            return
        create_folder(self._staging)
        try:
            yield
            os.sync()
            for temporary, final in self._staged:
                final.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(final)
            os.sync()
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)

    def _stage(self, temporary: Path, final: Path, file: TreeFile, content: IO[bytes]) -> None:
        with temporary.open("wb") as out:
            shutil.copyfileobj(content, out, CHUNK_BYTES)
        temporary.chmod(file.mode)
        os.utime(temporary, (file.changed_at, file.changed_at))
        self._staged.append((temporary, final))


def _is_recent(file: BinaryIO) -> bool:
    changed_at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    return abs(SystemClock().now() - changed_at) < BEING_WRITTEN


def _whole_lines(file: BinaryIO, size: int) -> int:
    """Return the size without a last line of which only a part is written yet."""
    start = file.seek(max(0, size - LONGEST_LINE))
    before, newline, last = file.read(size - start).rpartition(b"\n")
    return size if not newline or _is_whole(last) else start + len(before)


def _is_whole(line: bytes) -> bool:
    sealed = unseal(line)
    try:
        return sealed is not None and json.loads(sealed.content) is not None
    except ValueError:
        return False
