"""Pairs files with their sidecars, and decides how long one waits for the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from copytaster.clock import Clock
from copytaster.intake.file_filter import described_by, is_sidecar
from copytaster.intake.printable_names import printable
from copytaster.model.metadata import SIDECAR
from copytaster_watcher.discovery.arrivals import Arrivals
from copytaster_watcher.discovery.scan import InboxFile
from copytaster_watcher.readiness.completeness.patience import Completeness, Step
from copytaster_watcher.readiness.stability import StabilityTracker


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingWaits:
    """How long a sidecar must not change, how long a file waits for its sidecar, and a sidecar for its file."""

    settle: timedelta
    sidecar: timedelta
    orphan: timedelta


class Pairing:
    """Keeps the sidecars of the last scan, and since when they have not changed."""

    def __init__(
        self,
        inbox: Path,
        waits: PairingWaits,
        completeness: Completeness,
        monotonic_clock: Clock,
        arrivals: Arrivals,
    ) -> None:
        self._inbox = inbox
        self._waits = waits
        self._completeness = completeness
        self._monotonic_clock = monotonic_clock
        self._stability = StabilityTracker(waits.settle, arrivals)
        self._quiet: dict[str, timedelta] = {}
        self._alone = set[str]()
        self._sources = set[str]()
        self.sidecars: dict[str, InboxFile] = {}
        """The sidecars of the last scan."""

    def listed(self, files: Mapping[str, InboxFile]) -> Mapping[str, InboxFile]:
        """Remember the sidecars of a scan, and return the other files."""
        self.sidecars = {path: found for path, found in files.items() if is_sidecar(path)}
        self._sources.update(map(_source, self.sidecars))
        self._alone = {path for path in self.sidecars if not self._has_its_file(path, files)}
        if not self.sidecars:
            return files
        return {path: found for path, found in files.items() if path not in self.sidecars}

    def observe(self) -> None:
        """Measure how long the sidecars of the last scan have not changed."""
        self._quiet = self._stability.observe(self.sidecars, self._monotonic_clock.now())

    def awaited(self, path: str, quiet: timedelta, *, marked: bool) -> str | None:
        """Return what the finished file at ``path`` still waits for; None if it may be claimed.

        ``marked``: its writer has created a marker, so that file and sidecar are finished.
        """
        sidecar, name = path + SIDECAR, printable(path) + SIDECAR
        if found := self.sidecars.get(sidecar):
            return None if self._is_finished(sidecar, found, marked=marked) else f"the rest of its sidecar {name}"
        # A round may take a while: a sidecar that has arrived since the scan may be half written.
        if os.path.isfile(f"{self._inbox}/{sidecar}"):  # noqa: PTH113  # Path.is_file() raises for too long a name
            return f"its sidecar {name}"
        return None if marked or quiet >= self._waits.sidecar else f"its sidecar {name}, if there is one"

    def has_sidecar(self, path: str) -> bool:
        """Return whether the last scan found a sidecar of the file."""
        return path + SIDECAR in self.sidecars

    def may_follow(self, path: str) -> bool:
        """Return whether a file without a sidecar may still get one: its source has sent sidecars since the start."""
        return not self.has_sidecar(path) and _source(path) in self._sources

    def orphans(self) -> list[str]:
        """Return the sidecars whose files have not arrived in time."""
        return [path for path, quiet in self._quiet.items() if path in self._alone and quiet >= self._waits.orphan]

    def _has_its_file(self, sidecar: str, files: Mapping[str, InboxFile]) -> bool:
        file = described_by(sidecar)
        return file in files and not is_sidecar(file)

    def _is_finished(self, sidecar: str, found: InboxFile, *, marked: bool) -> bool:
        quiet = self._quiet.get(sidecar)
        if quiet is None:
            return False
        return self._completeness.advise(sidecar, found, quiet, marked=marked).step is not Step.WAIT


def _source(path: str) -> str:
    """Return the first folder of a path, which names the source; "" for a file in the inbox itself."""
    return path.partition("/")[0] if "/" in path else ""
