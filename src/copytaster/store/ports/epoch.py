"""Whether the data on the server is what it was: a port, with the same two sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EpochState:
    """What tells one life of the server's data from another.

    ``epoch`` is the data's own id: null on a server that is new or was emptied, and before a recovery has ended.
    ``run`` is the id of the server's process and ``run_since`` when it began: what was written shortly before may be
    missing.
    """

    epoch: str | None
    run: str
    run_since: datetime


class Epoch(Protocol):
    """Notices that the data is not what it was, and lets one process at a time bring it back."""

    def look(self) -> EpochState:
        """Return the present life; one cheap round trip."""
        ...

    def hold(self, owner: str, *, lease: timedelta) -> bool:
        """Take the recovery for ``lease``. Returns False while another, or an earlier call of one's own, has it."""
        ...

    def renew(self, owner: str, *, lease: timedelta) -> bool:
        """Keep the recovery for ``lease`` from now on; a lease of zero gives it back.

        Returns False when it is lost: it has run out, or the server was emptied once more.
        """
        ...

    def begin(self, epoch: str, *, owner: str) -> str | None:
        """Mark the data as complete, unless it is, and return its epoch; None when the recovery is lost."""
        ...
