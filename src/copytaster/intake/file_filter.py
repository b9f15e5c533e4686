"""Which names are files to take: everything but what somebody is still writing, and what describes other files."""

from __future__ import annotations

from copytaster.model.metadata import FOLDER_DEFAULTS, SIDECAR

UNFINISHED = (".tmp", ".part", ".crdownload", ".filepart", "~")
"""Ends of names under which writers, browsers and transfer programs keep what is not finished."""


def is_sidecar(path: str) -> bool:
    """Say whether a file of this name or path describes another one: what is left of a hidden name is nobody's."""
    return path.endswith(SIDECAR) and not path.rpartition("/")[2].startswith(".")


def described_by(sidecar: str) -> str:
    """Return the path of the file that the sidecar at a path describes."""
    return sidecar.removesuffix(SIDECAR)


def is_taken(name: str) -> bool:
    """Say whether a file of this name is taken."""
    return not (name.startswith(".") or name.endswith((*UNFINISHED, SIDECAR)) or name == FOLDER_DEFAULTS)


def is_entered(folder: str) -> bool:
    """Say whether a folder of this name is looked into: hidden ones are not, the claims lie in one."""
    return not folder.startswith(".")
