from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copytaster.system.addresses import is_loopback
from copytaster_api.hosts import host_of

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

ALLOWED = ["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:8000", "[::1]:8000", "10.1.2.3", "news.example:81"]

REFUSED = [
    "attacker.example",
    "localhost.attacker.example",
    "127.0.0.1.attacker.example",
    "attacker.example:8000",
    "xnews.example",
    "",
    "user@localhost",
    "localhost/path",
    "[::1",
    "localhost:port",
    "localhost attacker.example",
]


@pytest.mark.parametrize("host", ALLOWED)
def test_addresses_loopback_names_and_configured_names_are_answered(desk: Any, host: str) -> None:
    client = desk.client(allowed_hosts=("News.Example",))

    assert client.get("/api/v1/articles", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", REFUSED)
@pytest.mark.parametrize("path", ["/api/v1/articles", "/", "/metrics", "/static/frame.js", "/livez"])
def test_a_request_for_another_name_is_refused_on_every_route(desk: Any, host: str, path: str) -> None:
    desk.publish("a1", "Embargoed headline")
    client = desk.client(allowed_hosts=("news.example",))

    answer = client.get(path, headers={"Host": host})

    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Embargoed" not in answer.text
    assert "COPYTASTER_API_ALLOWED_HOSTS" in answer.json()["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("header", "host"), [("Name:80", "name"), ("[::1]:80", "::1"), ("name.", "name"), ("a:b", None), ("a@b", None)]
)
def test_the_host_is_read_without_port_and_final_dot(header: str, host: str | None) -> None:
    assert host_of(header) == host


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104  # nothing is bound here
        ("::", False),
        ("10.0.0.1", False),
        ("news.example", False),
    ],
)
def test_a_bind_beyond_the_loopback_interface_is_recognised(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_request_beyond_the_limit_is_refused_and_livez_is_not(desk: Any) -> None:
    client: TestClient = desk.client(most_requests=0)

    refused = client.get("/api/v1/articles")

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.headers["content-type"] == "application/problem+json"
    assert client.get("/livez").status_code == 200
