"""The logins of people: a key is exchanged for a session, whose token is stored as a hash only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from copytaster.access.caller import Caller, caller_of_session
from copytaster.access.key_format import hash_of
from copytaster.access.keyring import Keyring, RefusedKeyError
from copytaster.clock import Clock
from copytaster.model.access import Session
from copytaster.store.ports.sessions import Sessions

LIFETIME = timedelta(hours=12)
"""A session ends after this time, however it is used: a shift, with some hours to spare."""


@dataclass(frozen=True, slots=True)
class Logins:
    """Every method raises ``TransientError`` if archive or server do not answer."""

    keyring: Keyring
    sessions: Sessions
    clock: Clock

    def log_in(self, secret: str) -> tuple[str, Caller]:
        """Return the token of a new session, and who has logged in. Raises ``RefusedKeyError``."""
        key, now, token = self.keyring.check(secret), self.clock.now(), secrets.token_urlsafe(32)
        end = min(now + LIFETIME, key.expires_at) if key.expires_at else now + LIFETIME
        session = Session(key_id=key.id, csrf=secrets.token_urlsafe(32), created_at=now, expires_at=end)
        self.sessions.write(hash_of(token), session)
        return token, caller_of_session(key, session)

    def find(self, token: str) -> Caller:
        """Return who has logged in. One command and one read of the archive. Raises ``RefusedKeyError``."""
        session = self.sessions.get(hash_of(token))
        if session is None:
            raise RefusedKeyError("the session has ended; log in again")
        return caller_of_session(self.keyring.get_valid(session.key_id), session)

    def log_out(self, token: str) -> None:
        """End a session, if it exists."""
        self.sessions.remove(hash_of(token))
