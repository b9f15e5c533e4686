"""What the pipeline's functions are handed: ports and rules, never settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.archive import Archive
from copytaster.clock import Clock
from copytaster.dedup.index import NearIndex
from copytaster.isolation import Isolation
from copytaster.limits import Limits
from copytaster.quarantine import Quarantine
from copytaster.retry_policy import Backoff
from copytaster.store.file_leases import FileLeases
from copytaster.store.life import Epoch
from copytaster.store.ports import Articles, Events, Ledger, MemoryGauge, Presence
from copytaster.store.retaggings import Retaggings
from copytaster.store.senders import Senders
from copytaster.store.stories import Stories
from copytaster.store.term_frequencies import TermFrequencies
from copytaster.work import Publisher

if TYPE_CHECKING:  # parsers and models take most of a second to import, and a status needs neither
    from copytaster.metrics import PipelineMetrics
    from copytaster.parsing.reading import Reader
    from copytaster.tagging.tagger import Tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept on the server."""

    ledger: Ledger
    articles: Articles
    near: NearIndex
    stories: Stories
    senders: Senders
    retaggings: Retaggings
    events: Events
    presence: Presence
    epoch: Epoch
    files: FileLeases
    memory: MemoryGauge
    terms: TermFrequencies


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of the pipeline; ``copytaster.settings`` gives each one's reason."""

    limits: Limits
    lease: timedelta
    max_attempts: int
    backoff: Backoff
    near_threshold: float


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
