"""The port of what is seen of sources: sightings that wait to be learned from, contracts, and what was found.

The ledger writes a sighting in the transaction in which a delivery is registered or settled, or an article tagged. One
process after another reads them and saves what it has learned, together with the place up to which it has read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from copytaster.model.events import EventKind
from copytaster.model.sighting import Sighting
from copytaster.model.source_finding import FindingKind, SourceFinding

SIGHTINGS_KEPT = 50_000
"""The approximate number of sightings that wait, some 4 MB: those of a minute at a rate that no machine reaches."""

BEGUN = {
    FindingKind.QUIET: EventKind.SOURCE_QUIET,
    FindingKind.FLOODING: EventKind.SOURCE_FLOODING,
    FindingKind.DRIFTING: EventKind.SOURCE_DRIFTING,
    FindingKind.FROZEN: EventKind.SOURCE_FROZEN,
    FindingKind.GAP: EventKind.SOURCE_GAP,
}
"""The event with which a finding begins; each ends with ``SOURCE_RECOVERED``."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting and its time."""

    at: datetime
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class SightingPage:
    """The next sightings, the oldest first, and the position after them; with ``gap``, some before them were lost."""

    seen: tuple[Seen, ...]
    position: str
    gap: bool


@dataclass(frozen=True, slots=True)
class WatchState:
    """How far the watch is.

    ``version`` rises with each change, ``position`` is the last sighting that was learned from, ``looked_at`` the time
    of the last change, None before the first; ``waiting`` sightings are stored, with the one at the position.
    """

    version: int
    position: str
    looked_at: datetime | None
    waiting: int


@dataclass(frozen=True, slots=True)
class WatchChange:
    """What a process has learned: records of contracts by source, and those to remove.

    ``found`` are new findings, ``updated`` known ones with another phrase, ``ended`` those that exist no more.
    """

    position: str
    contracts: Mapping[str, bytes] = field(default_factory=dict)
    removed: Sequence[str] = ()
    found: Sequence[SourceFinding] = ()
    updated: Sequence[SourceFinding] = ()
    ended: Sequence[SourceFinding] = ()


class SourceWatch(Protocol):
    """Every method raises ``TransientError`` if the server does not answer, and is one round trip."""

    def state(self) -> WatchState:
        """Return how far the watch is."""
        ...

    def sightings(self, position: str, *, limit: int) -> SightingPage:
        """Return the sightings after a position."""
        ...

    def contracts(self, sources: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return the records of the contracts of these sources, by default of all; sources without one are left out."""
        ...

    def findings(self) -> list[SourceFinding]:
        """Return what is found now, by kind and since when."""
        ...

    def save(self, change: WatchChange, *, after: int) -> bool:
        """Record what was learned, and write an event for each finding that has begun or ended.

        Returns False, and changes nothing, unless the version is ``after``: another process was first.
        """
        ...


def finding_order(finding: SourceFinding) -> tuple[int, datetime, str]:
    """Return the sort key of a finding."""
    return list(FindingKind).index(finding.kind), finding.since, finding.source
