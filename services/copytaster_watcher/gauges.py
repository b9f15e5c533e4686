"""Reads the gauges that pause the intake: queue length, server memory, free disk space."""

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
    """Measures filesystems."""

    def free(self, folder: Path) -> int:
        """Return the free bytes that this user may write below ``folder``. Raises ``OSError``."""
        ...


class LocalDisk:
    """The filesystems of this machine."""

    def free(self, folder: Path) -> int:
        """Return the free bytes; see ``Disk.free``. For a folder that does not exist yet, its parent is measured."""
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        status = os.statvfs(folder)
        return status.f_bavail * status.f_frsize


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemGauges:
    """Implements ``copytaster.intake.pressure.GaugeReader``.

    ``folders`` are the folders whose disks are measured, by name. Cost: four round trips, and a system call for each
    folder.
    """

    store: Store
    disk: Disk
    folders: Mapping[str, Path]

    def __call__(self) -> Gauges:
        """Return the present figures; without those of the server if it does not answer."""
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
            except OSError:  # the disk is not available: the next write fails and reports its path
                continue
        return free
