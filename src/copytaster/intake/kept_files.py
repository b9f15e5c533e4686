"""Claims by rename in an inbox whose files stayed in place before: what was taken in then is left where it is.

Otherwise each of these files would be a new arrival: most would end as duplicates, but one whose article was removed by
its age would be published again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from copytaster.clock import Clock
from copytaster.intake.claim import Claim, InboxClaims, Seen
from copytaster.intake.lease_claims import PAGE, REFRESH_TAKEN
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId
from copytaster.store.ports.file_leases import FileLeases, LeaseStatus


class ClaimsBesideKeptFiles:
    """Implements ``InboxClaims`` with other claims, for the files that have no mark on the server.

    Cost: a round trip for every thousand files of a scan that are not known to be marked; those are asked for once a
    day, which keeps their marks.
    """

    def __init__(self, claims: InboxClaims, leases: FileLeases, clock: Clock) -> None:
        self._claims = claims
        self._leases = leases
        self._clock = clock
        self._kept: dict[str, tuple[Seen, datetime]] = {}
        """Marked files, and when the server was asked. It does not grow: no further file is marked in this mode."""

    def untaken(self, files: Mapping[str, Seen]) -> AbstractSet[str]:
        """Return the files without a mark; see ``InboxClaims.untaken``."""
        now = self._clock.now()
        for page in batched((path for path, seen in files.items() if not self._is_kept(path, seen, now)), PAGE):
            statuses = self._leases.statuses([files[path].state for path in page])
            marked = [path for path, each in zip(page, statuses, strict=True) if each is LeaseStatus.TAKEN]
            if marked:
                self._leases.refresh([files[path].state for path in marked])
            self._kept |= {path: (files[path], now) for path in marked}
        free = {path for path, seen in files.items() if not self._is_kept(path, seen, now)}
        return self._claims.untaken({path: files[path] for path in free})

    def _is_kept(self, path: str, seen: Seen, now: datetime) -> bool:
        known, asked_at = self._kept.get(path, (None, now))
        return known == seen and abs(now - asked_at) < REFRESH_TAKEN

    def take(self, path: str, delivery_id: DeliveryId, sidecar: str | None = None) -> Claim | None:
        """Claim a file; see ``InboxClaims.take``."""
        return self._claims.take(path, delivery_id, sidecar)

    def release(self, claim: Claim) -> None:
        """Remove a claim; see ``InboxClaims.release``."""
        self._claims.release(claim)

    def put_back(self, claim: Claim) -> None:
        """Return a file; see ``InboxClaims.put_back``."""
        self._claims.put_back(claim)

    def claim_changed(self) -> int:
        """Claim files that were written after their release; see ``InboxClaims.claim_changed``."""
        return self._claims.claim_changed()

    def pending(self) -> Iterator[Claim]:
        """Yield the claims; see ``InboxClaims.pending``."""
        return self._claims.pending()

    def take_over(self) -> int:
        """Take over the claims of dead watchers; see ``InboxClaims.take_over``."""
        return self._claims.take_over()

    def close(self) -> None:
        """End the ownership; see ``InboxClaims.close``."""
        self._claims.close()
