"""Who has which file, on the server: a hash per file state, and the running leases by delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState
from copytaster.store.keys import Keys
from copytaster.store.ports.file_leases import FORGOTTEN_AFTER, Standing
from copytaster.store.redis.client import script, text, translated

KEPT = int(FORGOTTEN_AFTER / timedelta(milliseconds=1))


class RedisFileLeases:
    """See ``copytaster.store.ports.file_leases.FileLeases``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._take = script(client, "take_file")

    def look(self, states: Sequence[FileState]) -> list[Standing]:
        """Return how each stands; see ``FileLeases.look``."""
        now = milliseconds(self._clock.now())
        with translated():
            pipe = self._client.pipeline(transaction=False)
            for each in states:
                pipe.hmget(self._keys.file(each), "taken", "until")
            return [_standing(taken, until, now) for taken, until in pipe.execute()]

    def take(self, state: FileState, delivery_id: DeliveryId, *, owner: str, lease: timedelta) -> DeliveryId | None:
        """Lease a state; see ``FileLeases.take``."""
        now = self._clock.now()
        keys = [self._keys.file(state), self._keys.files_open(), self._keys.files_leased()]
        arguments: list[str | int] = [delivery_id, owner, milliseconds(now), milliseconds(now + lease), KEPT]
        with translated():
            first = self._take(keys=keys, args=arguments)
        return DeliveryId(text(first)) if first else None

    def mark(self, taken: Sequence[tuple[FileState, DeliveryId]]) -> None:
        """Mark states as taken; see ``FileLeases.mark``."""
        with translated():
            pipe = self._client.pipeline(transaction=True)
            for state, delivery_id in taken:
                pipe.hset(self._keys.file(state), mapping={"taken": 1, "delivery": delivery_id})
                pipe.pexpire(self._keys.file(state), KEPT)
                pipe.zrem(self._keys.files_leased(), delivery_id)
            pipe.execute()

    def refresh(self, states: Sequence[FileState]) -> None:
        """Put off the end of marks; see ``FileLeases.refresh``."""
        with translated():
            pipe = self._client.pipeline(transaction=False)
            for each in states:
                pipe.pexpire(self._keys.file(each), KEPT)
            pipe.execute()

    def is_leased(self, delivery_id: DeliveryId) -> bool:
        """Say whether a lease runs; see ``FileLeases.is_leased``."""
        with translated():
            until = self._client.zscore(self._keys.files_leased(), delivery_id)
        return until is not None and float(until) > milliseconds(self._clock.now())

    def open(self, run: str) -> None:
        """Say that all marks are there; see ``FileLeases.open``."""
        with translated():
            self._client.set(self._keys.files_open(), run)

    def is_open(self) -> bool:
        """Say whether leases are given; see ``FileLeases.is_open``."""
        with translated():
            pipe = self._client.pipeline(transaction=False)
            pipe.get(self._keys.files_open())
            pipe.info("server")
            open_in, server = pipe.execute()
        return open_in is not None and text(open_in) == str(server["run_id"])


def _standing(taken: object, until: bytes | None, now: int) -> Standing:
    if taken:
        return Standing.TAKEN
    return Standing.LEASED if until is not None and int(until) > now else Standing.FREE
