"""Which names are files to take: everything but what somebody is still writing, and what describes other files."""

from __future__ import annotations

UNFINISHED = (".tmp", ".part", ".crdownload", ".filepart", "~")
"""Ends of names under which writers, browsers and transfer programs keep what is not finished."""

SIDECAR = ".meta.json"
"""``story.html.meta.json`` describes ``story.html``; it is no article."""

FOLDER_DEFAULTS = "_source.yml"
"""Describes all files of its folder; it is no article."""


def is_taken(name: str) -> bool:
    """Say whether a file of this name is taken."""
    return not (name.startswith(".") or name.endswith((*UNFINISHED, SIDECAR)) or name == FOLDER_DEFAULTS)


def is_entered(folder: str) -> bool:
    """Say whether a folder of this name is looked into: hidden ones are not, the claims lie in one."""
    return not folder.startswith(".")
