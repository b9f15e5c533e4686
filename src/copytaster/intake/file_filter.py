"""Which files the watcher takes, by name: all except unfinished files, sidecars, and folder defaults."""

from __future__ import annotations

from copytaster.model.metadata import FOLDER_DEFAULTS, SIDECAR

UNFINISHED = (".tmp", ".part", ".crdownload", ".filepart", "~")
"""Name endings that writers, browsers and transfer programs use for unfinished files."""


def is_sidecar(path: str) -> bool:
    """Return whether this name or path is that of a sidecar. A hidden name is not: hidden files are never taken."""
    return path.endswith(SIDECAR) and not path.rpartition("/")[2].startswith(".")


def described_by(sidecar: str) -> str:
    """Return the path of the file that a sidecar describes."""
    return sidecar.removesuffix(SIDECAR)


def is_taken(name: str) -> bool:
    """Return whether the watcher takes a file of this name."""
    return not (name.startswith(".") or name.endswith((*UNFINISHED, SIDECAR)) or name == FOLDER_DEFAULTS)


def is_entered(folder: str) -> bool:
    """Return whether the watcher scans a folder of this name. Hidden folders are skipped: one holds the claims."""
    return not folder.startswith(".")
