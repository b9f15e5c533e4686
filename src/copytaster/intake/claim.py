"""A claim on a file, and the port through which a watcher claims the files of its inbox.

``rename_claims`` moves claimed files; ``lease_claims`` leaves them in place and takes a lease on the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePath
from typing import Protocol

from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState


def _never_claimed(delivery_id: DeliveryId) -> bool:
    """Return False: the default for a claim that knows no other claims."""
    del delivery_id
    return False


def _always_confirmed() -> None:
    """Raise nothing: another watcher cannot take a file that was moved."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed file: its present place, its original path below the inbox, and the id of its delivery.

    ``retry_of`` is the failed delivery whose file this is, if the file comes from quarantine or archive.
    ``continues`` is the delivery that took this file in before its writer added to it.
    ``sidecar`` is the claim's copy of the sidecar, if there is one.
    ``state`` is the file's state when it was claimed. ``is_left_in_place`` is whether the file is still in the inbox.
    ``is_claimed`` returns whether any watcher holds a claim for a delivery on the same inbox.
    ``confirm`` raises ``TransientError`` if another watcher has taken this claim over.
    """

    file: Path
    path: str
    delivery_id: DeliveryId
    retry_of: DeliveryId | None = None
    sidecar: Path | None = None
    state: FileState | None = None
    is_left_in_place: bool = False
    continues: DeliveryId | None = None
    is_claimed: Callable[[DeliveryId], bool] = field(default=_never_claimed, compare=False, repr=False)
    confirm: Callable[[], None] = field(default=_always_confirmed, compare=False, repr=False)

    @property
    def folder(self) -> Path:
        """The folder of this claim; only for a file that was moved into one (see ``claim_names``)."""
        return self.file.parents[len(PurePath(self.path).parts) - 1]


class Seen(Protocol):
    """A file as a scan found it; two equal values mean the same, unchanged file."""

    @property
    def state(self) -> FileState:
        """The state that distinguishes this file from another one of the same name."""
        ...


class InboxClaims(Protocol):
    """A watcher's claims. At any time one watcher at most holds the claim on a file in a given state."""

    def untaken(self, files: Mapping[str, Seen]) -> AbstractSet[str]:
        """Return the paths of the scanned files that have not been taken in yet, and remember the scan.

        Raises ``TransientError`` when the server that records claims does not answer.
        """
        ...

    def take(self, path: str, delivery_id: DeliveryId, sidecar: str | None = None) -> Claim | None:
        """Claim a file of the last scan, and its sidecar; return None if another watcher claimed it first.

        ``sidecar`` is the path of the sidecar if the scan found one: it may be spelled in another way than the file.
        The claim may carry another delivery id: the one that a dead watcher had assigned to the file. Raises
        ``OSError`` or ``TransientError`` when claiming is not possible.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Remove the claim on a file that has been taken in. After ``TransientError`` the file is still claimed.

        Some files are kept for a while, so that ``claim_changed`` notices what a writer adds.
        """
        ...

    def put_back(self, claim: Claim) -> None:
        """Remove the claim on a file that was not taken in, which returns to the inbox. Raises ``TransientError``."""
        ...

    def claim_changed(self) -> int:
        """Claim the files that were written after their release, as new deliveries; return their number."""
        ...

    def pending(self) -> Iterator[Claim]:
        """Yield the claims not yet released."""
        ...

    def take_over(self) -> int:
        """Take over the claims of dead watchers, unless they expire by themselves; return their number."""
        ...

    def close(self) -> None:
        """End the ownership; another watcher takes over the remaining claims."""
        ...


class CombinedClaims:
    """The claims on the inbox itself together with claims in other folders, such as staged files."""

    def __init__(self, inbox: InboxClaims, *others: InboxClaims) -> None:
        self._inbox = inbox
        self._all: Sequence[InboxClaims] = (inbox, *others)

    def untaken(self, files: Mapping[str, Seen]) -> AbstractSet[str]:
        """Return the files of the inbox that are not taken in; see ``InboxClaims.untaken``."""
        return self._inbox.untaken(files)

    def take(self, path: str, delivery_id: DeliveryId, sidecar: str | None = None) -> Claim | None:
        """Claim a file of the inbox; see ``InboxClaims.take``."""
        return self._inbox.take(path, delivery_id, sidecar)

    def release(self, claim: Claim) -> None:
        """Remove a claim in any folder; see ``InboxClaims.release``."""
        for each in self._all:
            each.release(claim)

    def put_back(self, claim: Claim) -> None:
        """Remove a claim on a file of the inbox; see ``InboxClaims.put_back``."""
        self._inbox.put_back(claim)

    def claim_changed(self) -> int:
        """Claim changed files in all folders; see ``InboxClaims.claim_changed``."""
        return sum(each.claim_changed() for each in self._all)

    def pending(self) -> Iterator[Claim]:
        """Yield the claims of all folders; see ``InboxClaims.pending``."""
        return chain.from_iterable(each.pending() for each in self._all)

    def take_over(self) -> int:
        """Take over claims in all folders; see ``InboxClaims.take_over``."""
        return sum(each.take_over() for each in self._all)

    def close(self) -> None:
        """End the ownership in all folders; see ``InboxClaims.close``."""
        for each in self._all:
            each.close()
