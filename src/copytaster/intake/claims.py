"""Ownership of files by rename: what lies in an owner's folder is that owner's to-do list, on disk.

A claimed file lies at ``inbox/.claims/OWNER/DELIVERY-ID/PATH``: the folder's name carries the delivery's id, so a
crash at any moment leaves what is needed to go on. It lies inside the inbox because a rename works within one
filesystem only. The owner holds a lock on its folder; the kernel releases it when the process dies, and then others
take over.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copytaster.delivery import DeliveryId

FOLDER = ".claims"
LOCK = ".lock"

INCOMING = ".incoming"
"""A copy that is being made. One that was interrupted is thrown away: its file still lies where it came from."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed file: where it lies now, its path below the inbox as it was, and its delivery's id."""

    file: Path
    path: str
    delivery_id: DeliveryId


class Claims:
    """The claims of one owner on one inbox."""

    def __init__(self, inbox: Path, owner: str) -> None:
        self._inbox = inbox
        self._root = inbox / FOLDER
        self._own = self._root / owner
        self._lock = _locked_folder(self._own)

    def close(self) -> None:
        """Give up the ownership; claims that are left are taken over by others."""
        if not any(self.pending()):
            shutil.rmtree(self._own, ignore_errors=True)
        os.close(self._lock)

    def take(self, path: str, delivery_id: DeliveryId) -> Claim | None:
        """Claim the file at ``path`` below the inbox. Returns None when somebody else was quicker.

        Raises ``OSError`` when the rename is not possible.
        """
        target = self._place(path, delivery_id)
        try:
            (self._inbox / path).rename(target)
        except FileNotFoundError:
            shutil.rmtree(self._own / delivery_id, ignore_errors=True)
            return None
        return Claim(target, path, delivery_id)

    def copy_in(self, file: Path, path: str, delivery_id: DeliveryId) -> Claim:
        """Claim a copy of a file from anywhere as if it had been dropped at ``path``. Raises ``OSError``."""
        target = self._place(path, delivery_id)
        beside = self._own / delivery_id / INCOMING
        shutil.copy2(file, beside)
        beside.rename(target)
        return Claim(target, path, delivery_id)

    def release(self, claim: Claim) -> None:
        """Forget a claim whose file has been archived or moved on."""
        shutil.rmtree(self._own / claim.delivery_id, ignore_errors=True)

    def pending(self) -> Iterator[Claim]:
        """Yield the claims not yet released, oldest first. Cost: a listing of each claim's folder."""
        for folder in sorted(each for each in self._own.iterdir() if each.name != LOCK):
            unfinished = folder / INCOMING
            files = [
                each for each in folder.rglob("*") if each != unfinished and (each.is_symlink() or not each.is_dir())
            ]
            if not files:
                shutil.rmtree(folder, ignore_errors=True)
            for file in files:
                yield Claim(file, str(file.relative_to(folder)), DeliveryId(folder.name))

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
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # it lives
            return 0
        finally:
            os.close(lock)
        return len(claims)

    def _place(self, path: str, delivery_id: DeliveryId) -> Path:
        target = self._own / delivery_id / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


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
