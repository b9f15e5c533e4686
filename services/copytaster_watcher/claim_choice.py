"""Which way the inbox's files are claimed: moved out of it, or leased and left in place."""

from __future__ import annotations

from dataclasses import dataclass
from errno import EACCES, EPERM, EROFS
from pathlib import Path

from copytaster.clock import Clock
from copytaster.errors import ConfigurationError
from copytaster.intake.claim import CombinedClaims, InboxClaims
from copytaster.intake.lease_claims import LeaseClaims
from copytaster.intake.rename_claims import FOLDER, RenameClaims
from copytaster.settings import InboxMode, Settings
from copytaster.store.ports.file_leases import FileLeases

NOT_WRITABLE = {EROFS, EACCES, EPERM}
"""What says that files cannot be moved out, rather than that something is broken."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The claims, and why files are left in place, where they are."""

    claims: InboxClaims
    stays: str | None = None


def open_inbox(settings: Settings, leases: FileLeases, clock: Clock, *, owner: str) -> Inbox:
    """Return the claims that the settings and the inbox ask for. Raises ``ConfigurationError``.

    Whichever way it is, claims that another way has left behind are gone through, and those on staged files.
    """
    try:
        staged = RenameClaims(settings.staging, owner, also=[settings.inbox])
        moved, why = _moved(settings, owner)
    except OSError as error:
        raise ConfigurationError(
            f"cannot use the inbox {settings.inbox.absolute()}: {error}; the watcher's user needs to write"
            f" {settings.data.absolute()}, and the inbox unless files are to be left in place,"
            " see COPYTASTER_DATA and COPYTASTER_INBOX_MODE"
        ) from error
    if why is None and moved:
        return Inbox(CombinedClaims(moved, staged))
    leased = LeaseClaims(settings.inbox, leases, clock, owner=owner)
    others = [staged, moved] if moved else [staged]
    return Inbox(CombinedClaims(leased, *others), why)


def _moved(settings: Settings, owner: str) -> tuple[RenameClaims | None, str | None]:
    """Return the claims by rename, where they are possible and wanted, and why files are left in place."""
    inbox, mode = settings.inbox, settings.inbox_mode
    if mode is InboxMode.KEEP:
        inbox.mkdir(parents=True, exist_ok=True)
        return _left_behind(inbox, owner, settings.staging), "COPYTASTER_INBOX_MODE is keep"
    try:
        return RenameClaims(inbox, owner, also=[settings.staging]), None
    except OSError as error:
        if mode is InboxMode.MOVE or error.errno not in NOT_WRITABLE or not inbox.is_dir():
            raise
        return None, f"the inbox is read-only ({error.strerror})"


def _left_behind(inbox: Path, owner: str, staging: Path) -> RenameClaims | None:
    """Return claims by rename where some are left from a time when files were moved."""
    try:
        return RenameClaims(inbox, owner, also=[staging]) if any((inbox / FOLDER).iterdir()) else None
    except OSError:  # there are none, or they cannot be had
        return None
