"""How a watcher claims the files of its inbox: one Protocol over two ways, by rename and by lease."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePath
from typing import Protocol

from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState


def _nowhere(delivery_id: DeliveryId) -> bool:
    """Say that a delivery is not claimed: there is no one to ask."""
    del delivery_id
    return False


def _sure() -> None:
    """Raise nothing: what was moved cannot be lost."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed file: where it lies now, its path below the inbox as it was, and its delivery's id.

    ``retry_of`` names the failed delivery whose file it is, where it was taken out of quarantine or archive.
    ``sidecar`` is the copy of the file that describes it, where there is one.
    ``state`` is what was claimed of a file that stays in place; None where the file itself was moved. ``is_claimed``
    says whether a delivery on the same inbox is claimed, by whomever; ``confirm`` raises ``TransientError`` when the
    claim itself has been lost to another watcher.
    """

    file: Path
    path: str
    delivery_id: DeliveryId
    retry_of: DeliveryId | None = None
    sidecar: Path | None = None
    state: FileState | None = None
    is_claimed: Callable[[DeliveryId], bool] = field(default=_nowhere, compare=False, repr=False)
    confirm: Callable[[], None] = field(default=_sure, compare=False, repr=False)

    @property
    def stays(self) -> bool:
        """Whether the file stays in place."""
        return self.state is not None

    @property
    def folder(self) -> Path:
        """The claim's own folder, of a file that was moved."""
        return self.file.parents[len(PurePath(self.path).parts) - 1]


class Seen(Protocol):
    """A file as a scan has seen it; two that are equal are the same file, unchanged."""

    @property
    def state(self) -> FileState:
        """What tells this arrival from another of the same name."""
        ...


class InboxClaims(Protocol):
    """A watcher's claims. Each file, in each state that it has, is claimed by one watcher at a time."""

    def untaken(self, files: Mapping[str, Seen]) -> set[str]:
        """Return the paths of a scan's files that are still to be taken, and remember what the scan has seen.

        Raises ``TransientError`` when that cannot be found out.
        """
        ...

    def take(self, path: str, delivery_id: DeliveryId) -> Claim | None:
        """Claim a file of the last scan; None when somebody else was quicker.

        The claim may have another delivery's id: that which a dead watcher had given the file. Raises ``OSError`` or
        ``TransientError`` when claiming is not possible.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Forget a claim whose file has been taken in. Raises ``TransientError``; then it is still claimed."""
        ...

    def pending(self) -> Iterator[Claim]:
        """Yield the claims not yet released."""
        ...

    def take_over(self) -> int:
        """Take the claims of dead owners, where they do not end by themselves, and return how many."""
        ...

    def close(self) -> None:
        """Give up the ownership; claims that are left are taken over by others."""
        ...


class CombinedClaims:
    """The claims on the inbox itself, and those in other places, which are gone through as well."""

    def __init__(self, inbox: InboxClaims, *others: InboxClaims) -> None:
        self._inbox = inbox
        self._all: Sequence[InboxClaims] = (inbox, *others)

    def untaken(self, files: Mapping[str, Seen]) -> set[str]:
        """Return what the inbox has to take; see ``InboxClaims.untaken``."""
        return self._inbox.untaken(files)

    def take(self, path: str, delivery_id: DeliveryId) -> Claim | None:
        """Claim a file of the inbox; see ``InboxClaims.take``."""
        return self._inbox.take(path, delivery_id)

    def release(self, claim: Claim) -> None:
        """Forget a claim, wherever it is; see ``InboxClaims.release``."""
        for each in self._all:
            each.release(claim)

    def pending(self) -> Iterator[Claim]:
        """Yield the claims of all places; see ``InboxClaims.pending``."""
        return chain.from_iterable(each.pending() for each in self._all)

    def take_over(self) -> int:
        """Take over in all places; see ``InboxClaims.take_over``."""
        return sum(each.take_over() for each in self._all)

    def close(self) -> None:
        """Give up all; see ``InboxClaims.close``."""
        for each in self._all:
            each.close()
