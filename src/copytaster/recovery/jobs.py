"""Does jobs in small steps, of which each is recorded, so that whichever process comes next continues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from copytaster.clock import Clock
from copytaster.errors import CopytasterError, PermanentError, ServerUnavailableError
from copytaster.model.job import Job, JobAction, JobId, JobOrder, JobProblem, JobState, new_job_id
from copytaster.recovery.bulk_actions import DOES_NOT_APPLY, BulkAction, Target
from copytaster.store.ports.jobs import MAX_WAITING, Jobs, TooManyJobsError

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=30)
"""After this time another process continues the job of a dead one. Each file extends it; one takes milliseconds."""

BUDGET = timedelta(seconds=5)
"""Time of one step: the thread looks at this interval whether its process is stopping."""

PAGE = 100
"""Targets that are in memory."""

MAX_TRIES = 5
"""Attempts at one target that fail by an unexpected error, or an outage of another resource than the server; then the
next one has its turn."""

NO_LEASE = timedelta(0)


class JobRefusedError(CopytasterError):
    """The job cannot be made now."""


def order_job(order: JobOrder, jobs: Jobs, clock: Clock) -> Job:
    """Store a job, which a watcher does, and return it. Raises ``JobRefusedError`` and ``TransientError``."""
    now = clock.now()
    job = Job(id=new_job_id(now), order=order, created_at=now)
    try:
        jobs.add(job)
    except TooManyJobsError as error:
        raise JobRefusedError(f"{MAX_WAITING} jobs have not ended yet; wait until one has") from error
    log.info("job.ordered", job=job.id, action=order.action.value, by=order.by)
    return job


class JobRunner:
    """Does the jobs, the oldest first; several may run at once, of which one has the lease."""

    def __init__(
        self,
        jobs: Jobs,
        actions: Mapping[JobAction, BulkAction],
        clock: Clock,
        *,
        owner: str,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._jobs = jobs
        self._actions = actions
        self._clock = clock
        self._owner = owner
        self._is_stopping = is_stopping

    def step(self) -> JobId | None:
        """Work on the oldest job for some seconds; return its id, None if there is nothing to do.

        Raises ``TransientError``; the next step continues.
        """
        job = self._jobs.take(owner=self._owner, lease=LEASE)
        if job is None:
            return None
        ends = self._clock.now() + BUDGET
        while job.state is not JobState.ENDED and self._clock.now() < ends and not self._is_stopping():
            continued = self._continue(job)
            if continued is None:  # another process has the lease now
                return job.id
            job = continued
        self._jobs.save(job, owner=self._owner, lease=NO_LEASE)
        if job.state is JobState.ENDED:
            log.info("job.ended", job=job.id, done=job.done, failed=job.failed, skipped=job.skipped)
        return job.id

    def _continue(self, job: Job) -> Job | None:
        """Do what comes next, and return the job as it is recorded; None if the lease was lost."""
        if job.state is JobState.WAITING:
            return self._saved(job.model_copy(update={"state": JobState.COUNTING}))
        if job.current is not None:
            return self._do(job, Target(job.current, None), again=True)
        page = self._actions[job.order.action].page(job, after=job.position, limit=PAGE)
        if job.state is JobState.COUNTING:
            counted = _counted(job, page.targets).model_copy(update={"position": page.position})
            return self._saved(counted if page.position else self._after_counting(counted))
        current: Job | None = job
        for target in page.targets:
            if current is None or self._is_stopping():
                return current
            current = self._do(current, target, again=False)
        if current is None or page.position:
            return current and self._saved(current.model_copy(update={"position": page.position}))
        return self._saved(self._ended(current))

    def _after_counting(self, job: Job) -> Job:
        if job.order.dry_run:
            return self._ended(job)
        return job.model_copy(update={"state": JobState.RUNNING, "position": None})

    def _do(self, job: Job, target: Target, *, again: bool) -> Job | None:
        """Act on one target, and return the job with the result."""
        if target.refusal:
            return self._saved(_skipped(job, target, target.refusal))
        begun = self._saved(job.model_copy(update={"current": target.id, "tries": job.tries + 1}))
        if begun is None:
            return None
        try:
            self._actions[job.order.action].act(target.id, begun, again=again)
        except DOES_NOT_APPLY as error:
            return self._saved(_skipped(begun, target, str(error)))
        except PermanentError as error:
            return self._saved(_failed(begun, target, str(error)))
        except ServerUnavailableError:
            raise
        # An error at one target, however unexpected, must not stop its job and all later ones for ever.
        except Exception as error:
            if begun.tries < MAX_TRIES:
                raise
            why = str(error) if isinstance(error, CopytasterError) else repr(error)
            return self._saved(_failed(begun, target, why))
        return self._saved(_past(begun, target).model_copy(update={"done": begun.done + 1}))

    def _ended(self, job: Job) -> Job:
        return job.model_copy(update={"state": JobState.ENDED, "ended_at": self._clock.now(), "position": None})

    def _saved(self, job: Job) -> Job | None:
        return job if self._jobs.save(job, owner=self._owner, lease=LEASE) else None


def _counted(job: Job, targets: tuple[Target, ...]) -> Job:
    """Return the job with more targets counted; a dry run lists those that would be left out."""
    counted = job.model_copy(update={"total": job.total + len(targets)})
    for each in targets:
        if each.refusal and job.order.dry_run:
            problem = JobProblem(id=each.id, name=each.name, why=each.refusal)
            counted = counted.with_problem(problem, skipped=counted.skipped + 1)
    return counted


def _past(job: Job, target: Target) -> Job:
    return job.model_copy(update={"position": target.id, "current": None, "tries": 0})


def _skipped(job: Job, target: Target, why: str) -> Job:
    problem = JobProblem(id=target.id, name=target.name, why=why)
    return _past(job, target).with_problem(problem, skipped=job.skipped + 1)


def _failed(job: Job, target: Target, why: str) -> Job:
    problem = JobProblem(id=target.id, name=target.name, why=why)
    return _past(job, target).with_problem(problem, failed=job.failed + 1)
