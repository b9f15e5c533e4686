"""How much memory the server uses, as the server counts it."""

from __future__ import annotations

from redis import Redis

from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.store.redis.client import translated


class RedisMemoryGauge:
    """See ``copytaster.store.ports.memory_gauge.MemoryGauge``. Cost: one round trip."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    def read(self) -> MemoryUse:
        """Return the figures; see ``MemoryGauge.read``."""
        with translated():
            info = self._client.info("memory")
        return MemoryUse(used=int(info["used_memory"]), limit=int(info["maxmemory"]))
