"""The endpoints of webhooks with their secrets, stored beside the originals: an emptied server lacks neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from pydantic import ValidationError

from copytaster.archive.checksums import seal, unsealed
from copytaster.archive.stored_files import StoredFiles
from copytaster.errors import TransientError
from copytaster.model.outage import Resource
from copytaster.model.webhook import Endpoint, EndpointId

FOLDER = "webhooks"
"""A folder of the archive, with a file for each endpoint, which only the user that runs Copytaster can read."""

SUFFIX = ".json"


class DamagedEndpointError(TransientError):
    """The file of an endpoint has changed, so that it cannot be used."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"the webhook endpoint in {path} of the archive has changed and cannot be used: restore the file from a"
            " backup, or remove it and create the endpoint again",
            resource=Resource.ARCHIVE,
        )


class Endpoints(Protocol):
    """Stores endpoints outside the server. Every method raises ``TransientError`` if the archive is unavailable."""

    def write(self, endpoint: Endpoint) -> None:
        """Create or replace an endpoint durably."""
        ...

    def get(self, endpoint_id: EndpointId) -> Endpoint | None:
        """Return an endpoint; None if there is none with this id. Cost: one read.

        Raises ``DamagedEndpointError``.
        """
        ...

    def all(self) -> list[Endpoint]:
        """Return all endpoints, the oldest first, without those that have changed on the disk. Cost: one read each."""
        ...

    def damaged(self) -> list[str]:
        """Return a sentence about each endpoint that has changed on the disk: which file, and what to do."""
        ...

    def remove(self, endpoint_id: EndpointId) -> None:
        """Remove an endpoint, if it exists."""
        ...


class FilesystemEndpoints:
    """Implements ``Endpoints`` with files in the archive's folder or bucket."""

    def __init__(self, address: str) -> None:
        self._files = StoredFiles(address)

    def write(self, endpoint: Endpoint) -> None:
        """Write an endpoint; see ``Endpoints.write``."""
        content = endpoint.model_dump_json(exclude_none=True)
        self._files.write(_path(endpoint.id), seal(content.encode()), private=True)

    def get(self, endpoint_id: EndpointId) -> Endpoint | None:
        """Return an endpoint; see ``Endpoints.get``."""
        content = self._files.read(_path(endpoint_id))
        return None if content is None else _parse(_path(endpoint_id), content)

    def all(self) -> list[Endpoint]:
        """Return the endpoints; see ``Endpoints.all``."""
        return sorted((each for each in self._read() if isinstance(each, Endpoint)), key=_sort_key)

    def damaged(self) -> list[str]:
        """Return what has changed; see ``Endpoints.damaged``."""
        return [str(each) for each in self._read() if isinstance(each, DamagedEndpointError)]

    def remove(self, endpoint_id: EndpointId) -> None:
        """Remove an endpoint; see ``Endpoints.remove``."""
        self._files.remove(_path(endpoint_id))

    def _read(self) -> Iterator[Endpoint | DamagedEndpointError | None]:
        for name in self._files.names(FOLDER):
            if name.endswith(SUFFIX):
                try:
                    yield self.get(EndpointId(name.removesuffix(SUFFIX)))
                except DamagedEndpointError as error:
                    yield error


class MemoryEndpoints:
    """Implements ``Endpoints`` in memory."""

    def __init__(self) -> None:
        self._endpoints: dict[EndpointId, Endpoint] = {}

    def write(self, endpoint: Endpoint) -> None:
        """Store an endpoint; see ``Endpoints.write``."""
        self._endpoints[endpoint.id] = endpoint

    def get(self, endpoint_id: EndpointId) -> Endpoint | None:
        """Return an endpoint; see ``Endpoints.get``."""
        return self._endpoints.get(endpoint_id)

    def all(self) -> list[Endpoint]:
        """Return the endpoints; see ``Endpoints.all``."""
        return sorted(self._endpoints.values(), key=_sort_key)

    def damaged(self) -> list[str]:
        """Return what has changed; see ``Endpoints.damaged``."""
        return []

    def remove(self, endpoint_id: EndpointId) -> None:
        """Remove an endpoint; see ``Endpoints.remove``."""
        self._endpoints.pop(endpoint_id, None)


def _path(endpoint_id: EndpointId) -> str:
    return f"{FOLDER}/{endpoint_id}{SUFFIX}"


def _parse(path: str, sealed: bytes) -> Endpoint:
    try:
        return Endpoint.model_validate_json(unsealed(sealed))
    except ValidationError as error:
        raise DamagedEndpointError(path) from error


def _sort_key(endpoint: Endpoint) -> tuple[object, ...]:
    return endpoint.created_at, endpoint.id
