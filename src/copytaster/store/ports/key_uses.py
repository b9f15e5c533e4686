"""The port of the last uses of the API's keys. An emptied server forgets them; the keys themselves are files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from copytaster.model.access import KeyId


class KeyUses(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def note(self, key_id: KeyId, at: datetime) -> None:
        """Store that a key was used at this time. One command."""
        ...

    def all(self) -> Mapping[KeyId, datetime]:
        """Return when each key was last noted as used. One command."""
        ...
