"""The filesystem of an archive's address: a folder, a bucket, or what else fsspec can open."""

from __future__ import annotations

import shutil
import tempfile
from typing import IO, Any

import fsspec

from copytaster.errors import ConfigurationError

COPY_BYTES = 1024 * 1024
"""Streams are copied in chunks of this size."""

S3 = ("s3://", "s3a://")


def open_filesystem(address: str) -> tuple[Any, str]:
    """Return the filesystem of an fsspec address, and the address as a path in it. Nothing is sent yet.

    Every method of a bucket on S3 raises ``OSError`` and nothing else; see ``s3_bucket``. Raises ``ConfigurationError``
    if there is no such filesystem, or if its package is not installed.
    """
    try:
        if address.startswith(S3):
            # Imported when needed: it takes a third of a second, and is an extra that most installations do not have.
            from copytaster.archive.s3_bucket import open_bucket  # noqa: PLC0415

            return open_bucket(address)
        filesystem, root = fsspec.core.url_to_fs(address)
    except ImportError as error:
        extra = "; install it with `pip install 'copytaster[s3]'`" if address.startswith(S3) else ""
        raise ConfigurationError(f"COPYTASTER_ARCHIVE_URL: a package is missing: {error}{extra}") from error
    except ValueError as error:
        raise ConfigurationError(f"COPYTASTER_ARCHIVE_URL: {error}") from error
    return filesystem, str(root)


def probe(address: str) -> None:
    """Send the first requests to the bucket of an address; for another address nothing. Cost: three requests.

    Raises ``BucketMissingError``, ``BucketAccessError``, and another ``BucketError`` for an outage; and
    ``ConfigurationError`` as ``open_filesystem`` does.
    """
    if is_bucket(open_filesystem(address)[0]):
        from copytaster.archive.s3_bucket import examine_bucket  # noqa: PLC0415  # as above

        examine_bucket(address)


def is_bucket(filesystem: Any) -> bool:
    """Return whether an object is written as a whole: it appears when it is complete, and nothing is renamed."""
    return "s3" in filesystem.protocol


def put_whole(filesystem: Any, path: str, content: IO[bytes]) -> None:
    """Create or replace a file of a bucket with the rest of a stream; an error on the way changes nothing.

    The stream is read to a temporary file first: a file of fsspec that is open for writing also becomes an object when
    its writer fails. Raises ``OSError``.
    """
    with tempfile.NamedTemporaryFile() as copy:
        shutil.copyfileobj(content, copy, COPY_BYTES)
        copy.flush()
        filesystem.put_file(copy.name, path)
