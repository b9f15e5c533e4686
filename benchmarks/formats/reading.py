"""Reads a file with all built-in parsers, to items or an error."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2100, 1, 1, tzinfo=UTC)
"""Later than every date in the corpus, so that the result does not depend on the current date."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The items in the file's order, and the error that ended the file, if any. ``raw`` is the file's content."""

    raw: bytes
    items: tuple[Draft | BadItem, ...]
    error: PermanentError | None
    seconds: float

    @property
    def drafts(self) -> list[Draft]:
        """The items that are articles."""
        return [item for item in self.items if isinstance(item, Draft)]

    @property
    def reasons(self) -> set[Reason]:
        """The reasons of refusals and failures."""
        return {item.reason for item in self.items if isinstance(item, BadItem)} | (
            {self.error.reason} if self.error else set()
        )

    @property
    def refused(self) -> bool:
        """Whether there is no article because a rule refused the file, not because of a fault."""
        bad = [item.error() for item in self.items if isinstance(item, BadItem)] + ([self.error] if self.error else [])
        return not self.drafts and bool(bad) and all(isinstance(each, RefusedError) for each in bad)

    def at(self, index: int) -> Draft | None:
        """Return the draft at a place among the items, None if there is none."""
        found = self.items[index] if index < len(self.items) else None
        return found if isinstance(found, Draft) else None


def read(reader: ParsingReader, raw: bytes, name: str) -> Outcome:
    """Return the outcome of a file, with the CPU time."""
    began = time.process_time()
    items: list[Draft | BadItem] = []
    error: PermanentError | None = None
    try:
        items.extend(reading.item for reading in reader.read(Original(name=name, now=NOW, content=raw)))
    except PermanentError as raised:
        error = raised
    return Outcome(raw, tuple(items), error, time.process_time() - began)
