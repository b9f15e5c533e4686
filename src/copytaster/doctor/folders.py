"""Checks of the folders: whether this user can work there, who else can, and on which filesystem they are."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from copytaster.doctor.finding import Finding, fail, ok, warn
from copytaster.system.remedies import explain_os_error


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """A folder as it is. ``refusal`` is why this process cannot write there, None if it can."""

    name: str
    path: Path
    exists: bool
    mode: int = 0
    owner: str = ""
    device: int = 0
    refusal: str | None = None


def read_folder(name: str, path: Path) -> FolderFacts:
    """Return the facts about a folder; a file is created there and removed again."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return FolderFacts(name=name, path=path, exists=False)
    except OSError as error:
        return FolderFacts(name=name, path=path, exists=True, refusal=explain_os_error(error))
    return FolderFacts(
        name=name,
        path=path,
        exists=True,
        mode=stat.S_IMODE(state.st_mode),
        owner=f"{state.st_uid}:{state.st_gid}",
        device=state.st_dev,
        refusal=_refusal(path),
    )


def check_folders(folders: Sequence[FolderFacts], *, user: str) -> Iterator[Finding]:
    """Yield the findings; the first folder is the one that contains the others. ``user`` is this process's uid:gid."""
    for each in folders if folders[0].exists else folders[:1]:
        yield _writable(each, user)
        if each.name == "inbox" and each.exists:
            yield _visitors(each)
    yield from _one_filesystem([each for each in folders if each.exists])


def _writable(folder: FolderFacts, user: str) -> Finding:
    if not folder.exists:
        return warn(folder.name, f"{folder.path} does not exist yet", "the part that needs it first creates it")
    if folder.refusal is None:
        return ok(folder.name, f"{folder.path} is writable")
    return fail(
        folder.name,
        f"{folder.path} belongs to {folder.owner or 'another user'} (mode {folder.mode:04o}), and this process is"
        f" {user}: {folder.refusal}",
        f"`chown -R {user} {folder.path}`, or run as its owner; in containers set COPYTASTER_UID and COPYTASTER_GID",
    )


def _visitors(inbox: FolderFacts) -> Finding:
    if inbox.mode & stat.S_IWOTH and not inbox.mode & stat.S_ISVTX:
        return warn(
            "inbox_permissions",
            f"every user of this machine may put files into {inbox.path}, and remove those of others"
            f" (mode {inbox.mode:04o})",
            f"`chmod 1777 {inbox.path}` keeps files of others safe; `chgrp` and `chmod 2770` restrict it to a group",
        )
    return ok("inbox_permissions", f"mode {inbox.mode:04o}, owner {inbox.owner}")


def _one_filesystem(folders: Sequence[FolderFacts]) -> Iterator[Finding]:
    if not folders:
        return
    first, others = folders[0], [each for each in folders[1:] if each.device != folders[0].device]
    if not others:
        yield ok("same_filesystem", "all folders are on one filesystem")
        return
    names = ", ".join(each.name for each in others)
    yield warn(
        "same_filesystem",
        f"{names} is not on the filesystem of {first.path}: files are copied there instead of renamed",
        "that is slower and needs space twice; put them on one filesystem unless it is on purpose",
    )


def _refusal(path: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=path):
            return None
    except OSError as error:
        return explain_os_error(OSError(error.errno, os.strerror(error.errno or 0), str(path)))
