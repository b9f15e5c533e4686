"""Learns from what is seen of sources, and reports once when something about one of them begins or ends to be unusual.

Any number of processes may do this. What one has learned is saved together with the place up to which it has read, so
that each sighting counts once, and each finding is reported once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from copytaster.clock import Clock
from copytaster.model.pause import PauseKind
from copytaster.model.sighting import Arrived
from copytaster.model.source_finding import FindingKind, SourceFinding
from copytaster.model.source_names import name_key
from copytaster.monitoring.sources.contract import Contract
from copytaster.monitoring.sources.findings import find
from copytaster.monitoring.sources.record import pack_contract, unpack_contract
from copytaster.store.ports.presence import Part
from copytaster.store.ports.source_statistics import MAX_SOURCES
from copytaster.store.ports.source_watch import Seen, WatchChange, WatchState
from copytaster.store.store import Store

log = structlog.get_logger(__name__)

LOOK = timedelta(minutes=1)
"""Time between two looks at all sources; each saves the contracts of the sources that have sent something."""

FULL = 5_000
"""Sightings after which they are learned from earlier; some 0.3 s of work."""

ASLEEP = timedelta(minutes=5)
"""After this time without a look nobody has watched: files may have waited in the inbox, so no source was silent."""

FORGOTTEN = timedelta(days=56)
"""A source without a file for this long is forgotten: twice the longest silence that can be declared."""

HELD_UP = ("paused", "interrupted", "rebuilding")
"""Details of a watcher's heartbeat that say why it takes no files."""


@dataclass(slots=True)
class SourceWatching:
    """Looks at the sources at each ``step``; not for several threads."""

    store: Store
    clock: Clock
    _version: int | None = field(default=None, init=False)
    _contracts: dict[str, Contract] = field(default_factory=dict, init=False)
    _found: dict[tuple[str, FindingKind], SourceFinding] = field(default_factory=dict, init=False)

    def step(self) -> None:
        """Learn and look, if the last look was a minute ago. Raises ``TransientError``.

        Cost: one round trip; up to six for a look, and some 50 µs for each sighting and each source.
        """
        state, now = self.store.source_watch.state(), self.clock.now()
        is_due = state.looked_at is None or not timedelta(0) <= now - state.looked_at < LOOK
        if is_due or state.waiting > FULL:
            self._look(state, now)

    def _look(self, state: WatchState, now: datetime) -> None:
        self._load(state)
        page = self.store.source_watch.sightings(state.position, limit=FULL)
        slept = state.looked_at is None or now - state.looked_at > ASLEEP
        touched = self._wake(set(self._contracts) if slept else self._held_up(), now)
        if page.gap:
            log.warning("sources.sightings_lost", after=state.position, next="numbers are not missed for a while")
            for each in self._contracts.values():
                each.lose_track()
        touched |= self._learn(page.seen)
        gone = {name for name, each in self._contracts.items() if _is_gone(each, now)}
        present = self._findings(now, set(self._contracts) - gone)
        change = WatchChange(
            position=page.position,
            contracts={name: pack_contract(self._contracts[name]) for name in touched - gone},
            removed=sorted(gone),
            found=[each for name, each in present.items() if name not in self._found],
            updated=[each for name, each in present.items() if name in self._found and each != self._found[name]],
            ended=[each for name, each in self._found.items() if name not in present],
        )
        if not self.store.source_watch.save(change, after=state.version):
            self._version = None
            return
        self._version, self._found = state.version + 1, present
        for name in gone:
            del self._contracts[name]
        _log(change)

    def _load(self, state: WatchState) -> None:
        """Read what other processes have learned."""
        if self._version == state.version:
            return
        records = self.store.source_watch.contracts()
        self._contracts = {name: unpack_contract(name, each) for name, each in records.items()}
        self._found = {(each.source, each.kind): each for each in self.store.source_watch.findings()}
        # What is learned is in memory before it is saved: after an error everything is read again.
        self._version = None

    def _held_up(self) -> set[str]:
        """Return the sources whose files stay in the inbox now."""
        beats = self.store.presence.present()
        watchers = [each.details for each in beats if each.part is Part.WATCHER]
        pauses = self.store.pauses.all()
        is_held_up = bool(watchers) and all(any(each.get(name) for name in HELD_UP) for each in watchers)
        if is_held_up or any(each.kind is PauseKind.INTAKE for each in pauses):
            return set(self._contracts)
        paused = {name_key(str(each.name)) for each in pauses if each.kind is PauseKind.SOURCE}
        return {each for each in self._contracts if name_key(each) in paused} if paused else set()

    def _wake(self, sources: Iterable[str], now: datetime) -> set[str]:
        woken = set(sources)
        for each in woken:
            self._contracts[each].wake(now.timestamp())
        return woken

    def _learn(self, seen: Iterable[Seen]) -> set[str]:
        """Learn from sightings, and return their sources. A source is known from its first file on."""
        sources = set[str]()
        for each in seen:
            name, at = each.sighting.source, each.at.timestamp()
            if name not in self._contracts:
                if not isinstance(each.sighting, Arrived) or len(self._contracts) >= MAX_SOURCES:
                    continue
                self._contracts[name] = Contract(name)
                self._contracts[name].wake(at)
            self._contracts[name].note(each.sighting, at)
            sources.add(name)
        return sources

    def _findings(self, now: datetime, sources: Iterable[str]) -> dict[tuple[str, FindingKind], SourceFinding]:
        """Return what is unusual now; what was so before keeps its time."""
        findings = {}
        for source in sources:
            contract = self._contracts[source]
            for kind, message in find(contract, now.timestamp()).items():
                known = self._found.get((source, kind))
                began = datetime.fromtimestamp(contract.since, UTC) if kind is FindingKind.QUIET else now
                since = known.since if known else began
                findings[source, kind] = SourceFinding(source=source, kind=kind, since=since, message=message)
        return findings


def _is_gone(contract: Contract, now: datetime) -> bool:
    return now.timestamp() - (contract.seen_at or contract.since) > FORGOTTEN.total_seconds()


def _log(change: WatchChange) -> None:
    for each in change.found:
        log.warning("source.unusual", source=each.source, kind=each.kind.value, what=each.message)
    for each in change.ended:
        log.info("source.recovered", source=each.source, kind=each.kind.value)
