"""The port of the audit trail: who requested which change, and with which result.

It is for questions of the last months; the log of the process that made the change has the same lines.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from copytaster.model.access import AuditEntry

AUDIT_KEPT = 100_000
"""The approximate number of changes that are kept, some 30 MB: a change every five minutes for a year."""

REFUSALS_KEPT = 10_000
"""The approximate number of refused requests that are kept, some 3 MB. They have a bound of their own: each key can
have any number of requests refused, also one that may change nothing, and this must not remove what others changed.
"""

AUDIT_AGE = timedelta(days=400)
"""Entries are kept for a year and a month, so that the same month of the last year is there."""


class AuditTrail(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def record(self, entry: AuditEntry) -> None:
        """Append an entry, and remove those that are too old or too many; a refusal removes no change.

        The entry may be there twice if the server's reply was lost.
        """
        ...

    def page(self, *, before: str | None, limit: int) -> list[AuditEntry]:
        """Return entries, the latest first; those before the entry with the id ``before`` if one is given."""
        ...
