"""The port of the jobs: each is done in small steps by whichever process has the lease, one job after another."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from copytaster.model.job import Job, JobId

MAX_WAITING = 100
"""Jobs that have not ended. Each may be about any number of files, so a person needs few."""

KEPT = 200
"""Jobs that are kept after their end, the latest; a job has 4 KB at most."""


class TooManyJobsError(Exception):
    """There are ``MAX_WAITING`` jobs already that have not ended."""


class Jobs(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def add(self, job: Job) -> None:
        """Store a new job. Raises ``TooManyJobsError``."""
        ...

    def get(self, job_id: JobId) -> Job | None:
        """Return a job; None if there is none, or if it was too long ago."""
        ...

    def latest(self, *, limit: int) -> list[Job]:
        """Return the latest jobs, the newest first."""
        ...

    def take(self, *, owner: str, lease: timedelta) -> Job | None:
        """Take the lease, and return the oldest job that has not ended; None if there is none or another has the lease.

        A lease that has ended is taken over. A repeated call by the same owner returns the same.
        """
        ...

    def save(self, job: Job, *, owner: str, lease: timedelta) -> bool:
        """Store how far a job is, and extend the lease; a lease of zero ends it.

        Returns False, and stores nothing, if ``owner`` does not have the lease any more.
        """
        ...
