"""The heartbeats on the server: one hash field for each process."""

from __future__ import annotations

from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from copytaster.clock import Clock
from copytaster.store.keys import Keys
from copytaster.store.ports.presence import HEARTBEAT_LIFETIME, Heartbeat, Part
from copytaster.store.redis.client import text, transient_errors
from copytaster.store.redis.records import read_report


class RedisPresence:
    """Implements ``Presence``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock

    def beat(self, heartbeat: Heartbeat) -> None:
        """Store a heartbeat; see ``Presence.beat``."""
        with transient_errors():
            field = f"{heartbeat.part.value}/{heartbeat.name}"
            self._client.hset(self._keys.presence(), field, heartbeat.model_dump_json())

    def leave(self, part: Part, name: str) -> None:
        """Remove a heartbeat; see ``Presence.leave``."""
        with transient_errors():
            self._client.hdel(self._keys.presence(), f"{part.value}/{name}")

    def present(self) -> list[Heartbeat]:
        """Return the recent heartbeats, without fields and parts of newer releases; see ``Presence.present``."""
        with transient_errors():
            stored = {
                text(field): heartbeat
                for field, value in self._client.hgetall(self._keys.presence()).items()
                if (heartbeat := read_report(Heartbeat, value))
            }
            expired = [field for field, each in stored.items() if self._clock.now() - each.beat_at > HEARTBEAT_LIFETIME]
            if expired:
                # They are left out all the same: a server that refuses changes can still be asked for the others.
                with suppress(RedisError):
                    self._client.hdel(self._keys.presence(), *expired)
        return [each for field, each in sorted(stored.items()) if field not in expired]
