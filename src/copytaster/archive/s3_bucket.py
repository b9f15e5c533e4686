"""A bucket on S3, or on a server that speaks its protocol; ``filesystems`` opens it.

Keys, region and the address of another server come from the variables and files of the AWS libraries, such as
``AWS_SHARED_CREDENTIALS_FILE`` and ``AWS_ENDPOINT_URL_S3``.

``s3fs`` passes on many errors of its libraries as they are. Here each becomes an ``OSError`` that says what to do. A
missing bucket is no missing file: the originals of all deliveries would otherwise seem to be lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session
from s3fs import S3FileSystem

from copytaster.archive.archive_mark import INCOMING
from copytaster.archive.bucket_errors import DISK_ERRNOS, BucketAccessError, BucketError, BucketMissingError
from copytaster.errors import ConfigurationError, descriptor_shortage

ATTEMPTS = 3
"""Attempts of s3fs at a request; botocore below it makes one. When all fail, the work itself is tried again later, and
a worker that waited longer would lose its lease."""

CONNECT_SECONDS = 3
READ_SECONDS = 10
"""A server that sends nothing for this long does not answer; usual answers take tens of milliseconds."""

REQUESTS = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}

CONNECTIONS = 64
"""Connections of a process to the server: as many as there are concurrent reads of the journal."""

PART_BYTES = 16 * 1024 * 1024
"""Files are read and written in parts of this size. Smaller ones take one request."""

NO_KEY = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.TokenRetrievalError,
)
"""There is no key, or only a part of one."""

REFUSED_KEY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "InvalidClientTokenId"}
"""Codes of S3: the key is wrong or has ended. ``AccessDenied`` and 403 say that it may not do this."""

REFUSED_ACCESS = {"AccessDenied", "AllAccessDisabled", "403"}

KEY_CURE = "correct the key in the file of AWS_SHARED_CREDENTIALS_FILE, and restart the parts"
ACCESS_CURE = "allow the key to list the bucket, and to get, put and delete its objects"
BUCKET_CURE = "create it, or correct COPYTASTER_ARCHIVE_URL"
SERVER_CURE = "check the network, and the server's address (AWS_ENDPOINT_URL_S3, AWS_REGION)"


class S3Bucket(S3FileSystem):  # type: ignore[misc]  # s3fs has no types
    """fsspec's filesystem for S3, of which each method raises ``OSError`` and nothing else."""

    retries = ATTEMPTS

    async def _call_s3(self, method: str, *more: Any, **given: Any) -> Any:
        """Send a request: all methods of the class send theirs here."""
        with _as_os_errors(str(given.get("Bucket", ""))):
            return await super()._call_s3(method, *more, **given)

    async def _cat_file(self, path: str, **given: Any) -> Any:
        """Return an object's bytes, whose transfer may fail after the answer to the request."""
        with _as_os_errors(self.split_path(path)[0]):
            return await super()._cat_file(path, **given)

    async def _get_file(self, rpath: str, lpath: str, **given: Any) -> None:
        """Copy an object to a file, by one request."""
        with _as_os_errors(self.split_path(rpath)[0]):
            await super()._get_file(rpath, lpath, **given)

    def _open(self, path: str, mode: str = "rb", **given: Any) -> Any:
        """Return an object as a file, whose transfer may fail likewise."""
        file = super()._open(path, mode, **given)
        if mode == "rb":
            fetch = file.cache.fetcher

            def fetch_range(start: int, end: int) -> Any:
                with _as_os_errors(file.bucket):
                    return fetch(start, end)

            file.cache.fetcher = fetch_range
        return file

    async def _put_file(self, lpath: str, rpath: str, **given: Any) -> None:
        """Write a file as one object, which appears when it is complete: in one request, or in parts."""
        await super()._put_file(lpath, rpath, chunksize=PART_BYTES, **given)


def open_bucket(address: str) -> tuple[S3Bucket, str]:
    """Return the bucket of an address ``s3://BUCKET/FOLDER``, and the path in it. Raises ``ConfigurationError``."""
    bucket = S3Bucket(
        # Another host may have changed what a listing showed a moment ago.
        use_listings_cache=False,
        default_block_size=PART_BYTES,
        # Several files are read at once, not several parts of one: this saves a request for the size of each file.
        max_concurrency=1,
        config_kwargs={**REQUESTS, "max_pool_connections": CONNECTIONS, "retries": {"total_max_attempts": 1}},
    )
    path = str(bucket._strip_protocol(address))  # noqa: SLF001  # fsspec's name for a public method
    if not path:
        raise ConfigurationError("COPYTASTER_ARCHIVE_URL: the address names no bucket, as in s3://BUCKET/FOLDER")
    name = path.partition("/")[0]
    # No name of a bucket has these; an ARN has colons. Every message about the archive would show the key.
    if "@" in name or (":" in name and not name.startswith("arn:")):
        raise ConfigurationError(
            "COPYTASTER_ARCHIVE_URL: the address has a key in front of the bucket; write s3://BUCKET/FOLDER, and the"
            " key into a file that AWS_SHARED_CREDENTIALS_FILE names"
        )
    return bucket, path


def examine_bucket(address: str) -> None:
    """List the folder of an address, write an object to it and remove it again, so that a wrong key is found at once.

    Raises ``BucketMissingError``, ``BucketAccessError``, or another ``BucketError`` for an outage. Starts no thread, so
    that the process may fork afterwards.
    """
    name, _, folder = open_bucket(address)[1].partition("/")
    probe = f"{folder}/{INCOMING}/{secrets.token_hex(8)}".lstrip("/")
    with _as_os_errors(name):
        client = get_session().create_client("s3", config=Config(**REQUESTS))
        try:
            client.list_objects_v2(Bucket=name, Prefix=folder, MaxKeys=1)
            client.put_object(Bucket=name, Key=probe, Body=b"")
            client.delete_object(Bucket=name, Key=probe)
        finally:
            client.close()


@contextmanager
def _as_os_errors(bucket: str) -> Iterator[None]:
    try:
        yield
    except (OSError, BotoCoreError, ClientError, aiohttp.ClientError) as error:
        code = _code(error)
        if code == "NoSuchBucket":
            raise BucketMissingError(f"there is no bucket {bucket}; {BUCKET_CURE}") from error
        of_the_disk = code is None and isinstance(error, OSError) and error.errno in DISK_ERRNOS
        if of_the_disk or isinstance(error, FileNotFoundError | BucketError):
            raise
        raise descriptor_shortage(error) or _explained(error, code, bucket) from error


def _explained(error: BaseException, code: str | None, bucket: str) -> BucketError:
    """Return the error with its cause and its cure, without numbers of the operating system: no disk has failed."""
    if code in REFUSED_KEY or isinstance(error, NO_KEY):
        return BucketAccessError(f"the key for the bucket {bucket} is missing or refused ({error}); {KEY_CURE}")
    if code in REFUSED_ACCESS:
        return BucketAccessError(f"the key has no access to the bucket {bucket} ({error}); {ACCESS_CURE}")
    if code:
        return BucketError(f"the server of the bucket {bucket} refuses the request ({code}: {error}); read its log")
    return BucketError(f"the server of the bucket {bucket} does not answer ({error}); {SERVER_CURE}")


def _code(error: BaseException) -> str | None:
    """Return the code of the server's answer, which s3fs keeps as the cause of its error."""
    answer = error if isinstance(error, ClientError) else error.__cause__
    return str(answer.response["Error"].get("Code")) if isinstance(answer, ClientError) else None
