"""The memory of the server, as the server reports it."""

from __future__ import annotations

from redis import Redis

from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.store.redis.client import transient_errors


class RedisMemoryGauge:
    """Implements ``MemoryGauge``. Cost: one round trip."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    def read(self) -> MemoryUse:
        """Return the present use; see ``MemoryGauge.read``."""
        with transient_errors():
            info = self._client.info("memory")
        return MemoryUse(used=int(info["used_memory"]), limit=int(info["maxmemory"]))
