"""What the pipeline's functions are handed: ports and rules, never settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.archive import Archive
from copytaster.clock import Clock
from copytaster.dedup.index import NearIndex
from copytaster.isolation import Isolation
from copytaster.quarantine import Quarantine
from copytaster.store.life import Epoch
from copytaster.store.ports import Articles, Events, Ledger, MemoryGauge, Presence
from copytaster.work import Publisher

if TYPE_CHECKING:  # parsers and models take most of a second to import, and a status needs neither
    from copytaster.metrics import PipelineMetrics
    from copytaster.parsing.reading import Reader
    from copytaster.tagging.tagger import Tagger

MOST_DOUBLINGS = 10
"""A disk that is full overnight makes hundreds of attempts; doubled as often, the delay would be no number of days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept on the server."""

    ledger: Ledger
    articles: Articles
    near: NearIndex
    events: Events
    presence: Presence
    epoch: Epoch
    memory: MemoryGauge


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of the pipeline; ``copytaster.settings`` gives each one's reason."""

    max_file_bytes: int
    lease: timedelta
    max_attempts: int
    retry: timedelta
    near_threshold: float

    def delay_after(self, attempt: int) -> timedelta:
        """Return how long to wait after the failed ``attempt`` (from 1): doubling each time, up to a thousandfold."""
        return self.retry * (1 << min(attempt - 1, MOST_DOUBLINGS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """What a worker works with. ``owner`` names this process in leases and timelines."""

    store: Store
    archive: Archive
    quarantine: Quarantine
    publisher: Publisher
    reader: Reader
    tagger: Tagger
    clock: Clock
    policy: Policy
    metrics: PipelineMetrics
    isolation: Isolation
    owner: str
