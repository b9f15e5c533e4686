"""Who is at work, on the server: one hash field per part."""

from __future__ import annotations

from redis import Redis

from copytaster.clock import Clock
from copytaster.store.keys import Keys
from copytaster.store.ports.presence import FORGOTTEN_AFTER, Heartbeat, Part
from copytaster.store.redis.client import text, translated


class RedisPresence:
    """See ``copytaster.store.ports.presence.Presence``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock

    def beat(self, heartbeat: Heartbeat) -> None:
        """Say that a part is alive; see ``Presence.beat``."""
        with translated():
            field = f"{heartbeat.part.value}/{heartbeat.name}"
            self._client.hset(self._keys.presence(), field, heartbeat.model_dump_json())

    def leave(self, part: Part, name: str) -> None:
        """Say that a part ends; see ``Presence.leave``."""
        with translated():
            self._client.hdel(self._keys.presence(), f"{part.value}/{name}")

    def present(self) -> list[Heartbeat]:
        """Return the heartbeats; see ``Presence.present``."""
        with translated():
            stored = {
                text(field): Heartbeat.model_validate_json(value)
                for field, value in self._client.hgetall(self._keys.presence()).items()
            }
            gone = [field for field, each in stored.items() if self._clock.now() - each.beat_at > FORGOTTEN_AFTER]
            if gone:
                self._client.hdel(self._keys.presence(), *gone)
        return [each for field, each in sorted(stored.items()) if field not in gone]
