"""Permissions of the data folder: only this user, and its group if so configured, can read what is stored."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from copytaster.archive.originals import local_folder
from copytaster.bootstrap.search_folder import search_folder
from copytaster.settings import Settings

PRIVATE, GROUP_READABLE = 0o700, 0o750
"""Permissions of folders; the umask gives files the same without the right to execute."""

DROPPED_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
"""A folder of the inbox with one of these permissions is one into which other users put files."""


def protect_data(settings: Settings) -> None:
    """Make the files that this process creates private, and close the folders of the data folder for other users.

    The inbox and its folders keep their permissions. If other users put files there, they keep the permission to
    traverse the data folder, but not to list it. A folder of another user, or one with the sticky bit, such as a
    temporary folder that all users share, is not changed. Safe to call in each process of a system.
    """
    allowed = GROUP_READABLE if settings.group_readable else PRIVATE
    os.umask(0o777 & ~allowed)
    with suppress(OSError):  # whoever needs the folder reports why it cannot be used
        settings.data.mkdir(parents=True, exist_ok=True)
    folders = (settings.staging, settings.quarantine, settings.server_folder, settings.logs, search_folder(settings))
    for folder in filter(None, (*folders, local_folder(settings.archive_address))):
        _close(folder, allowed)
    _close(settings.data, allowed | _traversal(settings.inbox))


def _close(folder: Path, allowed: int) -> None:
    with suppress(OSError):  # missing, or of another user
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_ISVTX and mode & 0o777 != allowed:
            folder.chmod(allowed)


def _traversal(inbox: Path) -> int:
    """Return the permissions that users need in the data folder to put files into the inbox."""
    by_others = 0
    for folder in _inbox_folders(inbox):
        with suppress(OSError):
            by_others |= folder.stat().st_mode & DROPPED_BY_OTHERS
    return by_others >> 1  # the permission to traverse is the bit after the permission to write


def _inbox_folders(inbox: Path) -> Iterator[Path]:
    """Yield the inbox and its direct folders, of which each belongs to a source."""
    yield inbox
    with suppress(OSError):
        yield from (Path(each.path) for each in os.scandir(inbox) if each.is_dir(follow_symlinks=False))
