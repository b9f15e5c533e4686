"""Reads a whole backup and compares it with its checksums; this needs neither the server nor a folder of the system."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from pydantic import ValidationError

from copytaster.archive.checksums import unsealed
from copytaster.archive.durable_files import CHUNK_BYTES
from copytaster.backup.ciphers import AgeCipher, Cipher, NoCipher
from copytaster.backup.errors import BackupRefusedError, DamagedBackupError
from copytaster.backup.manifest import FORMAT, NAME, Manifest, Part
from copytaster.errors import ConfigurationError
from copytaster.store.ports.layout import LAYOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Verifies backups. ``report`` gets the number of bytes that were read, and the number that will be."""

    cipher: Cipher
    report: Callable[[int, int], object]

    def verify(self, source: Path) -> Manifest:
        """Read the whole backup, compare all checksums, and return the manifest.

        Raises ``DamagedBackupError``, ``BackupRefusedError`` for one of a newer release, and ``ConfigurationError``
        for a missing or wrong key.
        """
        manifest = self._manifest(source)
        done = 0
        for part in manifest.all_parts:
            done = self._verify_part(source, part, done, manifest.size)
        return manifest

    def _manifest(self, source: Path) -> Manifest:
        encrypted, plain = source / (NAME + AgeCipher.suffix), source / NAME
        file = encrypted if encrypted.exists() else plain
        if not file.exists():
            raise BackupRefusedError(f"{source} is no backup: it has no file {NAME}")
        if encrypted.exists() and isinstance(self.cipher, NoCipher):
            raise ConfigurationError("the backup is encrypted; name its key with --key-file")
        content = BytesIO()
        with file.open("rb") as stored:
            (self.cipher if file == encrypted else NoCipher()).decrypt(stored, content)
        try:
            manifest = Manifest.model_validate_json(unsealed(content.getvalue()))
        except ValidationError as error:
            raise DamagedBackupError(f"{file} has changed, or a newer release has written it") from error
        if manifest.format > FORMAT or (manifest.layout or 0) > LAYOUT:
            raise BackupRefusedError(f"the newer release {manifest.release} has written {source}; restore it with that")
        return manifest

    def _verify_part(self, source: Path, part: Part, done: int, total: int) -> int:
        digest, file = hashlib.sha256(), source / part.name
        try:
            with file.open("rb") as content:
                while chunk := content.read(CHUNK_BYTES):
                    digest.update(chunk)
                    done += len(chunk)
                    self.report(done, total)
        except FileNotFoundError as error:
            raise DamagedBackupError(f"the backup lacks {file}; nothing was restored, use another one") from error
        if digest.hexdigest() != part.sha256:
            raise DamagedBackupError(f"{file} has changed since the backup; nothing was restored, use another one")
        return done
