"""From settings to the quarantine."""

from __future__ import annotations

from copytaster.intake.rename_claims import FOLDER as CLAIMS
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.quarantine.later_moves import LaterMoves
from copytaster.settings import Settings

LEAVING = ".leaving"
"""The folder beside the claims of a filesystem for files on their way into the quarantine. It has no lock of an owner,
so that no watcher takes it for the claims of another one."""


def open_quarantine(settings: Settings) -> FolderQuarantine:
    """Return the quarantine. Large files from other filesystems arrive in it by ``open_later_moves``."""
    return FolderQuarantine(settings.quarantine, open_later_moves(settings))


def open_later_moves(settings: Settings) -> LaterMoves:
    """Return the moves into the quarantine that take long; a watcher makes them."""
    folders = [each / CLAIMS / LEAVING for each in (settings.inbox, settings.staging)]
    return LaterMoves(settings.quarantine, folders)
