"""How files in the inbox are claimed: moved out of it, or leased and left in place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from errno import EACCES, EPERM, EROFS
from pathlib import Path

import structlog

from copytaster.clock import Clock
from copytaster.errors import ConfigurationError
from copytaster.intake.claim import CombinedClaims, InboxClaims
from copytaster.intake.kept_files import ClaimsBesideKeptFiles
from copytaster.intake.lease_claims import LeaseClaims
from copytaster.intake.released_files import FOLDER as RELEASED
from copytaster.intake.released_files import ReleasedFiles
from copytaster.intake.rename_claims import FOLDER, RenameClaims
from copytaster.settings import InboxMode, Settings
from copytaster.store.ports.file_leases import FileLeases
from copytaster.system.remedies import explain_os_error

log = structlog.get_logger(__name__)

NOT_WRITABLE = {EROFS, EACCES, EPERM}
"""Error numbers of an inbox that cannot be written to; other errors mean that it cannot be used at all."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The claims; ``stays`` is the reason why files are left in place, None where they are moved."""

    claims: InboxClaims
    stays: str | None = None


def open_inbox(settings: Settings, leases: FileLeases, clock: Clock, *, owner: str) -> Inbox:
    """Return the claims for the configured mode and the permissions of the inbox. Raises ``ConfigurationError``.

    They include the claims on staged files and, in each mode, those that the other mode has left behind.
    """
    try:
        staged = RenameClaims(settings.staging, owner, also=[settings.inbox])
        renames, why_leased = _rename_claims(settings, owner, clock)
    except OSError as error:
        raise ConfigurationError(
            f"cannot use the inbox {settings.inbox.absolute()}: {explain_os_error(error)}; the watcher's user"
            f" needs write permission in {settings.data.absolute()} and, unless files are to be left in place, in the"
            " inbox; see COPYTASTER_DATA and COPYTASTER_INBOX_MODE"
        ) from error
    if why_leased is None and renames:
        return Inbox(CombinedClaims(_without_kept_files(renames, leases, clock), staged))
    leased = LeaseClaims(settings.inbox, leases, clock, owner=owner)
    others = [staged, renames] if renames else [staged]
    return Inbox(CombinedClaims(leased, *others), why_leased)


def _rename_claims(settings: Settings, owner: str, clock: Clock) -> tuple[RenameClaims | None, str | None]:
    """Return the claims by rename where there may be any, and the reason why files are left in place."""
    inbox, mode = settings.inbox, settings.inbox_mode
    if mode is InboxMode.KEEP:
        inbox.mkdir(parents=True, exist_ok=True)
        return _earlier_claims(inbox, owner, settings.staging), "COPYTASTER_INBOX_MODE is keep"
    try:
        return RenameClaims(inbox, owner, also=[settings.staging], released=_released_files(settings, clock)), None
    except OSError as error:
        if mode is InboxMode.MOVE or error.errno not in NOT_WRITABLE or not inbox.is_dir():
            raise
        return None, f"the inbox is read-only ({error.strerror})"


def _without_kept_files(renames: RenameClaims, leases: FileLeases, clock: Clock) -> InboxClaims:
    if not leases.has_marks():
        return renames
    log.info("inbox.kept_files", why="files that were taken in while files stayed in the inbox are left there")
    return ClaimsBesideKeptFiles(renames, leases, clock)


def _released_files(settings: Settings, clock: Clock) -> ReleasedFiles:
    # The folder in the inbox is used only if inbox and data are on different filesystems.
    folders = [settings.staging / RELEASED, settings.inbox / FOLDER / RELEASED]
    return ReleasedFiles(settings.inbox, folders, clock, keep=timedelta(seconds=settings.late_seconds))


def _earlier_claims(inbox: Path, owner: str, staging: Path) -> RenameClaims | None:
    """Return the claims by rename if some remain from a time when files were moved."""
    try:
        return RenameClaims(inbox, owner, also=[staging]) if any((inbox / FOLDER).iterdir()) else None
    except OSError:  # there are none, or the folder is not writable
        return None
