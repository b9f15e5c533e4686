"""Orders and shows jobs, wherever they are: on the server of this installation, or through an API."""

from __future__ import annotations

from itertools import islice
from typing import Protocol

from copytaster.client import Client, NotFoundError
from copytaster.model.job import Job, JobId, JobOrder
from copytaster.recovery.jobs import order_job
from copytaster_cli.dependencies import CommandDependencies


class JobDesk(Protocol):
    """Every method raises ``CopytasterError`` if there is no answer."""

    def order(self, order: JobOrder) -> Job:
        """Order a job, which a watcher does. Raises ``JobRefusedError`` or ``ApiError``."""
        ...

    def get(self, job_id: JobId) -> Job | None:
        """Return a job; None if there is none, or if it was too long ago."""
        ...

    def latest(self, *, limit: int) -> list[Job]:
        """Return the latest jobs, the newest first; an API has 50."""
        ...


class StoreJobDesk:
    """Implements ``JobDesk``."""

    def __init__(self, dependencies: CommandDependencies) -> None:
        self._jobs = dependencies.store().jobs
        self._clock = dependencies.clock

    def order(self, order: JobOrder) -> Job:
        """Order a job; see ``JobDesk.order``."""
        return order_job(order, self._jobs, self._clock)

    def get(self, job_id: JobId) -> Job | None:
        """Return a job; see ``JobDesk.get``."""
        return self._jobs.get(job_id)

    def latest(self, *, limit: int) -> list[Job]:
        """Return the latest jobs; see ``JobDesk.latest``."""
        return self._jobs.latest(limit=limit)


class ApiJobDesk:
    """Implements ``JobDesk``."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def order(self, order: JobOrder) -> Job:
        """Order a job; see ``JobDesk.order``."""
        return self._client.order_job(order)

    def get(self, job_id: JobId) -> Job | None:
        """Return a job; see ``JobDesk.get``."""
        try:
            return self._client.job(job_id)
        except NotFoundError:
            return None

    def latest(self, *, limit: int) -> list[Job]:
        """Return the latest jobs; see ``JobDesk.latest``."""
        return list(islice(self._client.jobs(), limit))
