"""A sidecar goes where its file goes: it is copied into the claim first and leaves the inbox last.

A crash in between leaves a claim without a file, which is forgotten, or a spent sidecar in the inbox, which whoever
takes the claim over removes. So the file is never in the inbox without its sidecar. A copy rather than a rename,
since a rename would show the file alone for a moment; and rather than a hard link, since Linux forbids links to
files of other users.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from errno import ENAMETOOLONG
from pathlib import Path

from copytaster.intake.file_filter import is_sidecar
from copytaster.model.metadata import SIDECAR

KEPT = ".sidecar"
"""The sidecar's name in a claim's folder; hidden, so that no file of the inbox has it."""

UNFINISHED = ".sidecar.incoming"


def beside(file: Path) -> Path | None:
    """Return the regular file that is the sidecar of ``file``, None without one. Raises ``OSError``."""
    if is_sidecar(file.name):
        return None
    sidecar = file.with_name(file.name + SIDECAR)
    found = _state(sidecar)
    return sidecar if found and stat.S_ISREG(found.st_mode) else None


def bring(sidecar: Path, folder: Path) -> Path:
    """Copy a sidecar into a claim's folder, whole or not at all, and return the copy. Raises ``OSError``."""
    shutil.copy2(sidecar, folder / UNFINISHED)
    return _finish(folder)


def write(content: bytes, folder: Path) -> Path:
    """Like ``bring`` for bytes in memory."""
    (folder / UNFINISHED).write_bytes(content)
    return _finish(folder)


def kept_in(folder: Path) -> Path | None:
    """Return the sidecar of the claim in ``folder``, None without one."""
    return kept if (kept := folder / KEPT).exists() else None


def is_file(entry: Path, folder: Path) -> bool:
    """Say whether an entry of a claim's folder is no sidecar."""
    return entry not in (folder / KEPT, folder / UNFINISHED)


def let_go(file: Path, kept: Path) -> None:
    """Remove the sidecar of ``file`` from the inbox, if it is still the one that was copied to ``kept``."""
    with suppress(OSError):  # one that stays is given up as an orphan, visibly
        sidecar = file.with_name(file.name + SIDECAR)
        if _is_same(sidecar, kept):
            sidecar.unlink()


def is_spent(file: Path, path: str, claims: Path) -> bool:
    """Say whether the sidecar of ``file`` belongs to a claim of an earlier file at that ``path``.

    Its watcher died before it was removed; whoever takes over does so. Cost: a listing of all claims.
    """
    sidecar = file.with_name(file.name + SIDECAR)
    return any(os.path.lexists(kept.parent / path) and _is_same(sidecar, kept) for kept in claims.glob(f"*/*/{KEPT}"))


def _finish(folder: Path) -> Path:
    """Let the copy outlive a power cut before it gets its name."""
    with (folder / UNFINISHED).open("rb") as copied:
        os.fsync(copied.fileno())
    return (folder / UNFINISHED).rename(folder / KEPT)


def _is_same(sidecar: Path, kept: Path) -> bool:
    """Compare size and time of writing, which a copy keeps."""
    one, other = _state(sidecar), _state(kept)
    return bool(one and other and (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns))


def _state(file: Path) -> os.stat_result | None:
    try:
        return file.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == ENAMETOOLONG:  # a name so long has no sidecar
            return None
        raise
