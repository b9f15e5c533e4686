"""The port of the source statistics: which source sends articles first, and which sends copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import AwareDatetime

from copytaster.model.article import Document

MAX_SOURCES = 1_000
"""Sources with counts of their own. A file may name its source, so the number of sources has no bound."""

OTHERS = "(others)"
"""The name under which all further sources are counted together."""

UNKNOWN = "(unknown)"
"""The name under which articles without a source are counted."""

LEADS_KEPT = 100
"""The median is taken over this many of a source's latest leads: recent behaviour, at half a kilobyte for a reader."""

HOUR = timedelta(hours=1)
HOURS = 24
"""Hours for which items are counted apart: a source has its hours of the day. Some 25 bytes an hour and source."""

COUNTED_FOR = timedelta(days=1)
"""How long an item is remembered as counted: redeliveries come within hours; 9 MB at an article a second."""


class SourceCounts(Document):
    """Counts of one source: articles that it sent first, and copies of articles that existed already.

    ``median_lead_seconds`` is the median time from its articles to the copies that other sources sent; null without
    such copies.
    """

    source: str
    first: int
    duplicates: int
    median_lead_seconds: float | None


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """What a source, or several together, has sent: articles that it sent first, and copies."""

    source: str
    first: int
    copies: int


class SourceActivity(Document):
    """When a source sent its last item, and how many it sent in each of the last hours, the oldest first.

    The last of ``hourly`` is the present hour, which is not over. ``last_seen_at`` is null if only an earlier release
    has counted the source.
    """

    last_seen_at: AwareDatetime | None
    hourly: tuple[int, ...]


class SourceStatistics(Protocol):
    """Counts each item once, however often it is delivered. ``item`` is a unique name of the item."""

    def count_first(self, item: str, source: str | None) -> None:
        """Count an article that ``source`` sent before every other source."""
        ...

    def count_first_many(self, sources: Mapping[str, str | None]) -> None:
        """Do ``count_first`` for the source of each item; one round trip."""
        ...

    def count_copy(self, item: str, source: str | None, *, of: str | None, lead: timedelta) -> None:
        """Count a copy, and the ``lead`` of the source ``of`` that sent the original, if it is another source."""
        ...

    def counts(self, *, after: str | None = None, limit: int = MAX_SOURCES + 1) -> list[SourceCounts]:
        """Return the counts of sources, the ones with the most items first; at most ``limit``, in two round trips.

        ``after`` is the last source of the previous page. Raises ``WrongCursorError`` if it is not a source.
        """
        ...

    def activity(self, sources: Sequence[str]) -> dict[str, SourceActivity]:
        """Return when each of the sources was active in the last ``HOURS``; one round trip of ``HOURS`` commands."""
        ...

    def figures(self, *, named: int) -> list[SourceFigures]:
        """Return the counts of up to ``named`` sources, and then those of all ``OTHERS`` together.

        No figure ever falls: the sources that come first are named, and stay so. Cost: one round trip, in which the
        server reads the counts of ``MAX_SOURCES``.
        """
        ...


def hour_of(at: datetime) -> int:
    """Return the number of the hour that contains a time."""
    return int(at.timestamp() // HOUR.total_seconds())
