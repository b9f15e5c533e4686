"""The event stream on the server."""

from __future__ import annotations

import json
from typing import Any

from redis import Redis

from copytaster.model.events import Event
from copytaster.store.keys import Keys
from copytaster.store.redis.client import text, transient_errors


class RedisEvents:
    """Implements ``Events``; the ledger's scripts write the entries."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def read(self, *, after: str | None, limit: int) -> list[Event]:
        """Return events; see ``Events.read``."""
        with transient_errors():
            entries: Any = self._client.xrange(self._keys.events(), min=f"({after}" if after else "-", count=limit)
        return [Event.model_validate(json.loads(fields[b"json"]) | {"id": text(number)}) for number, fields in entries]
