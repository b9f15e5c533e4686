"""The port of the logins of people. An emptied server forgets them: people log in again."""

from __future__ import annotations

from typing import Protocol

from copytaster.model.access import Session


class Sessions(Protocol):
    """Sessions by the hash of their token. Every method raises ``TransientError`` if the server does not answer."""

    def write(self, digest: str, session: Session) -> None:
        """Store a session until it expires."""
        ...

    def get(self, digest: str) -> Session | None:
        """Return a session; None if there is none, or if it has expired. One command."""
        ...

    def remove(self, digest: str) -> None:
        """End a session, if it exists."""
        ...
