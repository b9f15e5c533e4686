"""Pairs files with their sidecars, and decides how long one waits for the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from copytaster.clock import Clock
from copytaster.intake.printable_names import printable
from copytaster.model.metadata import SIDECAR
from copytaster.model.sidecar_names import SIDECAR_SUFFIXES, is_sidecar, pair_sidecars
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
        self._pairs = pair_sidecars((), ())
        self._sources = set[str]()
        self.sidecars: dict[str, InboxFile] = {}
        """The sidecars of the last scan."""

    def listed(self, files: Mapping[str, InboxFile]) -> Mapping[str, InboxFile]:
        """Remember the sidecars of a scan, and return the other files."""
        self.sidecars = {path: found for path, found in files.items() if is_sidecar(path)}
        self._sources.update(map(_source, self.sidecars))
        if self.sidecars:
            files = {path: found for path, found in files.items() if path not in self.sidecars}
        self._pairs = pair_sidecars(files, tuple(self.sidecars))
        return files

    def observe(self) -> None:
        """Measure how long the sidecars of the last scan have not changed."""
        self._quiet = self._stability.observe(self.sidecars, self._monotonic_clock.now())

    def awaited(self, path: str, quiet: timedelta, *, marked: bool) -> str | None:
        """Return what the finished file at ``path`` still waits for; None if it may be claimed.

        ``marked``: its writer has created a marker, so that file and sidecar are finished.
        """
        if sidecar := self.sidecar_of(path):
            is_finished = self._is_finished(sidecar, self.sidecars[sidecar], marked=marked)
            return None if is_finished else f"the rest of its sidecar {printable(sidecar)}"
        if path in self._pairs.unclear:  # the file is kept in the inbox, with the reason
            return None
        name = printable(path) + SIDECAR
        # A round may take a while: a sidecar that has arrived since the scan may be half written.
        if any(os.path.isfile(f"{self._inbox}/{path}{each}") for each in SIDECAR_SUFFIXES):  # noqa: PTH113  # Path.is_file() raises for too long a name
            return f"its sidecar {name}"
        return None if marked or quiet >= self._waits.sidecar else f"its sidecar {name}, if there is one"

    def sidecar_of(self, path: str) -> str | None:
        """Return the sidecar of the file that the last scan found."""
        return self._pairs.of.get(path)

    def why_unclear(self, path: str) -> str | None:
        """Return why it is not known which sidecar is that of the file; None if it is, or if it has none."""
        why = self._pairs.unclear.get(path)
        return f"{printable(path)} stays in the inbox: {printable(why)}" if why else None

    def has_sidecar(self, path: str) -> bool:
        """Return whether the last scan found a sidecar of the file."""
        return path in self._pairs.of or path in self._pairs.unclear

    def may_follow(self, path: str) -> bool:
        """Return whether a file without a sidecar may still get one: its source has sent sidecars since the start."""
        return not self.has_sidecar(path) and _source(path) in self._sources

    def orphans(self) -> list[str]:
        """Return the sidecars whose files have not arrived in time."""
        return [
            path for path, quiet in self._quiet.items() if path in self._pairs.alone and quiet >= self._waits.orphan
        ]

    def _is_finished(self, sidecar: str, found: InboxFile, *, marked: bool) -> bool:
        quiet = self._quiet.get(sidecar)
        if quiet is None:
            return False
        return self._completeness.advise(sidecar, found, quiet, marked=marked).step is not Step.WAIT


def _source(path: str) -> str:
    """Return the first folder of a path, which names the source; "" for a file in the inbox itself."""
    return path.partition("/")[0] if "/" in path else ""
