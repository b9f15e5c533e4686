"""The pauses on the server: one hash."""

from __future__ import annotations

from typing import Any

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.model.pause import Pause
from copytaster.store.keys import Keys
from copytaster.store.ports.pauses import MAX_PAUSES, TooManyPausesError
from copytaster.store.redis.client import script, text, transient_errors


class RedisPauses:
    """Implements ``Pauses``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._key = keys.pauses()
        self._clock = clock
        self._put = script(client, "put_pause")

    def put(self, pause: Pause) -> None:
        """Store a pause; see ``Pauses.put``."""
        with transient_errors():
            ends = milliseconds(pause.until) if pause.until else ""
            record = f"{ends} {pause.model_dump_json()}"
            if not self._put(keys=[self._key], args=[pause.id, record, MAX_PAUSES, milliseconds(self._clock.now())]):
                raise TooManyPausesError

    def remove(self, pause_id: str) -> Pause | None:
        """Remove a pause; see ``Pauses.remove``."""
        found = next((each for each in self.all() if each.id == pause_id), None)
        with transient_errors():
            self._client.hdel(self._key, pause_id)
        return found

    def all(self) -> list[Pause]:
        """Return the pauses; see ``Pauses.all``."""
        now = self._clock.now()
        with transient_errors():
            stored: Any = self._client.hvals(self._key)
        pauses = [Pause.model_validate_json(text(each).partition(" ")[2], extra="ignore") for each in stored]
        return sorted((each for each in pauses if not each.has_ended(now)), key=_age)


def _age(pause: Pause) -> tuple[object, ...]:
    return pause.since, pause.id
