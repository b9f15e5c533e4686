"""The reasons for which a backup is not written or not restored."""

from __future__ import annotations

from copytaster.errors import CopytasterError


class BackupRefusedError(CopytasterError):
    """The destination of a backup, or the target of a restoration, has data; or the two do not fit."""


class DamagedBackupError(CopytasterError):
    """A backup is incomplete, has changed since it was written, or cannot be decrypted."""
