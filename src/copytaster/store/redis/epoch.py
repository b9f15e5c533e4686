"""Which life of the data this is, on the server: a key that goes when everything goes."""

from __future__ import annotations

from datetime import timedelta

from redis import Redis

from copytaster.clock import Clock
from copytaster.store.keys import Keys
from copytaster.store.ports.epoch import EpochState
from copytaster.store.redis.client import script, text, translated


class RedisEpoch:
    """See ``copytaster.store.ports.epoch.Epoch``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._renew = script(client, "renew_recovery")
        self._begin = script(client, "begin_epoch")

    def look(self) -> EpochState:
        """Return the present life; see ``Epoch.look``."""
        with translated():
            pipe = self._client.pipeline(transaction=False)
            pipe.get(self._keys.epoch())
            pipe.info("server")
            epoch, server = pipe.execute()
        return EpochState(
            epoch=text(epoch) if epoch else None,
            run=str(server["run_id"]),
            run_since=self._clock.now() - timedelta(seconds=int(server["uptime_in_seconds"])),
        )

    def hold(self, owner: str, *, lease: timedelta) -> bool:
        """Take the recovery; see ``Epoch.hold``."""
        with translated():
            return bool(self._client.set(self._keys.recovery(), owner, nx=True, px=_milliseconds(lease)))

    def renew(self, owner: str, *, lease: timedelta) -> bool:
        """Keep the recovery; see ``Epoch.renew``."""
        with translated():
            return bool(self._renew(keys=[self._keys.recovery()], args=[owner, _milliseconds(lease)]))

    def begin(self, epoch: str, *, owner: str) -> str | None:
        """Mark the data as complete; see ``Epoch.begin``."""
        with translated():
            marked = self._begin(keys=[self._keys.recovery(), self._keys.epoch()], args=[owner, epoch])
        return text(marked) if marked else None


def _milliseconds(time: timedelta) -> int:
    return int(time / timedelta(milliseconds=1))
