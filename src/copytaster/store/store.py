"""The store: all its ports in one value."""

from __future__ import annotations

from dataclasses import dataclass

from copytaster.store.ports.articles import Articles
from copytaster.store.ports.audit import AuditTrail
from copytaster.store.ports.epoch import Epoch
from copytaster.store.ports.events import Events
from copytaster.store.ports.failed_files import FailedFiles
from copytaster.store.ports.file_leases import FileLeases
from copytaster.store.ports.history import History
from copytaster.store.ports.idempotency import IdempotencyKeys
from copytaster.store.ports.jobs import Jobs
from copytaster.store.ports.key_uses import KeyUses
from copytaster.store.ports.known_files import KnownFiles
from copytaster.store.ports.layout import Layout
from copytaster.store.ports.ledger import Ledger
from copytaster.store.ports.memory_gauge import MemoryGauge
from copytaster.store.ports.near_index import NearIndex
from copytaster.store.ports.pauses import Pauses
from copytaster.store.ports.presence import Presence
from copytaster.store.ports.retaggings import Retaggings
from copytaster.store.ports.retention import Retention
from copytaster.store.ports.search_hits import SearchHits
from copytaster.store.ports.sessions import Sessions
from copytaster.store.ports.source_statistics import SourceStatistics
from copytaster.store.ports.source_watch import SourceWatch
from copytaster.store.ports.standing_searches import StandingSearches
from copytaster.store.ports.stories import Stories
from copytaster.store.ports.term_frequencies import TermFrequencies
from copytaster.store.ports.webhook_messages import WebhookMessages
from copytaster.store.ports.write_check import WriteCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The ports to everything that is stored on the server."""

    ledger: Ledger
    known_files: KnownFiles
    articles: Articles
    near: NearIndex
    stories: Stories
    source_statistics: SourceStatistics
    source_watch: SourceWatch
    retaggings: Retaggings
    retention: Retention
    events: Events
    presence: Presence
    epoch: Epoch
    layout: Layout
    files: FileLeases
    memory: MemoryGauge
    writes: WriteCheck
    terms: TermFrequencies
    webhooks: WebhookMessages
    history: History
    sessions: Sessions
    key_uses: KeyUses
    audit: AuditTrail
    searches: StandingSearches
    search_hits: SearchHits
    failed: FailedFiles
    pauses: Pauses
    idempotency: IdempotencyKeys
    jobs: Jobs
