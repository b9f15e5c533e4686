"""Moves a sidecar together with its file: the sidecar is copied into the claim first and leaves the inbox last.

So the file is never in the inbox without its sidecar. A crash in between leaves either a claim without a file, which is
removed, or a used sidecar in the inbox, which is removed when the claim is taken over. The sidecar is copied rather
than renamed, since a rename would leave the file alone for a moment, and rather than linked, since Linux forbids hard
links to files of other users.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from errno import ENAMETOOLONG
from pathlib import Path

from copytaster.archive.durable_files import sync
from copytaster.intake.file_filter import is_sidecar
from copytaster.model.metadata import SIDECAR
from copytaster.quarantine.file_names import copy_sidecar

CLAIMED_NAME = ".sidecar"
"""The sidecar's name in a claim's folder; it is hidden, so that no file of the inbox has the same name."""

UNFINISHED = ".sidecar.incoming"


def sidecar_of(file: Path | str) -> Path | None:
    """Return the path of the sidecar of ``file``: a regular file, or a link, which is invalid. Raises ``OSError``."""
    if is_sidecar(str(file)):
        return None
    sidecar = f"{file}{SIDECAR}"
    found = _state(sidecar)
    return Path(sidecar) if found and stat.S_IFMT(found.st_mode) in {stat.S_IFREG, stat.S_IFLNK} else None


def copy_into_claim(sidecar: Path, folder: Path) -> Path:
    """Copy a sidecar into a claim's folder atomically and return the copy; see ``copy_sidecar``. Raises ``OSError``."""
    copy_sidecar(sidecar, folder / UNFINISHED)
    return _finish(folder)


def write_into_claim(content: bytes, folder: Path) -> Path:
    """Write a sidecar's content into a claim's folder atomically and return the file. Raises ``OSError``."""
    (folder / UNFINISHED).write_bytes(content)
    return _finish(folder)


def claimed_sidecar(folder: Path) -> Path | None:
    """Return the sidecar of the claim in ``folder``, else None."""
    return kept if os.path.lexists(kept := folder / CLAIMED_NAME) else None


def is_no_sidecar(entry: Path, folder: Path) -> bool:
    """Return whether an entry of a claim's folder is anything but a sidecar."""
    return entry not in (folder / CLAIMED_NAME, folder / UNFINISHED)


def remove_claimed(file: Path, claimed: Path) -> None:
    """Remove the sidecar of ``file`` from the inbox, unless it has changed since it was copied to ``claimed``."""
    with suppress(OSError):  # a sidecar that remains is reported as an orphan later
        sidecar = file.with_name(file.name + SIDECAR)
        if _is_same(sidecar, claimed):
            sidecar.unlink()


def is_left_over(file: Path, path: str, claims: Path) -> bool:
    """Return whether the sidecar of ``file`` was copied for an earlier file at ``path``, and not removed yet.

    That happens if the watcher died in between; whichever watcher takes the claim over removes the sidecar. Cost: a
    listing of all claims. Folders with hidden names hold released files.
    """
    sidecar = file.with_name(file.name + SIDECAR)
    return any(
        os.path.lexists(kept.parent / path) and _is_same(sidecar, kept)
        for kept in claims.glob(f"[!.]*/*/{CLAIMED_NAME}")
    )


def _finish(folder: Path) -> Path:
    """Sync the copy to disk, unless it is a link, then give it its name."""
    if not (folder / UNFINISHED).is_symlink():
        sync(folder / UNFINISHED)
    return (folder / UNFINISHED).rename(folder / CLAIMED_NAME)


def _is_same(sidecar: Path, kept: Path) -> bool:
    """Compare size and modification time, which a copy preserves."""
    one, other = _state(sidecar), _state(kept)
    return bool(one and other and (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns))


def _state(file: Path | str) -> os.stat_result | None:
    try:
        return os.lstat(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == ENAMETOOLONG:  # the sidecar's name would be too long, so there is none
            return None
        raise
