"""The watch of sources in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from copytaster.clock import Clock
from copytaster.model.events import EventKind
from copytaster.model.sighting import Sighting
from copytaster.model.source_finding import FindingKind, SourceFinding
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.ports.events import START
from copytaster.store.ports.source_watch import (
    BEGUN,
    SIGHTINGS_KEPT,
    Seen,
    SightingPage,
    WatchChange,
    WatchState,
    finding_order,
)


class MemorySourceWatch:
    """Implements ``SourceWatch``; a position is ``0-`` and the number of a sighting."""

    def __init__(self, clock: Clock, events: MemoryEvents) -> None:
        self._clock = clock
        self._events = events
        self._lock = threading.RLock()
        self._seen: dict[int, Seen] = {}
        self._last = 0
        self._version = 0
        self._position = START
        self._looked_at: datetime | None = None
        self._contracts: dict[str, bytes] = {}
        self._findings: dict[tuple[str, FindingKind], SourceFinding] = {}

    def append(self, sighting: Sighting | None) -> None:
        """Append a sighting; called by the ledger only."""
        if sighting is None:
            return
        with self._lock:
            self._last += 1
            self._seen[self._last] = Seen(self._clock.now(), sighting)
            self._seen.pop(self._last - SIGHTINGS_KEPT, None)

    def state(self) -> WatchState:
        """Return how far the watch is; see ``SourceWatch.state``."""
        with self._lock:
            return WatchState(self._version, self._position, self._looked_at, len(self._seen))

    def sightings(self, position: str, *, limit: int) -> SightingPage:
        """Return sightings; see ``SourceWatch.sightings``."""
        last = int(position.partition("-")[2])
        with self._lock:
            found = [number for number in self._seen if number > last][:limit]
            gap = position != START and last not in self._seen
            return SightingPage(tuple(self._seen[each] for each in found), f"0-{found[-1]}" if found else position, gap)

    def contracts(self, sources: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return records; see ``SourceWatch.contracts``."""
        with self._lock:
            names = self._contracts if sources is None else sources
            return {each: self._contracts[each] for each in names if each in self._contracts}

    def findings(self) -> list[SourceFinding]:
        """Return what is found; see ``SourceWatch.findings``."""
        with self._lock:
            return sorted(self._findings.values(), key=finding_order)

    def save(self, change: WatchChange, *, after: int) -> bool:
        """Record what was learned; see ``SourceWatch.save``."""
        with self._lock:
            if after != self._version:
                return False
            self._version += 1
            self._position, self._looked_at = change.position, self._clock.now()
            kept = int(change.position.partition("-")[2])
            self._seen = {number: seen for number, seen in self._seen.items() if number >= kept}
            self._contracts |= change.contracts
            for each in change.removed:
                self._contracts.pop(each, None)
            for finding in (*change.found, *change.updated):
                self._findings[finding.source, finding.kind] = finding
            for finding in change.ended:
                self._findings.pop((finding.source, finding.kind), None)
            self._report(change)
            return True

    def _report(self, change: WatchChange) -> None:
        for each in change.found:
            self._append(BEGUN[each.kind], each)
        for each in change.ended:
            self._append(EventKind.SOURCE_RECOVERED, each)

    def _append(self, kind: EventKind, finding: SourceFinding) -> None:
        self._events.append(kind, at=self._clock.now(), finding=finding)
