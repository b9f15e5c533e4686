"""The last uses of keys in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from copytaster.model.access import KeyId


class MemoryKeyUses:
    """Implements ``KeyUses``."""

    def __init__(self) -> None:
        self._uses: dict[KeyId, datetime] = {}

    def note(self, key_id: KeyId, at: datetime) -> None:
        """Store a use; see ``KeyUses.note``."""
        self._uses[key_id] = at

    def all(self) -> Mapping[KeyId, datetime]:
        """Return the last uses; see ``KeyUses.all``."""
        return dict(self._uses)
