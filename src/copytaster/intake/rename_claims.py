"""Claims by rename: a claimed file is moved into the folder of its watcher.

A claimed file is ``inbox/.claims/OWNER/DELIVERY-ID~PATH``, or ``PATH`` in a folder ``DELIVERY-ID`` (``claim_names``).
The name carries the delivery id, so that after a crash the work can continue from the disk alone; a claim that retries
a failed delivery carries that id too. The folder is inside the inbox because a rename works within one filesystem only.
Files from elsewhere are claimed in ``staging/.claims``, because the inbox may be read-only. The owner holds a lock on
its folder. The kernel releases the lock when the process dies, and then another watcher takes the claims over.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from copytaster.intake import sidecars
from copytaster.intake.claim import Claim, Seen
from copytaster.intake.claim_names import (
    INCOMING,
    ClaimName,
    files_in,
    is_alone,
    is_claimed_below,
    listed,
    name_of,
    parse_claim_name,
    path_in_name,
)
from copytaster.intake.owner_locks import LOCKS, lock_of_dead_owner, own_again, own_folder
from copytaster.intake.released_files import LONGEST_STATE, ReleasedFiles
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import FileState, state_of

FOLDER = ".claims"

LONGEST_NAME = 255
"""Bytes that the name of a file has on nearly every filesystem; some report more, and count characters."""


class RenameClaims:
    """The claims of one owner below one folder: the inbox, or the folder for staged files.

    ``also`` are further folders whose claims ``is_claimed`` considers. ``released`` keeps files for a while after their
    release; without it they are deleted at once, which is right for copies that no other process can write into.
    """

    def __init__(
        self, inbox: Path, owner: str, *, also: Sequence[Path] = (), released: ReleasedFiles | None = None
    ) -> None:
        self._inbox = inbox
        self._root = inbox / FOLDER
        self._own = self._root / owner
        self._prefix = f"{self._own}/"
        self._released = released
        self._kept = released if released and released.keeps_files else None
        self._also = [each / FOLDER for each in also]
        self._lock = own_folder(self._own)
        # A process of the same name may have died here, as in a container that is started again.
        self._finish_all(listed(self._own))
        # A released file has a longer name than a claimed one.
        self._longest = min(LONGEST_NAME, os.pathconf(self._own, "PC_NAME_MAX")) - LONGEST_STATE

    def untaken(self, files: Mapping[str, Seen]) -> AbstractSet[str]:
        """Return all paths: a file that was taken in is no longer in the inbox. See ``InboxClaims.untaken``."""
        return files.keys()

    def close(self) -> None:
        """End the ownership; another watcher takes over the remaining claims."""
        if not any(self.pending()):
            shutil.rmtree(self._own, ignore_errors=True)
        os.close(self._lock)

    def take(self, path: str, delivery_id: DeliveryId, sidecar: str | None = None) -> Claim | None:
        """Claim the file at ``path`` below the inbox, and its sidecar. Returns None if another watcher was first.

        Raises ``OSError`` when the rename is not possible.
        """
        try:
            return self._take(path, delivery_id, sidecar)
        except FileNotFoundError:  # the inbox, or the folder of the claims, was removed and the inbox created again
            self._lock = own_again(self._own, self._lock)
            return self._take(path, delivery_id, sidecar)

    def _take(self, path: str, delivery_id: DeliveryId, listed: str | None) -> Claim | None:
        at = f"{self._inbox}/{path}"
        sidecar = sidecars.sidecar_of(at, f"{self._inbox}/{listed}" if listed else None)
        if not sidecar and len(os.fsencode(path_in_name(path))) <= self._longest:
            return self._take_alone(at, path, ClaimName(delivery_id))
        file, claim = Path(at), self._planned(path, delivery_id)
        try:
            if sidecar:
                if sidecars.is_left_over(sidecar, path, self._root):
                    self.release(claim)
                    return None
                claim = replace(claim, sidecar=sidecars.copy_into_claim(sidecar, claim.folder))
            file.rename(claim.file)
        except FileNotFoundError:
            self.release(claim)
            return None
        if sidecar and claim.sidecar:
            sidecars.remove_claimed(sidecar, claim.sidecar)
        return _with_state(claim)

    def _take_alone(self, at: str, path: str, ids: ClaimName) -> Claim | None:
        """Claim a file without a folder."""
        place = self._own / ids.file(path)
        try:
            os.rename(at, place)  # noqa: PTH104  # a path object for each file costs more than the call
        except FileNotFoundError:
            if os.path.lexists(at):  # it is the folder of the claims that is missing
                raise
            return None
        return self._claim(place, path, ids)

    def copy_in(self, file: Path, path: str, delivery_id: DeliveryId) -> Claim:
        """Claim a copy of any file, and of its sidecar, as if it had been dropped at ``path``.

        Raises ``OSError``.
        """
        claim = self._planned(path, delivery_id)
        if sidecar := sidecars.sidecar_beside(file):
            claim = replace(claim, sidecar=sidecars.copy_into_claim(sidecar, claim.folder))
        return self._create(claim, lambda temporary: shutil.copy2(file, temporary))

    def move_in(self, file: Path, path: str, delivery_id: DeliveryId, *, retry_of: DeliveryId) -> Claim | None:
        """Claim the file of a failed delivery by moving it from its present place.

        Returns None if another process moved it first. After ``OSError`` the file is in one of the two places.
        """
        claim = self._planned(path, delivery_id, retry_of=retry_of)
        try:
            file.rename(claim.file)
        except FileNotFoundError:
            self.release(claim)
            return None
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._create(claim, lambda temporary: shutil.copy2(file, temporary, follow_symlinks=False))
            file.unlink(missing_ok=True)
        return _with_state(claim)

    def write_in(
        self,
        content: BinaryIO,
        path: str,
        delivery_id: DeliveryId,
        *,
        retry_of: DeliveryId | None = None,
        sidecar: bytes | None = None,
    ) -> Claim:
        """Claim a content as if it had been dropped at ``path``, with the content of its sidecar, if it has one.

        ``retry_of`` is its failed delivery, if any. Raises ``OSError``.
        """
        claim = self._planned(path, delivery_id, retry_of=retry_of)
        if sidecar is not None:
            claim = replace(claim, sidecar=sidecars.write_into_claim(sidecar, claim.folder))

        def fill(temporary: Path) -> None:
            with temporary.open("wb") as out:
                shutil.copyfileobj(content, out)

        return self._create(claim, fill)

    def is_claimed(self, delivery_id: DeliveryId) -> bool:
        """Return whether any watcher holds a claim for the delivery."""
        return any(is_claimed_below(root, delivery_id) for root in (self._root, *self._also))

    def release(self, claim: Claim) -> None:
        """Remove a claim whose file has been archived or moved."""
        at = str(claim.file)
        if not at.startswith(self._prefix):  # it is in another folder of claims
            return
        if "/" not in at.removeprefix(self._prefix) and self._release_alone(claim):
            return
        folder = self._folder_of(claim)
        if self._kept and claim.state and os.path.lexists(folder / claim.path):
            self._kept.add(folder, claim)
            return
        with suppress(OSError):  # the file first: a crash in between must not leave the file without its sidecar
            (folder / claim.path).unlink()
        shutil.rmtree(folder, ignore_errors=True)

    def _release_alone(self, claim: Claim) -> bool:
        """Release a file that has no folder; return False if it has got one since it was claimed, or has moved."""
        if self._kept and claim.state:
            return self._kept.add(claim.file, claim)
        try:
            claim.file.unlink()
        except OSError:
            return False
        return True

    def _folder_of(self, claim: Claim) -> Path:
        return self._own / name_of(claim).folder

    def put_back(self, claim: Claim) -> None:
        """Return a file and its sidecar to the inbox; see ``InboxClaims.put_back``."""
        if self._released:
            self._released.put_back(claim.file if is_alone(claim) else self._folder_of(claim), claim)

    def claim_changed(self) -> int:
        """Claim files that were written after their release; see ``InboxClaims.claim_changed``."""
        return self._released.claim_changed(self._own) if self._released else 0

    def pending(self) -> Iterator[Claim]:
        """Yield the claims not yet released, oldest first. Cost: a listing of each claim's folder."""
        for name in sorted(set(listed(self._own)) - LOCKS):
            ids, path = parse_claim_name(name)
            place = self._own / name
            if path is not None:
                yield self._claim(place, path, ids)
                continue
            files = list(files_in(place))
            if not files:
                shutil.rmtree(place, ignore_errors=True)
            for file in files:
                claim = self._claim(file, str(file.relative_to(place)), ids)
                yield replace(claim, sidecar=sidecars.claimed_sidecar(place))

    def take_over(self) -> int:
        """Take over the claims of dead owners and return their number."""
        owners = [self._root / name for name in listed(self._root)]
        return sum(self._inherit(each) for each in owners if each != self._own and each.is_dir())

    def _inherit(self, folder: Path) -> int:
        if (lock := lock_of_dead_owner(folder)) is None:
            return 0
        try:
            self._lock = own_again(self._own, self._lock)
            claims = [name for name in listed(folder) if name not in LOCKS]
            for name in claims:
                (folder / name).rename(self._own / name)
            self._finish_all(claims)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
        return len(claims)

    def _finish_all(self, names: Sequence[str]) -> None:
        """Remove from the inbox the sidecars of claimed files, if a crash left them there."""
        for folder in (self._own / name for name in names if parse_claim_name(name)[1] is None):
            if kept := sidecars.claimed_sidecar(folder):
                for file in files_in(folder):
                    sidecars.remove_left_over(self._inbox / file.relative_to(folder), kept)

    def _planned(self, path: str, delivery_id: DeliveryId, *, retry_of: DeliveryId | None = None) -> Claim:
        """Return a claim whose file has not been moved into its folder yet."""
        folder = self._own / ClaimName(delivery_id, retry_of).folder
        target = folder / path
        folder.mkdir(exist_ok=True)
        if target.parent != folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        return Claim(target, path, delivery_id, retry_of, is_claimed=self.is_claimed)

    def _claim(self, file: Path, path: str, ids: ClaimName) -> Claim:
        """Return a claim with the present state of its file; a missing file has none."""
        state = _state_at(file)
        return Claim(
            file, path, ids.delivery_id, ids.retry_of, state=state, continues=ids.continues, is_claimed=self.is_claimed
        )

    def _create(self, claim: Claim, fill: Callable[[Path], object]) -> Claim:
        """Create the claim's file atomically: ``fill`` writes a temporary file, which is then renamed."""
        temporary = self._folder_of(claim) / INCOMING
        fill(temporary)
        temporary.rename(claim.file)
        return _with_state(claim)


def _with_state(claim: Claim) -> Claim:
    return replace(claim, state=_state_at(claim.file))


def _state_at(file: Path) -> FileState | None:
    try:
        return state_of(os.lstat(file))
    except FileNotFoundError:
        return None
