"""A lease that the ledger in memory has given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Held:
    """The lease of a delivery or of an article's tagging, with the count of attempts."""

    owner: str
    until: datetime
    attempts: int
    blamed: str = ""
    """The previous owner, if its attempt ended without a result."""
