"""Moves a sidecar together with its file: the sidecar is copied into the claim first and leaves the inbox last.

So the file is never in the inbox without its sidecar. A crash in between leaves either a claim without a file, which is
removed, or a used sidecar in the inbox, which is removed when the claim is taken over. The sidecar is copied rather
than renamed, since a rename would leave the file alone for a moment, and rather than linked, since Linux forbids hard
links to files of other users.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from errno import EEXIST, ENAMETOOLONG
from functools import lru_cache
from itertools import combinations
from pathlib import Path

from copytaster.archive.durable_files import sync
from copytaster.model.sidecar_names import SIDECAR_SUFFIXES, SidecarPairs, described_by, is_sidecar, pair_sidecars
from copytaster.quarantine.file_names import copy_sidecar

CLAIMED_NAME = ".sidecar"
"""The sidecar's name in a claim's folder; it is hidden, so that no file of the inbox has the same name."""

UNFINISHED = ".sidecar.incoming"


FOLDERS = 8
"""Folders whose pairs are kept by ``sidecar_beside``: a command delivers the files of one folder after another."""


def sidecar_of(file: Path | str, listed: Path | str | None = None) -> Path | None:
    """Return the path of the sidecar of ``file``: a regular file, or a link, which is invalid.

    It has the file's name with one of the usual suffixes, or it is the one that a scan has ``listed``. Raises
    ``OSError``, also if there are several.
    """
    if is_sidecar(str(file)):
        return None
    names = dict.fromkeys(f"{file}{suffix}" for suffix in SIDECAR_SUFFIXES)
    if listed:
        names[str(listed)] = None
    found = [(name, state) for name in names if (state := _state(name)) and _may_be_sidecar(state)]
    for (one, state), (other, other_state) in combinations(found, 2):
        if not os.path.samestat(state, other_state):  # else the filesystem ignores case
            why = f"it has several sidecars, {Path(one).name}, {Path(other).name}: leave one of them"
            raise FileExistsError(EEXIST, why)
    return Path(found[0][0]) if found else None


def sidecar_beside(file: Path) -> Path | None:
    """Return the sidecar of any file, in any spelling of its name. Raises ``OSError``, also if it is unclear.

    Cost: a listing of its folder, once as long as that does not change.
    """
    folder = file.parent
    pairs = _pairs_in(folder, folder.stat().st_mtime_ns)
    if why := pairs.unclear.get(file.name):
        raise FileExistsError(EEXIST, why)
    listed = pairs.of.get(file.name)
    return sidecar_of(file, folder / listed if listed else None)


@lru_cache(FOLDERS)
def _pairs_in(folder: Path, changed: int) -> SidecarPairs:
    """Return the pairs in a folder in the state of this time of modification."""
    del changed
    names = [each.name for each in folder.iterdir()]
    sidecars = [each for each in names if is_sidecar(each)]
    return pair_sidecars(set(names) - set(sidecars), sidecars)


def _may_be_sidecar(state: os.stat_result) -> bool:
    return stat.S_IFMT(state.st_mode) in {stat.S_IFREG, stat.S_IFLNK}


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


def remove_claimed(sidecar: Path, claimed: Path) -> None:
    """Remove a sidecar from the inbox, unless it has changed since it was copied to ``claimed``."""
    with suppress(OSError):  # a sidecar that remains is reported as an orphan later
        if _is_same(sidecar, claimed):
            sidecar.unlink()


def remove_left_over(file: Path, claimed: Path) -> None:
    """Remove the sidecar of ``file`` from the inbox, in any spelling, if it was copied to ``claimed``.

    Cost: a listing of the folder.
    """
    with suppress(OSError):
        for sidecar in list(_spellings_beside(file)):
            remove_claimed(sidecar, claimed)


def _spellings_beside(file: Path) -> Iterator[Path]:
    with os.scandir(file.parent) as entries:
        for entry in entries:
            if is_sidecar(entry.name) and described_by(entry.name).lower() == file.name.lower():
                yield Path(entry.path)


def is_left_over(sidecar: Path, path: str, claims: Path) -> bool:
    """Return whether a sidecar was copied for an earlier file at ``path``, and not removed yet.

    That happens if the watcher died in between; whichever watcher takes the claim over removes the sidecar. Cost: a
    listing of all claims. Folders with hidden names hold released files.
    """
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
