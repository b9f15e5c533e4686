"""Endpoints of webhooks, in memory and in the archive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.originals import FilesystemArchive
from copytaster.archive.webhook_endpoints import DamagedEndpointError, Endpoints, FilesystemEndpoints, MemoryEndpoints
from copytaster.model.webhook import Endpoint, EndpointId, Secret, SwitchedOff
from tests.factories import START


def an_endpoint(name: str = "w1", **fields: object) -> Endpoint:
    given = {"id": name, "url": "https://hooks.example/1", "secrets": [Secret(value="whsec_c2VjcmV0")]}
    return Endpoint.model_validate(given | {"created_at": START, "events_after": "7-0"} | fields)


@pytest.fixture
def group_may_read() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.fixture(params=["memory", "folder"])
def endpoints(request: pytest.FixtureRequest, tmp_path: Path) -> Endpoints:
    return MemoryEndpoints() if request.param == "memory" else FilesystemEndpoints(f"file://{tmp_path}/archive")


def test_endpoints_are_returned_the_oldest_first(endpoints: Endpoints) -> None:
    off = SwitchedOff(at=START, by="ann", why="moved")
    first, second = an_endpoint("w9", off=off), an_endpoint("w1", created_at=START + timedelta(seconds=1))

    for each in (second, first):
        endpoints.write(each)

    assert endpoints.all() == [first, second]
    assert endpoints.get(EndpointId("w1")) == second
    assert endpoints.get(EndpointId("w2")) is None


def test_an_endpoint_is_replaced_and_removed(endpoints: Endpoints) -> None:
    endpoints.write(an_endpoint())
    endpoints.write(an_endpoint(description="the site"))
    replaced = endpoints.all()
    for _ in range(2):
        endpoints.remove(EndpointId("w1"))

    assert [each.description for each in replaced] == ["the site"]
    assert endpoints.all() == []


@pytest.mark.usefixtures("group_may_read")
def test_only_the_owner_can_read_a_secret(tmp_path: Path) -> None:
    FilesystemEndpoints(f"file://{tmp_path}/archive").write(an_endpoint())

    (file,) = (tmp_path / "archive/webhooks").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_endpoint_that_has_changed_is_not_used_and_others_are(tmp_path: Path) -> None:
    endpoints = FilesystemEndpoints(f"file://{tmp_path}/archive")
    for name in ("w1", "w2"):
        endpoints.write(an_endpoint(name))
    file = tmp_path / "archive/webhooks/w1.json"
    file.write_bytes(file.read_bytes().replace(b"hooks.example", b"evil.example!"))

    (said,) = endpoints.damaged()

    assert [each.id for each in endpoints.all()] == ["w2"]
    assert "webhooks/w1.json of the archive has changed" in said
    with pytest.raises(DamagedEndpointError, match=r"webhooks/w1\.json"):
        endpoints.get(EndpointId("w1"))


def test_the_archive_does_not_take_endpoints_for_originals(tmp_path: Path) -> None:
    FilesystemEndpoints(f"file://{tmp_path}/archive").write(an_endpoint())

    archive = FilesystemArchive(f"file://{tmp_path}/archive")
    assert [name for prefix in range(256) for name in archive.names(f"{prefix:02x}")] == []
