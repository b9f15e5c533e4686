"""Positions in the sequence of outgoing events: an entry of the store's stream may become several events.

The last event of an entry has the entry's id (``1764380000000-0``), those before it have a number behind it
(``1764380000000-0-1``, ``-2`` …). So the id of an entry means that all of it was read, also for clients of the stream.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_POSITION = re.compile(r"(\d{1,19}-\d{1,19})(?:-(\d{1,9}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Position:
    """An entry of the stream, and the number of the last event of it that was read; None: all of it."""

    entry: str
    number: int | None = None

    def __str__(self) -> str:
        """Return the id of the event at this position."""
        return self.entry if self.number is None else f"{self.entry}-{self.number}"

    @property
    def order(self) -> tuple[int, int, float]:
        """The sort key."""
        time, _, sequence = self.entry.partition("-")
        return int(time), int(sequence), math.inf if self.number is None else self.number


def parse_position(value: str) -> Position:
    """Return the position of an event's id; ``0`` is the start. Raises ``ValueError`` if it is not such an id."""
    parts = _POSITION.fullmatch("0-0" if value == "0" else value)
    if parts is None:
        raise ValueError(f"{value!r} is not the id of an event, such as 1764380000000-0")
    return Position(parts[1], int(parts[2]) if parts[2] else None)
