"""Ownership of files by rename: what lies in an owner's folder is that owner's to-do list, on disk.

A claimed file lies at ``inbox/.claims/OWNER/DELIVERY-ID/PATH``: the folder's name carries the delivery's id, so a
crash at any moment leaves what is needed to go on; one that brings the file of a failed delivery again carries that
delivery's id too. It lies inside the inbox because a rename works within one filesystem only; what comes from elsewhere
lies in ``staging/.claims`` in the same way, because the inbox may be read-only. The owner holds a lock on its folder;
the kernel releases it when the process dies, and then others take over.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from copytaster.intake import sidecars
from copytaster.intake.claim import Claim, Seen
from copytaster.model.delivery import DeliveryId

FOLDER = ".claims"
LOCK = ".lock"

INCOMING = ".incoming"
"""A copy that is being made. One that was interrupted is thrown away: its file still lies where it came from."""

RETRY = "-retries-"
"""Between the ids of a delivery and of the failed one that it retries, in the name of a claim's folder."""


class RenameClaims:
    """The claims of one owner below one folder: the inbox, or the place where files from elsewhere are staged.

    ``also`` are the other folders whose claims ``is_claimed`` looks at.
    """

    def __init__(self, inbox: Path, owner: str, *, also: Sequence[Path] = ()) -> None:
        self._inbox = inbox
        self._root = inbox / FOLDER
        self._own = self._root / owner
        self._also = [each / FOLDER for each in also]
        self._lock = _locked_folder(self._own)

    def untaken(self, files: Mapping[str, Seen]) -> set[str]:
        """Return all paths: what was taken is not in the inbox any more. See ``InboxClaims``."""
        return set(files)

    def close(self) -> None:
        """Give up the ownership; claims that are left are taken over by others."""
        if not any(self.pending()):
            shutil.rmtree(self._own, ignore_errors=True)
        os.close(self._lock)

    def take(self, path: str, delivery_id: DeliveryId) -> Claim | None:
        """Claim the file at ``path`` below the inbox, and its sidecar. Returns None when somebody else was quicker.

        Raises ``OSError`` when the rename is not possible.
        """
        file, claim = self._inbox / path, self._planned(path, delivery_id)
        try:
            if sidecar := sidecars.beside(file):
                if sidecars.is_spent(file, path, self._root):
                    self.release(claim)
                    return None
                claim = replace(claim, sidecar=sidecars.bring(sidecar, claim.folder))
            file.rename(claim.file)
        except FileNotFoundError:
            self.release(claim)
            return None
        if claim.sidecar:
            sidecars.let_go(file, claim.sidecar)
        return claim

    def copy_in(self, file: Path, path: str, delivery_id: DeliveryId) -> Claim:
        """Claim a copy of a file from anywhere, and of its sidecar, as if it had been dropped at ``path``.

        Raises ``OSError``.
        """
        claim = self._planned(path, delivery_id)
        if sidecar := sidecars.beside(file):
            claim = replace(claim, sidecar=sidecars.bring(sidecar, claim.folder))
        return self._bring(claim, lambda beside: shutil.copy2(file, beside))

    def move_in(self, file: Path, path: str, delivery_id: DeliveryId, *, retry_of: DeliveryId) -> Claim | None:
        """Claim a failed delivery's file itself, wherever it lies.

        Returns None when somebody else was quicker. Raises ``OSError``; the file then lies in one of the two places.
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
            self._bring(claim, lambda beside: shutil.copy2(file, beside, follow_symlinks=False))
            file.unlink(missing_ok=True)
        return claim

    def write_in(self, content: BinaryIO, path: str, delivery_id: DeliveryId, *, retry_of: DeliveryId) -> Claim:
        """Claim a failed delivery's content as if it had been dropped at ``path``. Raises ``OSError``."""

        def fill(beside: Path) -> None:
            with beside.open("wb") as out:
                shutil.copyfileobj(content, out)

        return self._bring(self._planned(path, delivery_id, retry_of=retry_of), fill)

    def is_claimed(self, delivery_id: DeliveryId) -> bool:
        """Say whether a delivery is claimed, by whomever."""
        return any(_is_claimed(root, delivery_id) for root in (self._root, *self._also))

    def release(self, claim: Claim) -> None:
        """Forget a claim whose file has been archived or moved on."""
        folder = self._own / _folder_name(claim.delivery_id, claim.retry_of)
        with suppress(OSError):  # the file first: a crash in between must not leave it there without its sidecar
            (folder / claim.path).unlink()
        shutil.rmtree(folder, ignore_errors=True)

    def pending(self) -> Iterator[Claim]:
        """Yield the claims not yet released, oldest first. Cost: a listing of each claim's folder."""
        for folder in sorted(each for each in self._own.iterdir() if each.name != LOCK):
            files = list(_files_in(folder))
            if not files:
                shutil.rmtree(folder, ignore_errors=True)
            for file in files:
                delivery_id, _, retry_of = folder.name.partition(RETRY)
                yield Claim(
                    file,
                    str(file.relative_to(folder)),
                    DeliveryId(delivery_id),
                    DeliveryId(retry_of) if retry_of else None,
                    sidecars.kept_in(folder),
                    is_claimed=self.is_claimed,
                )

    def take_over(self) -> int:
        """Take the claims of owners that have died and return how many."""
        taken = 0
        for folder in [each for each in self._root.iterdir() if each.is_dir() and each != self._own]:
            taken += self._inherit(folder)
        return taken

    def _inherit(self, folder: Path) -> int:
        try:
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # another owner is at it, or the folder is just being made
            return 0
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            claims = [each for each in folder.iterdir() if each.name != LOCK]
            for claim in claims:
                claim.rename(self._own / claim.name)
                self._finish(self._own / claim.name)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # it lives
            return 0
        finally:
            os.close(lock)
        return len(claims)

    def _finish(self, folder: Path) -> None:
        """Remove what a crash left of a sidecar whose file is claimed."""
        if kept := sidecars.kept_in(folder):
            for file in _files_in(folder):
                sidecars.let_go(self._inbox / file.relative_to(folder), kept)

    def _planned(self, path: str, delivery_id: DeliveryId, *, retry_of: DeliveryId | None = None) -> Claim:
        """Return a claim whose file is still to come."""
        target = self._own / _folder_name(delivery_id, retry_of) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return Claim(target, path, delivery_id, retry_of, is_claimed=self.is_claimed)

    def _bring(self, claim: Claim, fill: Callable[[Path], object]) -> Claim:
        """Let the file appear whole or not at all."""
        beside = self._own / _folder_name(claim.delivery_id, claim.retry_of) / INCOMING
        fill(beside)
        beside.rename(claim.file)
        return claim


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield what is claimed in a claim's folder: links and special files too, no unfinished copies and no sidecar."""
    for each in folder.rglob("*"):
        if each != folder / INCOMING and sidecars.is_file(each, folder) and (each.is_symlink() or not each.is_dir()):
            yield each


def _folder_name(delivery_id: DeliveryId, retry_of: DeliveryId | None) -> str:
    return f"{delivery_id}{RETRY}{retry_of}" if retry_of else delivery_id


def _is_claimed(root: Path, delivery_id: DeliveryId) -> bool:
    return any(name.partition(RETRY)[0] == delivery_id for owner in _listed(root) for name in _names(owner))


def _names(folder: Path) -> list[str]:
    return [each.name for each in _listed(folder)]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):  # its owner has just left, or nobody has claimed anything yet
        return []


def _locked_folder(folder: Path) -> int:
    """Make the folder and return its lock.

    Between making and locking, another watcher may take the folder for a dead one's and remove it; then once more.
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
