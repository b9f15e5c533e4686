"""Atomic file writes: readers see the old file or the new one, also after a crash."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path

CHUNK_BYTES = 1024 * 1024
"""Files are read in chunks of this size, so that memory does not grow with the file."""


WITHOUT_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS})
"""What filesystems without hard links answer to the request for one."""


def replace_durably(file: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file atomically; on return it survives a power cut. Only its owner can read a ``private`` file.

    Raises ``OSError``.
    """
    create_folder(file.parent)

    def fill(temporary: Path) -> None:
        if private:
            temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        sync(temporary)

    write_atomically(file, fill)
    sync(file.parent)


def create_folder(folder: Path) -> None:
    """Create a folder with its parents; on return each new level survives a power cut. Raises ``OSError``.

    A level that exists is expected to be on the disk: whoever creates one concurrently syncs it within milliseconds.
    """
    for each in create_unsynced(folder):
        sync(each)


def create_unsynced(folder: Path) -> list[Path]:
    """Create a folder with its parents, and return the folders to sync so that the new ones survive a power cut.

    Raises ``OSError``.
    """
    if folder.is_dir():
        return []
    to_sync = create_unsynced(folder.parent)
    folder.mkdir(exist_ok=True)
    return [*to_sync, folder.parent]


def write_atomically(file: Path, fill: Callable[[Path], object]) -> None:
    """Create or replace a file: ``fill`` writes a hidden temporary file beside it, which is then renamed.

    The temporary file is removed if ``fill`` fails. Raises ``OSError``.
    """
    temporary = file.with_name(f".{secrets.token_hex(8)}")
    try:
        fill(temporary)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def create_exclusively(file: Path, content: bytes) -> bool:
    """Create a file unless it exists; return whether it was created. Raises ``OSError``.

    A hard link creates the name and the whole content at once. On a filesystem without them, such as that of many
    network shares, a crash may leave the name with a part of the content.
    """
    temporary = file.with_name(f".{secrets.token_hex(8)}")
    try:
        temporary.write_bytes(content)
        os.link(temporary, file)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in WITHOUT_LINKS:
            raise
        return _create_in_place(file, content)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def _create_in_place(file: Path, content: bytes) -> bool:
    try:
        with file.open("xb") as out:
            out.write(content)
    except FileExistsError:
        return False
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    return True


def sync(path: Path | str) -> None:
    """Write a file's content, or a folder's entries, to the disk. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
