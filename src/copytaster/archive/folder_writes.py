"""Writes groups of originals into a local folder; each gets its name when it is complete and on the disk.

Paths are strings here: objects for them took as long as the system calls.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from copytaster.archive.archive_mark import INCOMING
from copytaster.archive.durable_files import CHUNK_BYTES, create_unsynced, sync
from copytaster.archive.parallel_writes import ParallelWrites

PERMISSIONS = 0o666
"""Those of any new file: the process's mask takes away from them."""


def put_in_folder(
    root: str, files: Sequence[BinaryIO], path_of: Callable[[str], str], writes: ParallelWrites
) -> list[str]:
    """Write all files, sync all of them, give them their names, and sync each changed folder once.

    ``path_of`` returns the path for the content of a hash. Returns the hashes. Raises ``OSError``.
    """
    group = secrets.token_hex(8)
    incoming = [f"{root}/{INCOMING}/{group}.{number}" for number in range(len(files))]
    try:
        digests = _written(files, incoming, writes)
        to_sync = [
            folder for each, sha256 in zip(incoming, digests, strict=True) for folder in _named(each, path_of(sha256))
        ]
    except BaseException:
        for each in incoming:
            with suppress(FileNotFoundError):
                Path(each).unlink()
        raise
    writes.run_in_lots(sync, list(dict.fromkeys(to_sync)))
    return digests


def _written(files: Sequence[BinaryIO], incoming: Sequence[str], writes: ParallelWrites) -> list[str]:
    with ExitStack() as opened:
        digests, descriptors = list[str](), list[int]()
        for file, path in zip(files, incoming, strict=True):
            out = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PERMISSIONS)
            opened.callback(os.close, out)
            descriptors.append(out)
            digests.append(_copy(file, out))
        writes.run_in_lots(os.fsync, descriptors)
    return digests


def _copy(file: BinaryIO, out: int) -> str:
    """Copy a file and return the hash of its bytes."""
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(out, rest) :]
    return digest.hexdigest()


def _named(incoming: str, final: str) -> list[str]:
    """Give a file its final name and return the folders to sync.

    The name may exist: the file of that name may be damaged, and reading it would cost more than replacing it.
    """
    folder, to_sync = final.rpartition("/")[0], list[str]()
    try:
        os.replace(incoming, final)  # noqa: PTH105  # see above
    except FileNotFoundError:
        to_sync = _created(folder)
        os.replace(incoming, final)  # noqa: PTH105  # see above
    return [*to_sync, folder]


def _created(folder: str) -> list[str]:
    """Create a folder and return the folders to sync; in nearly every case its parent exists."""
    try:
        os.mkdir(folder)  # noqa: PTH102  # see above
    except OSError:
        return list(map(str, create_unsynced(Path(folder))))
    return [folder.rpartition("/")[0]]
