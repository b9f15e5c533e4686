"""The port of the heartbeats: the running processes of the system."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime, Field

from copytaster.model.article import Document


class Part(StrEnum):
    """A kind of process of the system."""

    WATCHER = "watcher"
    WORKER = "worker"
    API = "api"
    SUPERVISOR = "supervisor"


MAX_UNFINISHED = 50
"""Unfinished files in a heartbeat, those that have waited longest first: some 10 KB, which each status reads."""


class UnfinishedFile(Document):
    """A file in the inbox that no longer changes and is not taken yet.

    ``missing`` is what it waits for, null if that is not known. ``until`` is when it is taken or refused if it does not
    change, null if it waits without a limit. ``certain``: its format shows that something is missing, so that it goes
    to quarantine then.
    """

    path: str
    missing: str | None
    since: AwareDatetime
    until: AwareDatetime | None
    certain: bool


class Heartbeat(Document):
    """A sign of life, sent by the process's own work loop only.

    ``progress_at`` is when the loop last finished work, null before the first time; ``details`` are figures of the
    process. ``unfinished`` are the first of a watcher's files that are not finished.
    """

    part: Part
    name: str
    host: str
    pid: int
    started_at: AwareDatetime
    beat_at: AwareDatetime
    progress_at: AwareDatetime | None = None
    details: dict[str, str | int | float | None] = Field(default_factory=dict)
    unfinished: tuple[UnfinishedFile, ...] = ()


HEARTBEAT_LIFETIME = timedelta(minutes=1)
"""Long enough for a person to see that a process is silent, short enough to keep the list free of dead processes."""


class Presence(Protocol):
    """Stores the last heartbeat of each process."""

    def beat(self, heartbeat: Heartbeat) -> None:
        """Store a heartbeat; it is removed ``HEARTBEAT_LIFETIME`` after the last one."""
        ...

    def leave(self, part: Part, name: str) -> None:
        """Remove the heartbeat of a process that shuts down in an orderly way."""
        ...

    def present(self) -> list[Heartbeat]:
        """Return the heartbeats of the last ``HEARTBEAT_LIFETIME``, ordered by part and name."""
        ...
