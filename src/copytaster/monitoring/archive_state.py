"""What the watchers report about the archive, for the status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime

from copytaster.archive.damage import DamageKind
from copytaster.model.article import Document
from copytaster.store.ports.presence import Heartbeat, Part


class ArchiveState(Document):
    """The archive: counts of open damage by kind, the progress of a running check, and when the last one ended."""

    damage: dict[DamageKind, int]
    checking: str | None
    checked_at: AwareDatetime | None


def read_archive_state(fresh: Sequence[Heartbeat]) -> ArchiveState:
    """Return what the present watchers report: the highest counts and the latest times."""
    details = [each.details for each in fresh if each.part is Part.WATCHER]
    checked = [str(each["archive_checked_at"]) for each in details if each.get("archive_checked_at")]
    checking = [str(each["archive_checking"]) for each in details if each.get("archive_checking")]
    counts = {kind: max((int(each.get(f"damage_{kind}") or 0) for each in details), default=0) for kind in DamageKind}
    return ArchiveState(
        damage=counts,
        checking=next(iter(checking), None),
        checked_at=datetime.fromisoformat(max(checked)) if checked else None,
    )
