"""The port of the heartbeats: which parts of the system run now."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime, Field

from copytaster.model.article import Document


class Part(StrEnum):
    """A running part of the system."""

    WATCHER = "watcher"
    WORKER = "worker"
    API = "api"


class Heartbeat(Document):
    """A sign of life that only the part's own work loop gives.

    ``progress_at`` is when the loop last finished work, null before the first; ``details`` are figures of the part.
    """

    part: Part
    name: str
    host: str
    pid: int
    started_at: AwareDatetime
    beat_at: AwareDatetime
    progress_at: AwareDatetime | None = None
    details: dict[str, str | int | float | None] = Field(default_factory=dict)


FORGOTTEN_AFTER = timedelta(minutes=1)
"""Long enough for a person to see that a part has gone silent, short enough that dead ones do not pile up."""


class Presence(Protocol):
    """Who is at work."""

    def beat(self, heartbeat: Heartbeat) -> None:
        """Say that a part is alive; forgotten by itself ``FORGOTTEN_AFTER`` the last beat."""
        ...

    def leave(self, part: Part, name: str) -> None:
        """Say that a part ends in an orderly way."""
        ...

    def present(self) -> list[Heartbeat]:
        """Return the heartbeats not yet forgotten, ordered by part and name."""
        ...
