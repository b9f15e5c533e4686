"""The dependencies of the pipeline's functions: ports and policy, never settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.archive.originals import Archive
from copytaster.clock import Clock
from copytaster.model.limits import Limits
from copytaster.model.retry_policy import Backoff
from copytaster.model.tracing import NoTracing, Tracing
from copytaster.model.work import Publisher
from copytaster.pipeline.unreported_outages import UnreportedOutages
from copytaster.quarantine.port import Quarantine
from copytaster.store.store import Store

if TYPE_CHECKING:  # parsers and models take most of a second to import, and most commands need neither
    from copytaster.metrics import PipelineMetrics
    from copytaster.parsing.reading import Reader
    from copytaster.stories.placing import Placing
    from copytaster.tagging.tagger import Tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The limits and thresholds of the pipeline; ``copytaster.settings`` gives the reason for each."""

    limits: Limits
    lease: timedelta
    max_attempts: int
    longest_outage: timedelta
    backoff: Backoff
    near_threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Everything a worker needs. ``owner`` names this process in leases and timelines."""

    store: Store
    archive: Archive
    quarantine: Quarantine
    publisher: Publisher
    reader: Reader
    tagger: Tagger
    placing: Placing
    clock: Clock
    policy: Policy
    metrics: PipelineMetrics
    owner: str
    tracing: Tracing = field(default_factory=NoTracing)
    unreported: UnreportedOutages = field(default_factory=UnreportedOutages)
