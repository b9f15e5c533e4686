"""Reads the gauges that pause the intake: queue length, server memory, free disk space."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from copytaster.errors import TransientError
from copytaster.intake.pressure import Gauges
from copytaster.model.work import Work
from copytaster.store.store import Store
from copytaster.system.disk import DiskUse


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemGauges:
    """Implements ``copytaster.intake.pressure.GaugeReader``.

    ``folders`` are the folders whose disks ``measure`` looks at, by name. Cost: four round trips, and a system call for
    each folder.
    """

    store: Store
    measure: Callable[[Path], DiskUse]
    folders: Mapping[str, Path]

    def __call__(self) -> Gauges:
        """Return the present figures; without those of the server if it does not answer."""
        try:
            ledger = self.store.ledger
            return Gauges(
                queued=ledger.waiting(Work.INGEST) + ledger.waiting(Work.SUSPECT),
                backfilling=ledger.waiting(Work.BACKFILL),
                memory=self.store.memory.read(),
                disks=self._disks(),
            )
        except TransientError:
            return Gauges(disks=self._disks())

    def _disks(self) -> dict[str, DiskUse]:
        disks: dict[str, DiskUse] = {}
        for name, folder in self.folders.items():
            try:
                disks[name] = self.measure(folder)
            except OSError:  # the disk is not available: the next write fails and reports its path
                continue
        return disks
