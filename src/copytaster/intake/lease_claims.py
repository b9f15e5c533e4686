"""Claims by lease: files stay in place, and the server records who processes which state of a file.

For an inbox that is read-only, or whose files another program needs. A file that was taken in is marked on the server
for as long as it exists, so that neither a restart nor another watcher takes it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from copytaster.clock import Clock
from copytaster.errors import TransientError
from copytaster.intake import sidecars
from copytaster.intake.claim import Claim, Seen
from copytaster.intake.printable_names import printable
from copytaster.model.batches import batched
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState, state_of
from copytaster.store.ports.file_leases import FileLeases, LeaseStatus

LEASE = timedelta(seconds=30)
"""After this time another watcher takes over the file of a dead one; a live watcher renews the lease in each round.
Two owners at once do no harm: both work on the same delivery."""

REFRESH_UNTAKEN = timedelta(seconds=3)
"""How long the server's answer about an untaken file is cached; the lease is requested when the file is taken."""

REFRESH_TAKEN = timedelta(days=1)
"""How often the mark of a taken file is refreshed: thirty times within the mark's lifetime."""

PAGE = 1_000
"""Files per round trip; each takes the server some milliseconds."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The server's answer about a file, with the time at which it was given."""

    seen: Seen
    standing: LeaseStatus
    answered_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        lifetime = REFRESH_TAKEN if self.standing is LeaseStatus.TAKEN else REFRESH_UNTAKEN
        return self.answered_at <= now < self.answered_at + lifetime


class LeaseClaims:
    """The claims of one owner on an inbox whose files stay in place. Implements ``InboxClaims``.

    Cost: no round trip for a scan without new files, else one for every 1,000 new files.
    """

    def __init__(self, inbox: Path, leases: FileLeases, clock: Clock, *, owner: str) -> None:
        self._inbox = inbox
        self._leases = leases
        self._clock = clock
        self._owner = owner
        self._known: dict[str, _Known] = {}
        self._own: dict[FileState, Claim] = {}
        self._taken_unscanned: dict[str, FileState] = {}

    def untaken(self, files: Mapping[str, Seen]) -> AbstractSet[str]:
        """Return the files that are neither leased nor taken; see ``InboxClaims.untaken``."""
        now = self._clock.now()
        self._known = {path: known for path in files if (known := self._known.get(path)) and known.seen == files[path]}
        stale = (path for path in files if not (known := self._known.get(path)) or not known.is_fresh(now))
        for page in batched(stale, PAGE):
            self._query({path: files[path] for path in page}, now)
        return {path for path, known in self._known.items() if known.standing is LeaseStatus.FREE}

    def take(self, path: str, delivery_id: DeliveryId, sidecar: str | None = None) -> Claim | None:
        """Lease a file in the state that the last scan found; see ``InboxClaims.take``."""
        known = self._known.get(path)
        state = known.seen.state if known else _state_at(self._inbox / path)
        if state is None or state in self._own or self._taken_unscanned.get(path) == state:
            return None
        companion = sidecars.sidecar_of(self._inbox / path, self._inbox / sidecar if sidecar else None)
        first = self._leases.take(state, delivery_id, owner=self._owner, lease=LEASE)
        self._note(path, state, LeaseStatus.LEASED)
        if first is None:
            return None
        self._own[state] = self._claim(path, first, state, companion)
        return self._own[state]

    def release(self, claim: Claim) -> None:
        """Mark a file as taken in; see ``InboxClaims.release``."""
        if claim.state is None or not claim.is_left_in_place:
            return
        self._leases.mark_taken([(claim.state, claim.delivery_id)])
        self._own.pop(claim.state, None)
        self._note(claim.path, claim.state, LeaseStatus.TAKEN)

    def put_back(self, claim: Claim) -> None:
        """Forget the lease, which ends by itself; the file is still in place. See ``InboxClaims.put_back``."""
        if claim.state:
            self._own.pop(claim.state, None)

    def claim_changed(self) -> int:
        """Return 0: a file that has changed is a new arrival in the inbox."""
        return 0

    def pending(self) -> Iterator[Claim]:
        """Renew and yield the leased files. A file that has changed since is dropped: it is a new arrival.

        A sidecar that has arrived since counts. One that was removed stays in the claim, and is missed when it is read.
        """
        for state, claim in list(self._own.items()):
            if _state_at(claim.file) != state:
                del self._own[state]
                continue
            first = self._leases.take(state, claim.delivery_id, owner=self._owner, lease=LEASE)
            if first:
                try:
                    sidecar = sidecars.sidecar_of(claim.file, claim.sidecar) or claim.sidecar
                except FileExistsError:  # several by now: the file waits in the inbox until a person leaves one
                    del self._own[state]
                    continue
                self._own[state] = self._claim(claim.path, first, state, sidecar)
                yield self._own[state]
            elif self._leases.statuses([state]) != [LeaseStatus.FREE]:  # another watcher has taken it over
                del self._own[state]

    def take_over(self) -> int:
        """Return 0: the leases of dead watchers expire, and the next scan finds their files."""
        return 0

    def close(self) -> None:
        """Do nothing: other watchers take the files when the leases expire. See ``InboxClaims.close``."""

    def _claim(self, path: str, delivery_id: DeliveryId, state: FileState, sidecar: Path | None) -> Claim:
        def confirm() -> None:
            if self._leases.take(state, delivery_id, owner=self._owner, lease=LEASE) != delivery_id:
                raise TransientError(f"another watcher has taken over {printable(path)}; nothing is to be done")

        file, is_claimed = self._inbox / path, self._leases.is_leased
        return Claim(
            file,
            path,
            delivery_id,
            sidecar=sidecar,
            state=state,
            is_left_in_place=True,
            is_claimed=is_claimed,
            confirm=confirm,
        )

    def _note(self, path: str, state: FileState, standing: LeaseStatus) -> None:
        if known := self._known.get(path):
            self._known[path] = replace(known, standing=standing, answered_at=self._clock.now())
        elif standing is LeaseStatus.TAKEN:
            self._taken_unscanned[path] = state

    def _query(self, files: Mapping[str, Seen], now: datetime) -> None:
        standings = self._leases.statuses([each.state for each in files.values()])
        for (path, seen), standing in zip(files.items(), standings, strict=True):
            self._known[path] = _Known(seen, standing, now)
        taken = [self._known[path].seen.state for path in files if self._known[path].standing is LeaseStatus.TAKEN]
        if taken:
            self._leases.refresh(taken)


def _state_at(file: Path) -> FileState | None:
    try:
        return state_of(file.lstat())
    except OSError:
        return None
