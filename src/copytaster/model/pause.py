"""Pauses: a person stops the intake, a source or a queue for a while."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from copytaster.model.article import Document, Text
from copytaster.model.source_names import name_key


class PauseKind(StrEnum):
    """What is paused: all of the intake, what one source delivers, or the work of one queue."""

    INTAKE = "intake"
    SOURCE = "source"
    QUEUE = "queue"


class Pause(Document):
    """A pause: ``name`` is that of the source or of the queue, null for the intake.

    ``until`` is when it ends by itself; null if a person has to end it.
    """

    kind: PauseKind
    name: Text | None
    by: Text
    reason: Text | None
    since: AwareDatetime
    until: AwareDatetime | None

    @property
    def id(self) -> str:
        """The id: there is one pause of each source and each queue."""
        return pause_id(self.kind, self.name)

    @property
    def what(self) -> str:
        """What is paused, for messages."""
        return "the intake" if self.name is None else f"the {self.kind} {self.name}"

    def has_ended(self, now: datetime) -> bool:
        """Return whether the pause has ended by itself."""
        return self.until is not None and self.until <= now


def pause_id(kind: PauseKind, name: str | None) -> str:
    """Return the id of a pause: ``intake``, ``queue:tag`` or ``source:kestrel``; names of sources are compared."""
    if name is None:
        return kind.value
    return f"{kind}:{name_key(name) if kind is PauseKind.SOURCE else name}"


def describe_pause(pause: Pause) -> str:
    """Return a sentence: what is paused, by whom, since when and until when, and why."""
    until = f"until {pause.until:%Y-%m-%d %H:%M:%S} UTC" if pause.until else "until it is resumed"
    why = f": {pause.reason}" if pause.reason else ""
    return f"{pause.what} is paused by {pause.by} since {pause.since:%Y-%m-%d %H:%M:%S} UTC, {until}{why}"
