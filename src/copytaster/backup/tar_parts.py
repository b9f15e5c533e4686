"""Files as a stream of tar archives, which other programs unpack as well; memory does not grow with the files."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from copytaster.archive.durable_files import CHUNK_BYTES
from copytaster.archive.file_tree import FileTree, TreeFile

PART_BYTES = 256 * 1024 * 1024
"""A part of this size is closed. A restoration decrypts one part at a time onto the disk of the data folder."""

PART_FILES = 10_000
"""The same for its number of files: Python keeps a part's list of files in memory, some 500 bytes for each."""

END = b"\0" * (2 * tarfile.BLOCKSIZE)


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file and the tree that contains it; ``root`` is the first part of its name in the tar archive."""

    root: str
    tree: FileTree
    file: TreeFile


class TarParts:
    """Divides files into parts. A part has to be read to its end before the next one is requested."""

    def __init__(self, files: Iterator[NamedFile]) -> None:
        self._files = files
        self._next = next(files, None)
        self.files = 0
        """The number of files in the part that was read last."""

    def __iter__(self) -> Iterator[Iterator[bytes]]:
        """Yield each part as the pieces of a tar archive; there is none without files."""
        while self._next:
            yield self._part()

    def _part(self) -> Iterator[bytes]:
        size = self.files = 0
        while self._next and size < PART_BYTES and self.files < PART_FILES:
            start = size
            for chunk in _member(self._next):
                size += len(chunk)
                yield chunk
            self.files += size > start
            self._next = next(self._files, None)
        yield END


def _member(named: NamedFile) -> Iterator[bytes]:
    """Yield a file with its header. A file that was removed since it was listed has none."""
    with named.tree.open(named.file.path) as opened:
        if opened is None:
            return
        content, size = opened
        header = tarfile.TarInfo(f"{named.root}/{named.file.path}")
        header.size, header.mode, header.mtime = size, named.file.mode, named.file.changed_at
        yield header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        left = size
        while left:
            chunk = content.read(min(CHUNK_BYTES, left))
            if not chunk:
                raise OSError(f"{named.file.path} became shorter while it was read")
            left -= len(chunk)
            yield chunk
        yield b"\0" * (-size % tarfile.BLOCKSIZE)
