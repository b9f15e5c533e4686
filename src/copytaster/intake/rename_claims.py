"""Claims by rename: a claimed file is moved into the folder of its watcher.

A claimed file is at ``inbox/.claims/OWNER/DELIVERY-ID/PATH``. The folder's name carries the delivery id, so that after
a crash the work can continue from the disk alone; a claim that retries a failed delivery carries that id too. The
folder is inside the inbox because a rename works within one filesystem only. Files from elsewhere are claimed in
``staging/.claims`` in the same way, because the inbox may be read-only. The owner holds a lock on its folder. The
kernel releases the lock when the process dies, and then another watcher takes the claims over.
"""

from __future__ import annotations

import errno
import fcntl
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
from copytaster.intake.claim_folders import ClaimFolder, parse_claim_folder
from copytaster.intake.released_files import ReleasedFiles
from copytaster.model.delivery import DeliveryId
from copytaster.model.file_state import state_of

FOLDER = ".claims"
LOCK = ".lock"

INCOMING = ".incoming"
"""An unfinished copy. An interrupted one is deleted: the file is still at its origin."""


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
        self._released = released
        self._also = [each / FOLDER for each in also]
        self._lock = _locked_folder(self._own)

    def untaken(self, files: Mapping[str, Seen]) -> AbstractSet[str]:
        """Return all paths: a file that was taken in is no longer in the inbox. See ``InboxClaims.untaken``."""
        return files.keys()

    def close(self) -> None:
        """End the ownership; another watcher takes over the remaining claims."""
        if not any(self.pending()):
            shutil.rmtree(self._own, ignore_errors=True)
        os.close(self._lock)

    def take(self, path: str, delivery_id: DeliveryId) -> Claim | None:
        """Claim the file at ``path`` below the inbox, and its sidecar. Returns None if another watcher was first.

        Raises ``OSError`` when the rename is not possible.
        """
        file, claim = self._inbox / path, self._planned(path, delivery_id)
        try:
            if sidecar := sidecars.sidecar_of(file):
                if sidecars.is_left_over(file, path, self._root):
                    self.release(claim)
                    return None
                claim = replace(claim, sidecar=sidecars.copy_into_claim(sidecar, claim.folder))
            file.rename(claim.file)
        except FileNotFoundError:
            self.release(claim)
            return None
        if claim.sidecar:
            sidecars.remove_claimed(file, claim.sidecar)
        return _with_state(claim)

    def copy_in(self, file: Path, path: str, delivery_id: DeliveryId) -> Claim:
        """Claim a copy of any file, and of its sidecar, as if it had been dropped at ``path``.

        Raises ``OSError``.
        """
        claim = self._planned(path, delivery_id)
        if sidecar := sidecars.sidecar_of(file):
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
        return any(_is_claimed(root, delivery_id) for root in (self._root, *self._also))

    def release(self, claim: Claim) -> None:
        """Remove a claim whose file has been archived or moved."""
        folder = self._folder_of(claim)
        if self._released and claim.state and os.path.lexists(folder / claim.path):
            self._released.add(folder, claim)
            return
        with suppress(OSError):  # the file first: a crash in between must not leave the file without its sidecar
            (folder / claim.path).unlink()
        shutil.rmtree(folder, ignore_errors=True)

    def _folder_of(self, claim: Claim) -> Path:
        return self._own / ClaimFolder(claim.delivery_id, claim.retry_of, claim.continues).name

    def put_back(self, claim: Claim) -> None:
        """Return a file and its sidecar to the inbox; see ``InboxClaims.put_back``."""
        if self._released:
            self._released.put_back(self._folder_of(claim), claim)

    def claim_changed(self) -> int:
        """Claim files that were written after their release; see ``InboxClaims.claim_changed``."""
        return self._released.claim_changed(self._own) if self._released else 0

    def pending(self) -> Iterator[Claim]:
        """Yield the claims not yet released, oldest first. Cost: a listing of each claim's folder."""
        for folder in sorted(each for each in self._own.iterdir() if each.name != LOCK):
            files = list(_files_in(folder))
            if not files:
                shutil.rmtree(folder, ignore_errors=True)
            for file in files:
                ids = parse_claim_folder(folder.name)
                yield _with_state(
                    Claim(
                        file,
                        str(file.relative_to(folder)),
                        ids.delivery_id,
                        ids.retry_of,
                        sidecars.claimed_sidecar(folder),
                        continues=ids.continues,
                        is_claimed=self.is_claimed,
                    )
                )

    def take_over(self) -> int:
        """Take over the claims of dead owners and return their number."""
        taken = 0
        for folder in [each for each in self._root.iterdir() if each.is_dir() and each != self._own]:
            taken += self._inherit(folder)
        return taken

    def _inherit(self, folder: Path) -> int:
        try:
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # another owner is removing the folder, or its owner is still creating it
            return 0
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            claims = [each for each in folder.iterdir() if each.name != LOCK]
            for claim in claims:
                claim.rename(self._own / claim.name)
                self._finish(self._own / claim.name)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # the owner is alive
            return 0
        finally:
            os.close(lock)
        return len(claims)

    def _finish(self, folder: Path) -> None:
        """Remove from the inbox the sidecar of a claimed file, if a crash left it there."""
        if kept := sidecars.claimed_sidecar(folder):
            for file in _files_in(folder):
                sidecars.remove_claimed(self._inbox / file.relative_to(folder), kept)

    def _planned(self, path: str, delivery_id: DeliveryId, *, retry_of: DeliveryId | None = None) -> Claim:
        """Return a claim whose file has not been moved in yet."""
        folder = self._own / ClaimFolder(delivery_id, retry_of).name
        target = folder / path
        folder.mkdir(exist_ok=True)
        if target.parent != folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        return Claim(target, path, delivery_id, retry_of, is_claimed=self.is_claimed)

    def _create(self, claim: Claim, fill: Callable[[Path], object]) -> Claim:
        """Create the claim's file atomically: ``fill`` writes a temporary file, which is then renamed."""
        temporary = self._folder_of(claim) / INCOMING
        fill(temporary)
        temporary.rename(claim.file)
        return _with_state(claim)


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield the claimed files in a claim's folder, links and special files included; no unfinished copy, no sidecar.

    A folder that is removed meanwhile has no files. ``Path.rglob`` raises there before Python 3.13.
    """
    for parent, folders, names in os.walk(folder):
        for each in (Path(parent, name) for name in (*folders, *names)):
            if (
                each != folder / INCOMING
                and sidecars.is_no_sidecar(each, folder)
                and (each.is_symlink() or not each.is_dir())
            ):
                yield each


def _with_state(claim: Claim) -> Claim:
    """Return the claim with the present state of its file; a missing file has none."""
    try:
        return replace(claim, state=state_of(claim.file.lstat()))
    except FileNotFoundError:
        return claim


def _is_claimed(root: Path, delivery_id: DeliveryId) -> bool:
    return any(parse_claim_folder(name).delivery_id == delivery_id for owner in _listed(root) for name in _names(owner))


def _names(folder: Path) -> list[str]:
    return [each.name for each in _listed(folder)]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):  # its owner has just ended, or there are no claims yet
        return []


def _locked_folder(folder: Path) -> int:
    """Create the folder and return the descriptor of its lock.

    Between creating and locking, another watcher may remove the folder as that of a dead owner; then it is created
    again.
    """
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(lock), (folder / LOCK).stat()):
                return lock
        except FileNotFoundError:
            pass
        os.close(lock)
