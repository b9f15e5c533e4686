"""The quarantine in memory, for tests and dry runs."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from copytaster.model.delivery import DeliveryId
from copytaster.quarantine.port import Report


class MemoryQuarantine:
    """Implements ``Quarantine`` with a dictionary of reports by path; it does not store the files."""

    def __init__(self) -> None:
        self.reports: dict[str, Report] = {}

    def add_file(
        self, file: Path, *, path: str, report: Report, sidecar: Path | None = None, leave_in_place: bool = False
    ) -> None:
        """Store the report and remove the file, unless it is left in place; see ``Quarantine.add_file``."""
        del sidecar
        self.reports[path] = report
        if not leave_in_place:
            file.unlink(missing_ok=True)

    def add_content(self, content: BinaryIO, *, path: str, report: Report) -> None:
        """Store the report; see ``Quarantine.add_content``."""
        del content
        self.reports[path] = report

    def find(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return None: files are not stored."""
        del delivery_id, path
        return None

    def report(self, delivery_id: DeliveryId, *, path: str) -> Report | None:
        """Return the report; see ``Quarantine.report``."""
        found = self.reports.get(path)
        return found if found and found.delivery_id == delivery_id else None

    def find_sidecar(self, delivery_id: DeliveryId, *, path: str) -> Path | None:
        """Return None: sidecars are not stored."""
        del delivery_id, path
        return None

    def outdated_copy_at(self, path: str) -> DeliveryId | None:
        """Return None: copies are not stored."""
        del path
        return None

    def orphaned_report_at(self, path: str) -> DeliveryId | None:
        """Return None: every report counts as having its file."""
        del path
        return None

    def remove_report(self, delivery_id: DeliveryId, *, path: str, with_copy: bool = False) -> None:
        """Remove the report; see ``Quarantine.remove_report``."""
        del with_copy
        if path in self.reports and self.reports[path].delivery_id == delivery_id:
            del self.reports[path]
