"""The slow check of the archive beside other work, and the summary of the damage for the status."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from copytaster.archive.check import ArchiveCheck
from copytaster.archive.check_position import CheckPosition
from copytaster.archive.damage import Damage, DamageKind, summary
from copytaster.archive.originals import PREFIXES
from copytaster.errors import CopytasterError

log = structlog.get_logger(__name__)

REFRESH_EVERY = timedelta(seconds=15)
"""How old the summary may be. Reading it lists one folder and reads a file for each damage."""

ABANDONED = timedelta(minutes=2)
"""A check by another process counts as ended after this time without a new position; one is saved every 10 s."""


class CheckInterruptedError(CopytasterError):
    """The process stops; the next one continues the check."""


class BackgroundCheck:
    """Starts a check when the last one is older than ``every``, and keeps the figures for the heartbeat.

    If ``every`` is None, it only reads the records of damage.
    """

    def __init__(self, check: ArchiveCheck, *, every: timedelta | None) -> None:
        self._check = replace(check, report=self._report)
        self._every = every
        self._open: list[Damage] = []
        self._refreshed_at: datetime | None = None
        self._position: CheckPosition | None = None
        self._is_announced = False

    def look(self) -> None:
        """Refresh the summary; run a check if one is due. Returns when it has ended or was interrupted.

        Raises ``TransientError`` if the archive is unavailable; the next call continues.
        """
        self._refresh()
        self._position = self._check.positions.load()
        if not self._is_due(self._position):
            return
        if not self._is_announced:  # while the archive is unavailable, each call starts the check anew
            log.info("archive.check_started", continued=bool(self._position and not self._position.completed_at))
        self._is_announced = True
        try:
            position = self._check.run()
        except CheckInterruptedError as error:
            log.info("archive.check_interrupted", why=str(error), next="the next watcher continues it")
            return
        self._is_announced = False
        self._refresh(at_once=True)
        log.info(
            "archive.check_completed", originals=position.originals, entries=position.entries, damage=len(self._open)
        )

    def details(self) -> dict[str, str | float | None]:
        """Return the figures for a heartbeat: damage in words and by kind, progress, last check, and the interval."""
        position, losses = self._position, [each for each in self._open if each.kind.is_loss]
        running = position is not None and position.completed_at is None
        checked_at = position.last_completed_at if position else None
        counts = {f"damage_{kind.value}": sum(each.kind is kind for each in self._open) for kind in DamageKind}
        return {
            "archive_damage": summary(losses),
            "archive_unnamed": summary(each for each in self._open if not each.kind.is_loss),
            "archive_checking": f"{position.next} of {len(PREFIXES)} parts" if position and running else None,
            "archive_checked_at": checked_at.isoformat() if checked_at else None,
            "archive_check_seconds": self._every.total_seconds() if self._every else None,
            **{name: count for name, count in counts.items() if count},
        }

    def _is_due(self, position: CheckPosition | None) -> bool:
        if self._every is None:
            return False
        now = self._check.clock.now()
        if position is None:
            return True
        if position.completed_at:
            # An end in the future is one of a clock that was set back since.
            return not -ABANDONED < now - position.completed_at < self._every
        return position.by == self._check.by or abs(now - position.updated_at) >= ABANDONED

    def _report(self, position: CheckPosition) -> None:
        self._position = position
        self._refresh()

    def _refresh(self, *, at_once: bool = False) -> None:
        now = self._check.clock.now()
        if at_once or self._refreshed_at is None or abs(now - self._refreshed_at) >= REFRESH_EVERY:
            self._open = self._check.damages.open()
            self._refreshed_at = now
