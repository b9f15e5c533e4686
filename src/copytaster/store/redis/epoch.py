"""The epoch on the server: a key that is lost with all other data."""

from __future__ import annotations

from datetime import datetime, timedelta

from redis import Redis

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.store.keys import Keys
from copytaster.store.ports.epoch import EpochState
from copytaster.store.redis.client import script, text, transient_errors


class RedisEpoch:
    """Implements ``Epoch``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._renew = script(client, "renew_recovery")
        self._mark_complete = script(client, "begin_epoch")
        self._extend = script(client, "extend_epoch")

    def read(self) -> EpochState:
        """Return the present state; see ``Epoch.read``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            pipe.get(self._keys.epoch())
            pipe.hmget(self._keys.complete(), "run", "until")
            pipe.info("server", "replication")
            epoch, (run, until), server = pipe.execute()
        # A replica that became the primary server may have run for months: what it lacks is what came last.
        age = 0 if int(server["second_repl_offset"]) >= 0 else int(server["uptime_in_seconds"])
        return EpochState(
            epoch=text(epoch) if epoch else None,
            run=str(server["run_id"]),
            run_since=self._clock.now() - timedelta(seconds=age),
            complete_run=text(run) if run else None,
            complete_until=from_milliseconds(int(until)) if until else None,
        )

    def acquire(self, owner: str, *, lease: timedelta) -> bool:
        """Acquire the recovery lease; see ``Epoch.acquire``."""
        with transient_errors():
            return bool(self._client.set(self._keys.recovery(), owner, nx=True, px=milliseconds(lease)))

    def renew(self, owner: str, *, lease: timedelta) -> bool:
        """Extend the recovery lease; see ``Epoch.renew``."""
        with transient_errors():
            return bool(self._renew(keys=[self._keys.recovery()], args=[owner, milliseconds(lease)]))

    def mark_complete(self, epoch: str, *, owner: str, run: str, until: datetime) -> str | None:
        """Mark the data as complete; see ``Epoch.mark_complete``."""
        keys = [self._keys.recovery(), self._keys.epoch(), self._keys.complete()]
        with transient_errors():
            marked = self._mark_complete(keys=keys, args=[owner, epoch, run, milliseconds(until)])
        return text(marked) if marked else None

    def extend(self, run: str, *, until: datetime) -> bool:
        """Record a later time; see ``Epoch.extend``."""
        with transient_errors():
            return bool(self._extend(keys=[self._keys.complete()], args=[run, milliseconds(until)]))
