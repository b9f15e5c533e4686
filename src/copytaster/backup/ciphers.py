"""Encryption of the files of a backup in the format age, which other programs read as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from pyrage import DecryptError, EncryptError, IdentityError, RecipientError, decrypt_io, encrypt_io, x25519

from copytaster.archive.durable_files import CHUNK_BYTES
from copytaster.backup.errors import DamagedBackupError
from copytaster.errors import ConfigurationError, CopytasterError

SECRET, PUBLIC = "AGE-SECRET-KEY-", "age1"
"""The beginnings of the two kinds of keys."""


class Readable(Protocol):
    """What is read in pieces."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most ``size`` bytes; none at the end."""
        ...


class Writable(Protocol):
    """What is written in pieces."""

    def write(self, content: bytes, /) -> int:
        """Write the bytes, and return their number."""
        ...

    def flush(self) -> None:
        """Pass on what was written."""
        ...


class Cipher(Protocol):
    """Encrypts and decrypts files in pieces; ``suffix`` is the end of the names of encrypted files."""

    @property
    def suffix(self) -> str:
        """The end of the names of encrypted files."""
        ...

    def encrypt(self, source: Readable, out: Writable) -> None:
        """Write the source encrypted."""
        ...

    def decrypt(self, source: Readable, out: Writable) -> None:
        """Write the source decrypted.

        Raises ``DamagedBackupError``, ``ConfigurationError``, and what the source and the file raise.
        """
        ...


class NoCipher:
    """Implements ``Cipher`` without encryption."""

    suffix = ""

    def encrypt(self, source: Readable, out: Writable) -> None:
        """Copy the source; see ``Cipher.encrypt``."""
        while chunk := source.read(CHUNK_BYTES):
            out.write(chunk)

    def decrypt(self, source: Readable, out: Writable) -> None:
        """Copy the source; see ``Cipher.decrypt``."""
        self.encrypt(source, out)


class AgeCipher:
    """Implements ``Cipher`` with age: each piece is encrypted and authenticated, and a missing end is noticed.

    Whoever has only the public key can write backups, and read none.
    """

    suffix = ".age"

    def __init__(self, public: x25519.Recipient, secret: x25519.Identity | None) -> None:
        self._public = public
        self._secret = secret

    def encrypt(self, source: Readable, out: Writable) -> None:
        """Encrypt the source; see ``Cipher.encrypt``."""
        with _failures_of(source, out) as files:
            try:
                encrypt_io(files, files, [self._public])
            except EncryptError as error:
                raise OSError(str(error)) from error

    def decrypt(self, source: Readable, out: Writable) -> None:
        """Decrypt the source; see ``Cipher.decrypt``."""
        if self._secret is None:
            raise ConfigurationError(
                f"the key file has only a public key: reading a backup needs the secret one, which begins with {SECRET}"
            )
        with _failures_of(source, out) as files:
            try:
                decrypt_io(files, files, [self._secret])
            except (DecryptError, OSError) as error:
                raise DamagedBackupError(
                    f"the backup cannot be decrypted: {error}; it has changed, or was written with another key"
                ) from error


@contextmanager
def _failures_of(source: Readable, out: Writable) -> Iterator[_FailureKeeper]:
    """Yield both as one file, and raise the error of either at the end, whatever the library has made of it.

    It replaces such an error by one of its own, and passes over one at the last piece, without which the file is lost.
    """
    files = _FailureKeeper(source, out)
    try:
        yield files
    finally:
        if files.failure:
            raise files.failure


class _FailureKeeper:
    """Reads a source and writes to a file, and keeps the first error of either."""

    def __init__(self, source: Readable, out: Writable) -> None:
        self.failure: OSError | CopytasterError | None = None
        self._source = source
        self._out = out

    def read(self, size: int = -1, /) -> bytes:
        """Read from the source."""
        with self._kept():
            return self._source.read(size)

    def write(self, content: bytes, /) -> int:
        """Write to the file."""
        with self._kept():
            return self._out.write(content)

    def flush(self) -> None:
        """Pass on what was written."""
        with self._kept():
            self._out.flush()

    @contextmanager
    def _kept(self) -> Iterator[None]:
        try:
            yield
        except (OSError, CopytasterError) as error:
            self.failure = self.failure or error
            raise


def read_key(file: Path | None) -> Cipher:
    """Return the cipher with the key in this file, as ``age-keygen`` writes it: a secret key, or a public one.

    Lines that begin with # are comments. Without a file, nothing is encrypted. Raises ``ConfigurationError``.
    """
    if file is None:
        return NoCipher()
    try:
        lines = [each.strip() for each in file.read_text(encoding="ascii").splitlines()]
        keys = [each for each in lines if each and not each.startswith("#")]
        if len(keys) != 1:
            raise ConfigurationError(f"the key file {file} has {len(keys)} keys; it must have one")
        if keys[0].startswith(PUBLIC):
            return AgeCipher(x25519.Recipient.from_str(keys[0]), None)
        secret = x25519.Identity.from_str(keys[0])
    except (OSError, UnicodeError, IdentityError, RecipientError) as error:
        raise ConfigurationError(
            f"the key file {file} cannot be used: {error}; it must have a line that begins with {SECRET} or {PUBLIC},"
            " as age-keygen writes it"
        ) from error
    return AgeCipher(secret.to_public(), secret)
