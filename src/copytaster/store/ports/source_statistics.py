"""Who sends what first: counts by source. A port."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from copytaster.model.article import Document

MOST_SOURCES = 1_000
"""Sources that are counted by name: a source can come out of a file, so there may be any number of them."""

OTHERS = "(others)"
"""Under which all sources beyond are counted together."""

UNKNOWN = "(unknown)"
"""Under which articles of no source are counted."""

LEADS_KEPT = 1_000
"""The median is over so many of a source's latest leads: it shows how things are, and its cost is bounded."""

COUNTED_FOR = timedelta(days=1)
"""So long is remembered that an item was counted: a redelivery comes within hours; 9 MB at an article a second."""


class SourceCounts(Document):
    """What one source has sent: articles that nobody had sent before, and copies of what was there already.

    ``median_lead_seconds`` is by how much it was ahead of the copies that other sources sent later; null without any.
    """

    source: str
    first: int
    duplicates: int
    median_lead_seconds: float | None


class SourceStatistics(Protocol):
    """Counts items once, however often they are delivered again."""

    def count_first(self, item: str, source: str | None) -> None:
        """Count an article that ``source`` sent before anybody else. ``item`` is a name that no other item has."""
        ...

    def count_copy(self, item: str, source: str | None, *, of: str | None, lead: timedelta) -> None:
        """Count a copy, and by how much the source ``of`` was ahead if it is another one."""
        ...

    def tally(self) -> list[SourceCounts]:
        """Return the figures of each source, the one with the most articles and copies first. Two round trips."""
        ...
