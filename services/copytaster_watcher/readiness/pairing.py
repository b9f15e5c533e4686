"""Which sidecar goes with which file, and how long one waits for the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from copytaster.clock import Clock
from copytaster.intake.file_filter import described_by, is_sidecar
from copytaster.model.metadata import SIDECAR
from copytaster_watcher.discovery.scan import Found
from copytaster_watcher.readiness.completeness.patience import Completeness, Step
from copytaster_watcher.readiness.stability import StabilityTracker


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingWaits:
    """How long a sidecar must be quiet, a file waits for its sidecar, and a sidecar for its file."""

    settle: timedelta
    sidecar: timedelta
    orphan: timedelta


class Pairing:
    """Remembers the sidecars of the last scan and since when they have looked the same."""

    def __init__(self, inbox: Path, waits: PairingWaits, completeness: Completeness, steady: Clock) -> None:
        self._inbox = inbox
        self._waits = waits
        self._completeness = completeness
        self._steady = steady
        self._stability = StabilityTracker(waits.settle)
        self._quiet: dict[str, timedelta] = {}
        self._alone = set[str]()
        self.sidecars: dict[str, Found] = {}
        """The sidecars of the last scan."""

    def listed(self, files: Mapping[str, Found]) -> dict[str, Found]:
        """Take note of a scan and return it without the sidecars."""
        self.sidecars = {path: found for path, found in files.items() if is_sidecar(path)}
        self._alone = {path for path in self.sidecars if not self._has_its_file(path, files)}
        return {path: found for path, found in files.items() if path not in self.sidecars}

    def observe(self) -> None:
        """Take note of the time of the last scan."""
        self._quiet = self._stability.observe(self.sidecars, self._steady.now())

    def awaited(self, path: str, quiet: timedelta, *, vouched: bool) -> str | None:
        """Return what the finished file at ``path`` still waits for, None when it may be claimed.

        ``vouched``: its writer has said that both are finished.
        """
        sidecar = path + SIDECAR
        if found := self.sidecars.get(sidecar):
            return None if self._is_finished(sidecar, found, vouched=vouched) else f"the rest of its sidecar {sidecar}"
        # A round may take a while: one that has come since the scan may be half written.
        if os.path.isfile(self._inbox / sidecar):  # noqa: PTH113  # Path.is_file() raises for a name that is too long
            return f"its sidecar {sidecar}"
        return None if vouched or quiet >= self._waits.sidecar else f"its sidecar {sidecar}, should there be one"

    def orphans(self) -> list[str]:
        """Return the sidecars whose files have not come in time."""
        return [path for path, quiet in self._quiet.items() if path in self._alone and quiet >= self._waits.orphan]

    def _has_its_file(self, sidecar: str, files: Mapping[str, Found]) -> bool:
        file = described_by(sidecar)
        return file in files and not is_sidecar(file)

    def _is_finished(self, sidecar: str, found: Found, *, vouched: bool) -> bool:
        quiet = self._quiet.get(sidecar)
        if quiet is None:
            return False
        return self._completeness.advise(sidecar, found, quiet, vouched=vouched).step is not Step.WAIT
