"""What the pipeline's functions are handed: ports and rules, never settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from copytaster.archive.originals import Archive
from copytaster.clock import Clock
from copytaster.model.limits import Limits
from copytaster.model.retry_policy import Backoff
from copytaster.model.work import Publisher
from copytaster.quarantine.folder import Quarantine
from copytaster.store.store import Store

if TYPE_CHECKING:  # parsers and models take most of a second to import, and a status needs neither
    from copytaster.metrics import PipelineMetrics
    from copytaster.parsing.reading import Reader
    from copytaster.tagging.tagger import Tagger


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of the pipeline; ``copytaster.settings`` gives each one's reason."""

    limits: Limits
    lease: timedelta
    max_attempts: int
    backoff: Backoff
    near_threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
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
    owner: str
