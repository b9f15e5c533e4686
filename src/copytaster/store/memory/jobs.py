"""The jobs in memory."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from copytaster.clock import Clock
from copytaster.model.job import Job, JobId, JobState
from copytaster.model.work import is_ahead
from copytaster.store.ports.jobs import KEPT, MAX_WAITING, TooManyJobsError


class MemoryJobs:
    """Implements ``Jobs``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._jobs: dict[JobId, Job] = {}
        self._owner = ""
        self._leased_until: datetime | None = None

    def add(self, job: Job) -> None:
        """Store a job; see ``Jobs.add``."""
        with self._lock:
            if len(self._open()) >= MAX_WAITING:
                raise TooManyJobsError
            self._jobs[job.id] = job
            ended = sorted(name for name, each in self._jobs.items() if each.state is JobState.ENDED)
            for each in ended[: max(0, len(ended) - KEPT)]:
                del self._jobs[each]

    def get(self, job_id: JobId) -> Job | None:
        """Return a job; see ``Jobs.get``."""
        return self._jobs.get(job_id)

    def latest(self, *, limit: int) -> list[Job]:
        """Return the latest jobs; see ``Jobs.latest``."""
        with self._lock:
            return [self._jobs[each] for each in sorted(self._jobs, reverse=True)[:limit]]

    def take(self, *, owner: str, lease: timedelta) -> Job | None:
        """Take the lease; see ``Jobs.take``."""
        with self._lock:
            now = self._clock.now()
            is_free = self._leased_until is None or not is_ahead(self._leased_until, now) or self._owner == owner
            if not is_free or not (waiting := self._open()):
                return None
            self._owner, self._leased_until = owner, now + lease
            return self._jobs[min(waiting)]

    def save(self, job: Job, *, owner: str, lease: timedelta) -> bool:
        """Store how far a job is; see ``Jobs.save``."""
        with self._lock:
            if self._owner != owner or self._leased_until is None:
                return False
            self._jobs[job.id] = job
            self._leased_until = self._clock.now() + lease if lease else None
            return True

    def _open(self) -> list[JobId]:
        return [name for name, each in self._jobs.items() if each.state is not JobState.ENDED]
