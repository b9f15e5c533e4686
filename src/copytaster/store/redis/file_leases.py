"""The file leases on the server: a hash for each file state, and the leases by delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from redis import Redis

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState
from copytaster.model.work import DUE_HORIZON, is_ahead
from copytaster.store.keys import Keys
from copytaster.store.ports.file_leases import MARK_LIFETIME, LeaseStatus
from copytaster.store.redis.client import script, text, transient_errors

LIFETIME = milliseconds(MARK_LIFETIME)


class RedisFileLeases:
    """Implements ``FileLeases``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._take = script(client, "take_file", shared=["is_ahead"])

    def statuses(self, states: Sequence[FileState]) -> list[LeaseStatus]:
        """Return the status of each file state; see ``FileLeases.statuses``."""
        now = self._clock.now()
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for each in states:
                pipe.hmget(self._keys.file(each), "taken", "until")
            return [_status(taken, until, now) for taken, until in pipe.execute()]

    def take(self, state: FileState, delivery_id: DeliveryId, *, owner: str, lease: timedelta) -> DeliveryId | None:
        """Lease a file state; see ``FileLeases.take``."""
        now = self._clock.now()
        keys = [self._keys.file(state), self._keys.files_open(), self._keys.files_leased()]
        times = [milliseconds(now), milliseconds(now + lease), LIFETIME, milliseconds(now + DUE_HORIZON)]
        with transient_errors():
            first = self._take(keys=keys, args=[delivery_id, owner, *times])
        return DeliveryId(text(first)) if first else None

    def mark_taken(self, taken: Sequence[tuple[FileState, DeliveryId]]) -> None:
        """Mark file states as taken; see ``FileLeases.mark_taken``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            for state, delivery_id in taken:
                pipe.hset(self._keys.file(state), mapping={"taken": 1, "delivery": delivery_id})
                pipe.pexpire(self._keys.file(state), LIFETIME)
                pipe.zrem(self._keys.files_leased(), delivery_id)
            pipe.set(self._keys.files_marked(), 1, px=LIFETIME)
            pipe.execute()

    def refresh(self, states: Sequence[FileState]) -> None:
        """Keep marks; see ``FileLeases.refresh``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for each in states:
                pipe.pexpire(self._keys.file(each), LIFETIME)
            pipe.set(self._keys.files_marked(), 1, px=LIFETIME)
            pipe.execute()

    def has_marks(self) -> bool:
        """Return whether there may be marks; see ``FileLeases.has_marks``."""
        with transient_errors():
            return bool(self._client.exists(self._keys.files_marked()))

    def is_leased(self, delivery_id: DeliveryId) -> bool:
        """Return whether the delivery has a lease; see ``FileLeases.is_leased``."""
        with transient_errors():
            until = self._client.zscore(self._keys.files_leased(), delivery_id)
        return until is not None and is_ahead(from_milliseconds(int(until)), self._clock.now())

    def open(self, run: str) -> None:
        """Declare the marks complete; see ``FileLeases.open``."""
        with transient_errors():
            self._client.set(self._keys.files_open(), run)

    def is_open(self) -> bool:
        """Return whether leases are given; see ``FileLeases.is_open``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            pipe.get(self._keys.files_open())
            pipe.info("server")
            open_in, server = pipe.execute()
        return open_in is not None and text(open_in) == str(server["run_id"])


def _status(taken: object, until: bytes | None, now: datetime) -> LeaseStatus:
    if taken:
        return LeaseStatus.TAKEN
    is_leased = until is not None and is_ahead(from_milliseconds(int(until)), now)
    return LeaseStatus.LEASED if is_leased else LeaseStatus.FREE
