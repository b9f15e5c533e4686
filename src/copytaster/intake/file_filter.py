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


def why_never_taken(path: str) -> str | None:
    """Return why the watcher never takes the file at this path below the inbox, and what to do; None if it may."""
    *folders, name = path.split("/")
    hidden = next((folder for folder in folders if not is_entered(folder)), None)
    if hidden is not None:
        return f"its folder {hidden} is hidden; move it into another folder"
    if name.startswith("."):
        return "its name begins with a dot; rename it"
    ending = next((each for each in UNFINISHED if name.endswith(each)), None)
    if ending is not None:
        return f"its name ends in {ending}, as unfinished files do; its writer, or a person, has to rename it"
    if name == FOLDER_DEFAULTS:
        return "it contains the defaults of its folder"
    return None


def is_entered(folder: str) -> bool:
    """Return whether the watcher scans a folder of this name. Hidden folders are skipped: one holds the claims."""
    return not folder.startswith(".")
