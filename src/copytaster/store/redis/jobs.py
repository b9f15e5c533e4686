"""The jobs on the server: records, the ids of open and of ended jobs, and one lease, all in one hash slot."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import Any

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.model.job import Job, JobId, JobState
from copytaster.model.work import DUE_HORIZON
from copytaster.store.keys import Keys
from copytaster.store.ports.jobs import KEPT, MAX_WAITING, TooManyJobsError
from copytaster.store.redis.client import script, text, transient_errors


class RedisJobs:
    """Implements ``Jobs``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._records, self._open, self._lease, self._ended = keys.jobs()
        self._add = script(client, "add_job")
        self._take = script(client, "take_job", shared=["is_ahead"])
        self._save = script(client, "save_job")

    def add(self, job: Job) -> None:
        """Store a job; see ``Jobs.add``."""
        names = [self._records, self._open, self._ended]
        with transient_errors():
            if not self._add(keys=names, args=[job.id, job.model_dump_json(), MAX_WAITING, KEPT]):
                raise TooManyJobsError

    def get(self, job_id: JobId) -> Job | None:
        """Return a job; see ``Jobs.get``."""
        with transient_errors():
            found = self._client.hget(self._records, job_id)
        return None if found is None else _job(found)

    def latest(self, *, limit: int) -> list[Job]:
        """Return the latest jobs; see ``Jobs.latest``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            for name in (self._open, self._ended):
                pipe.zrevrange(name, 0, limit - 1)
            ids = sorted(map(text, chain(*pipe.execute())), reverse=True)[:limit]
            records: Any = self._client.hmget(self._records, ids) if ids else []
        return [_job(each) for each in records if each is not None]

    def take(self, *, owner: str, lease: timedelta) -> Job | None:
        """Take the lease; see ``Jobs.take``."""
        now = self._clock.now()
        arguments: list[str | int] = [owner, *map(milliseconds, (now, now + lease, now + DUE_HORIZON))]
        with transient_errors():
            found: Any = self._take(keys=[self._records, self._open, self._lease], args=arguments)
        return None if found is None else _job(found)

    def save(self, job: Job, *, owner: str, lease: timedelta) -> bool:
        """Store how far a job is; see ``Jobs.save``."""
        has_ended, until = int(job.state is JobState.ENDED), milliseconds(self._clock.now() + lease) if lease else ""
        names = [self._records, self._open, self._lease, self._ended]
        arguments: list[str | int] = [owner, job.id, job.model_dump_json(), has_ended, until]
        with transient_errors():
            return bool(self._save(keys=names, args=arguments))


def _job(record: Any) -> Job:
    return Job.model_validate_json(record, extra="ignore")
