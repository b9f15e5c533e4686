"""The errors of a bucket, as ``OSError``: what reads and writes the archive handles them as it does those of a disk."""

from __future__ import annotations

import errno

from copytaster.system.disk import FULL

DISK_ERRNOS = FULL | {errno.EROFS}
"""Errors of this machine's disk, on which files wait on their way from and to the bucket; no server answers these."""


class BucketError(OSError):
    """A request to a bucket has failed; the message says why, and what to do."""


class BucketMissingError(BucketError):
    """There is no such bucket. This is not ``FileNotFoundError``: the originals in it are not known to be lost."""


class BucketAccessError(BucketError):
    """The key is missing or wrong, or has no access to the bucket."""
