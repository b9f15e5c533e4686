"""The clients of the store and of the queues mean the same server by one address."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from copytaster.bootstrap.store import redis_address
from copytaster.model.work import Work
from copytaster.settings import Settings
from copytaster.store.redis.client import connect
from copytaster_broker.app import KEY_PREFIX, create_app
from copytaster_broker.publisher import open_publisher
from copytaster_broker.queues import open_queues
from copytaster_cli.processes.embedded_server import find_binary
from tests.conftest import RealServer, wait_until

PASSWORD = "a;b/c@d"


@pytest.fixture
def path() -> Iterator[Path]:
    """Give the socket of a server that has no port."""
    with tempfile.TemporaryDirectory() as folder:  # a socket's path may have about a hundred characters
        path = Path(folder) / "redis one.sock"
        options = ["--port", "0", "--unixsocket", str(path), "--requirepass", PASSWORD, "--save", "", "--dir", folder]
        with subprocess.Popen([find_binary(shutil.which), *options], stdout=subprocess.DEVNULL) as server:
            wait_until(path.exists, seconds=20)
            yield path
            server.terminate()


def settings(address: str, password: str | None = None) -> Settings:
    return Settings.model_validate({"redis_url": address, "redis_password": password})


def test_store_and_queues_are_reached_by_a_socket_on_one_database(path: Path) -> None:
    there = settings(f"unix://{str(path).replace(' ', '%20')}?db=3", PASSWORD)

    open_publisher(there).publish(Work.INGEST, ["d1"])

    assert open_queues(there).depth(Work.INGEST).length == 1
    with connect(redis_address(there), name="test") as client:
        assert client.llen(KEY_PREFIX + Work.INGEST.value) == 1


@pytest.mark.parametrize("end", ["/3", "?db=3", "/3/"])
def test_store_and_queues_are_on_one_database(server: RealServer, end: str) -> None:
    there = settings(f"redis://127.0.0.1:{server.port}{end}")

    open_publisher(there).publish(Work.INGEST, ["d1"])

    assert open_queues(there).depth(Work.INGEST).length == 1


def test_a_semicolon_in_a_password_separates_no_addresses() -> None:
    with create_app(settings("redis://worker:a;b@there")).connection_for_write() as connection:
        assert (connection.hostname, connection.userid, connection.password) == ("there", "worker", "a;b")
        assert connection.alt == []


def test_a_user_without_a_password_is_the_user_of_the_queues_too() -> None:
    with create_app(settings("redis://worker@[::1]")).connection_for_write() as connection:
        assert (connection.hostname, connection.userid, connection.password) == ("::1", "worker", None)


def test_the_certificate_of_the_queues_is_checked_unless_the_address_says_otherwise() -> None:
    for address, reqs in (("rediss://there", "required"), ("rediss://there?ssl_cert_reqs=none", "none")):
        with create_app(settings(address)).connection_for_write() as connection:
            assert connection.ssl == {"ssl_cert_reqs": reqs}


def test_options_about_certificates_hold_for_the_queues_as_for_the_store() -> None:
    address = "rediss://there?ssl_ca_certs=/run/ca.pem&ssl_check_hostname=false"

    with create_app(settings(address)).connection_for_write() as connection:
        assert connection.ssl == {
            "ssl_cert_reqs": "required",
            "ssl_ca_certs": "/run/ca.pem",
            "ssl_check_hostname": False,
        }
