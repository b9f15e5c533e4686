"""The recent history on the server: a hash for each ring, with a field for each of its places."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from redis import Redis

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.store.keys import Keys
from copytaster.store.ports.history import Ring, Sample, recent
from copytaster.store.redis.client import script, transient_errors


class RedisHistory:
    """Implements ``History``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._note = script(client, "note_problems")

    def add(self, ring: Ring, sample: Sample) -> None:
        """Store the sample; see ``History.add``."""
        place = ring.period(sample.at) % ring.length
        with transient_errors():
            self._client.hset(self._keys.history(ring.label), str(place), sample.model_dump_json())

    def samples(self, ring: Ring) -> list[Sample]:
        """Return the samples, without fields of newer releases; see ``History.samples``."""
        with transient_errors():
            stored = self._client.hvals(self._keys.history(ring.label))
        found = [Sample.model_validate_json(each, extra="ignore") for each in stored]
        return recent(found, ring, now=self._clock.now())

    def note_problems(self, codes: Collection[str]) -> dict[str, datetime]:
        """Record the problems; see ``History.note_problems``."""
        names = list(codes)
        with transient_errors():
            times: Any = self._note(keys=[self._keys.problems()], args=[milliseconds(self._clock.now()), *names])
        return {code: from_milliseconds(int(time)) for code, time in zip(names, times, strict=True)}
