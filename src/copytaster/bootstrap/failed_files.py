"""From settings to the content of failed files."""

from __future__ import annotations

from copytaster.bootstrap.archive import open_archive
from copytaster.bootstrap.quarantine import open_quarantine
from copytaster.clock import Clock
from copytaster.recovery.failed_files import FailedContent
from copytaster.settings import Settings
from copytaster.store.store import Store


def open_failed_content(settings: Settings, store: Store, *, clock: Clock) -> FailedContent:
    """Return what reads the bytes of failed files, and the reports on them."""
    return FailedContent(
        ledger=store.ledger,
        quarantine=open_quarantine(settings),
        archive=open_archive(settings),
        clock=clock,
    )
