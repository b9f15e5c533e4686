"""The port of the pauses."""

from __future__ import annotations

from typing import Protocol

from copytaster.model.pause import Pause

MAX_PAUSES = 1_000
"""Pauses at a time, some 200 KB, which every watcher and worker reads every two seconds."""


class TooManyPausesError(Exception):
    """There are ``MAX_PAUSES`` already."""


class Pauses(Protocol):
    """Stores the present pauses. Every method raises ``TransientError`` if the server does not answer."""

    def put(self, pause: Pause) -> None:
        """Store a pause; it replaces one of the same id. Raises ``TooManyPausesError``."""
        ...

    def remove(self, pause_id: str) -> Pause | None:
        """Remove a pause and return it; None if there is none, or if it has ended by itself."""
        ...

    def all(self) -> list[Pause]:
        """Return the pauses that have not ended, the oldest first; one round trip."""
        ...
