"""The keys of the API, by their hashes, stored beside the originals: an emptied server locks nobody out, or in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pydantic import ValidationError

from copytaster.archive.checksums import seal, unsealed
from copytaster.archive.stored_files import StoredFiles
from copytaster.errors import TransientError
from copytaster.model.access import AccessKey, KeyId
from copytaster.model.outage import Resource

FOLDER = "access"
"""A folder of the archive, with a file for each key, which only the user that runs Copytaster can read."""

SUFFIX = ".json"


class DamagedKeyError(TransientError):
    """The file of a key has changed, so that it permits nothing."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the key in {path} of the archive has changed and cannot be used: restore the file from a backup, or"
            " remove it and create a new key with `copytaster keys create`",
            resource=Resource.ARCHIVE,
        )


class AccessKeys(Protocol):
    """Stores keys outside the server. Every method raises ``TransientError`` if the archive is unavailable."""

    def write(self, key: AccessKey) -> None:
        """Create or replace a key durably."""
        ...

    def get(self, key_id: KeyId) -> AccessKey | None:
        """Return a key; None if there is none with this id. Cost: one read. Raises ``DamagedKeyError``."""
        ...

    def all(self) -> list[AccessKey]:
        """Return all keys, the oldest first, revoked and expired ones too, but not those that have changed on the disk.

        Cost: one read each.
        """
        ...

    def damaged(self) -> list[str]:
        """Return a sentence about each key that has changed on the disk: which file, and what to do."""
        ...

    def exist(self) -> bool:
        """Return whether a key was ever created: also revoked, expired and damaged ones count. Cost: one listing."""
        ...


class FilesystemAccessKeys:
    """Implements ``AccessKeys`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)

    def write(self, key: AccessKey) -> None:
        """Write a key; see ``AccessKeys.write``."""
        self._files.write(_path(key.id), seal(key.model_dump_json(exclude_none=True).encode()), private=True)

    def get(self, key_id: KeyId) -> AccessKey | None:
        """Return a key; see ``AccessKeys.get``."""
        content = self._files.read(_path(key_id))
        return None if content is None else _parse(_path(key_id), content)

    def all(self) -> list[AccessKey]:
        """Return the keys; see ``AccessKeys.all``."""
        return sorted((each for each in self._read() if isinstance(each, AccessKey)), key=_sort_key)

    def damaged(self) -> list[str]:
        """Return what has changed; see ``AccessKeys.damaged``."""
        return [str(each) for each in self._read() if isinstance(each, DamagedKeyError)]

    def exist(self) -> bool:
        """Return whether there are keys; see ``AccessKeys.exist``."""
        return bool(self._names())

    def _read(self) -> Iterator[AccessKey | DamagedKeyError | None]:
        for name in self._names():
            try:
                yield self.get(KeyId(name.removesuffix(SUFFIX)))
            except DamagedKeyError as error:
                yield error

    def _names(self) -> list[str]:
        return [each for each in self._files.names(FOLDER) if each.endswith(SUFFIX)]


class MemoryAccessKeys:
    """Implements ``AccessKeys`` in memory."""

    def __init__(self) -> None:
        self._keys: dict[KeyId, AccessKey] = {}

    def write(self, key: AccessKey) -> None:
        """Store a key; see ``AccessKeys.write``."""
        self._keys[key.id] = key

    def get(self, key_id: KeyId) -> AccessKey | None:
        """Return a key; see ``AccessKeys.get``."""
        return self._keys.get(key_id)

    def all(self) -> list[AccessKey]:
        """Return the keys; see ``AccessKeys.all``."""
        return sorted(self._keys.values(), key=_sort_key)

    def damaged(self) -> list[str]:
        """Return what has changed; see ``AccessKeys.damaged``."""
        return []

    def exist(self) -> bool:
        """Return whether there are keys; see ``AccessKeys.exist``."""
        return bool(self._keys)


def _path(key_id: KeyId) -> str:
    return f"{FOLDER}/{key_id}{SUFFIX}"


def _parse(path: str, sealed: bytes) -> AccessKey:
    try:
        return AccessKey.model_validate_json(unsealed(sealed))
    except ValidationError as error:
        raise DamagedKeyError(path) from error


def _sort_key(key: AccessKey) -> tuple[object, ...]:
    return key.created_at, key.id
