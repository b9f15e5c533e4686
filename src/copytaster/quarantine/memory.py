"""The quarantine in this process's memory: the fake that ships with the port."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from copytaster.model.delivery import DeliveryId
from copytaster.quarantine.folder import Report


class MemoryQuarantine:
    """A quarantine in a dictionary of path to report; see ``copytaster.quarantine.folder.Quarantine``."""

    def __init__(self) -> None:
        self.reports: dict[str, Report] = {}

    def keep_file(
        self, file: Path, *, path: str, report: Report, sidecar: Path | None = None, stays: bool = False
    ) -> None:
        """Remember the report and remove the file unless it stays; see ``Quarantine.keep_file``."""
        del sidecar
        self.reports[path] = report
        if not stays:
            file.unlink(missing_ok=True)

    def keep_content(self, content: BinaryIO, *, path: str, report: Report) -> None:
        """Remember the report; see ``Quarantine.keep_content``."""
        del content
        self.reports[path] = report

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return None: the files themselves are not kept."""
        del delivery_id, path
        return None

    def sidecar(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return None: the sidecars are not kept either."""
        del delivery_id, path
        return None

    def outdated_at(self, path: str) -> DeliveryId | None:
        """Return None: there are no copies."""
        del path
        return None

    def left_from(self, path: str) -> DeliveryId | None:
        """Return None: the files are as good as there."""
        del path
        return None

    def forget(self, delivery_id: DeliveryId, *, path: str, with_copy: bool = False) -> None:
        """Remove the report; see ``Quarantine.forget``."""
        del with_copy
        if path in self.reports and self.reports[path].delivery_id == delivery_id:
            del self.reports[path]
