"""The logins of people on the server: a key for each, which expires with it."""

from __future__ import annotations

from typing import Any

from redis import Redis

from copytaster.clock import Clock, milliseconds
from copytaster.model.access import Session
from copytaster.store.keys import Keys
from copytaster.store.redis.client import transient_errors


class RedisSessions:
    """Implements ``Sessions``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock

    def write(self, digest: str, session: Session) -> None:
        """Store a session; see ``Sessions.write``."""
        lifetime = max(1, milliseconds(session.expires_at - self._clock.now()))
        with transient_errors():
            self._client.set(self._keys.session(digest), session.model_dump_json(), px=lifetime)

    def get(self, digest: str) -> Session | None:
        """Return a session, without fields of newer releases; see ``Sessions.get``."""
        with transient_errors():
            stored: Any = self._client.get(self._keys.session(digest))
        session = Session.model_validate_json(stored, extra="ignore") if stored else None
        return session if session and session.expires_at > self._clock.now() else None

    def remove(self, digest: str) -> None:
        """End a session; see ``Sessions.remove``."""
        with transient_errors():
            self._client.delete(self._keys.session(digest))
