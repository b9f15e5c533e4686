"""Reads what the intake's pauses are decided by: the queue, the server's memory, the disks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from copytaster.errors import TransientError
from copytaster.intake.pressure import Gauges
from copytaster.model.work import Work
from copytaster.store.store import Store


class Disk(Protocol):
    """Looks at filesystems."""

    def free(self, folder: Path) -> int:
        """Return the bytes that this user may still write below ``folder``. Raises ``OSError``."""
        ...


class LocalDisk:
    """The filesystems of this machine."""

    def free(self, folder: Path) -> int:
        """Return the free bytes; a folder that is not there yet counts as its nearest parent. See ``Disk.free``."""
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemGauges:
    """Reads the gauges; see ``copytaster.intake.pressure.GaugeReader``.

    ``folders`` are the folders, by name, whose disks are measured. Cost: four round trips, and a system call for each
    folder.
    """

    store: Store
    disk: Disk
    folders: Mapping[str, Path]

    def __call__(self) -> Gauges:
        """Return the present figures; a server that is away leaves its own out."""
        try:
            ledger = self.store.ledger
            return Gauges(
                queued=ledger.waiting(Work.INGEST) + ledger.waiting(Work.SUSPECT),
                backfilling=ledger.waiting(Work.BACKFILL),
                memory=self.store.memory.read(),
                free=self._free(),
            )
        except TransientError:
            return Gauges(free=self._free())

    def _free(self) -> dict[str, int]:
        free: dict[str, int] = {}
        for name, folder in self.folders.items():
            try:
                free[name] = self.disk.free(folder)
            except OSError:  # away: the next write says so, with its path
                continue
        return free
