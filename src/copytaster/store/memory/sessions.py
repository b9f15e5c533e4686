"""The logins of people in memory."""

from __future__ import annotations

from copytaster.clock import Clock
from copytaster.model.access import Session


class MemorySessions:
    """Implements ``Sessions``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}

    def write(self, digest: str, session: Session) -> None:
        """Store a session; see ``Sessions.write``."""
        self._sessions[digest] = session

    def get(self, digest: str) -> Session | None:
        """Return a session; see ``Sessions.get``."""
        session = self._sessions.get(digest)
        return session if session and session.expires_at > self._clock.now() else None

    def remove(self, digest: str) -> None:
        """End a session; see ``Sessions.remove``."""
        self._sessions.pop(digest, None)
