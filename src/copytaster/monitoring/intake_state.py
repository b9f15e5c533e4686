"""What the watchers report about the inbox and the disks, for metrics and screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from copytaster.store.ports.presence import Heartbeat, Part

DISK_FREE = "disk_free_"
"""Prefix of the free bytes in a watcher's details, before the name of the filesystem."""

DISK_PAUSE = "disk_pause_bytes"
"""The detail with the free bytes below which the intake pauses."""

FILES = ("waiting", "incomplete", "backlog", "ignored", "blocked", "unreachable")
"""The details that count files of the inbox; the watchers of one inbox all see the same files."""


@dataclass(frozen=True, slots=True)
class IntakeState:
    """The inbox and the disks: the highest numbers of files, the fewest writable bytes, for how long files are left.

    ``files`` are counted by state; ``behind_seconds`` is for how long every round has left finished files in the inbox.
    """

    files: dict[str, int]
    behind_seconds: float
    disk_free: dict[str, int]
    disk_pause: int


def read_intake_state(fresh: Sequence[Heartbeat], *, now: datetime) -> IntakeState:
    """Return what the present watchers report."""
    details = [each.details for each in fresh if each.part is Part.WATCHER]
    behind = [datetime.fromisoformat(str(each["behind_since"])) for each in details if each.get("behind_since")]
    free: dict[str, int] = {}
    for some in details:
        for name, value in some.items():
            if name.startswith(DISK_FREE):
                disk = name.removeprefix(DISK_FREE)
                free[disk] = min(free.get(disk, int(value or 0)), int(value or 0))
    return IntakeState(
        files={name: max((int(each.get(name) or 0) for each in details), default=0) for name in FILES},
        behind_seconds=max(((now - each).total_seconds() for each in behind), default=0.0),
        disk_free=free,
        disk_pause=max((int(each.get(DISK_PAUSE) or 0) for each in details), default=0),
    )
