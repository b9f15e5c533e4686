"""The routes of webhooks over a store in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.webhook_endpoints import MemoryEndpoints
from copytaster.model.webhook import EndpointId, Message
from copytaster.outbound.webhooks.administration import MAX_ENDPOINTS, Webhooks
from copytaster.outbound.webhooks.attempts import Attempts
from copytaster.outbound.webhooks.switches import Switches

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock

ROUTE = "/api/v1/webhooks"
ORDER = {"url": "https://desk.example/hooks", "types": ["article.*"], "sources": ["kestrel"], "description": "desk"}


class Refusing:
    """A receiver that refuses every message."""

    def send(self, url: str, headers: object, body: bytes) -> int:
        del url, headers, body
        return 503


@pytest.fixture
def client(desk: Any, clock: ManualClock) -> TestClient:
    """Return a client of an API that can administer webhooks."""
    switches = Switches(MemoryEndpoints(), desk.store.webhooks, desk.store.events, clock)
    webhooks = Webhooks(switches, Attempts(Refusing(), clock), clock)
    client: TestClient = desk.client(webhooks=webhooks)
    return client


@pytest.fixture
def endpoint(client: TestClient) -> str:
    """Return the address of an endpoint."""
    location: str = client.post(ROUTE, json=ORDER).headers["location"]
    return location


def test_a_new_endpoint_is_returned_with_its_secret_which_is_not_shown_again(client: TestClient) -> None:
    created = client.post(ROUTE, json=ORDER)

    document, location = created.json(), created.headers["location"]
    secret = document.pop("secret")
    assert (created.status_code, location) == (201, f"{ROUTE}/{document['id']}")
    assert secret.startswith("whsec_")
    assert client.get(location).json() == document
    assert client.get(ROUTE).json() == {"items": [document]}
    assert (document["url"], document["types"], document["off"]) == (ORDER["url"], ["article.*"], None)
    assert document["state"]["waiting"] == 0


def test_another_secret_is_returned_by_a_rotation(client: TestClient, endpoint: str) -> None:
    rotated = client.post(f"{endpoint}/rotate").json()

    assert rotated["secret"].startswith("whsec_")
    assert "secret" not in client.get(endpoint).json()


def test_an_endpoint_is_switched_off_and_on_and_deleted(client: TestClient, endpoint: str) -> None:
    off = client.post(f"{endpoint}/disable", params={"by": "ann", "why": "moved"}).json()["off"]
    replayed = client.post(f"{endpoint}/replay")
    on = client.post(f"{endpoint}/enable").json()["off"]
    deleted = client.delete(endpoint)

    assert ((off["by"], off["why"]), on) == (("ann", "moved"), None)
    assert (replayed.status_code, "is off" in replayed.json()["detail"]) == (409, True)
    assert (deleted.status_code, client.get(endpoint).status_code) == (204, 404)


def test_a_test_says_what_became_of_it(client: TestClient, endpoint: str) -> None:
    attempt = client.post(f"{endpoint}/test").json()

    assert (attempt["end"], attempt["status"], attempt["why"]) == ("failed", 503, "the receiver answered 503")
    assert client.get(f"{endpoint}/attempts").json() == {"items": []}


def test_dead_messages_are_replayed(client: TestClient, endpoint: str, desk: Any) -> None:
    name = EndpointId(endpoint.rsplit("/", 1)[1])
    desk.store.webhooks.enqueue({name: [Message(event_id="7-0", body="{}")]}, cursor=None, moved_to="7-0")
    desk.store.webhooks.bury(name)

    assert client.get(endpoint).json()["state"]["dead"] == 1
    assert client.post(f"{endpoint}/replay", params={"event": "8-0"}).json() == {"count": 0}
    assert client.post(f"{endpoint}/replay").json() == {"count": 1}


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"url": "ftp://desk.example"}, 409),
        ({"url": "https://me:secret@desk.example"}, 409),
        ({"types": ["article.printed"]}, 422),
        ({"colour": "red"}, 422),
        ({"url": ""}, 422),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(client: TestClient, changed: dict[str, Any], status: int) -> None:
    assert client.post(ROUTE, json=ORDER | changed).status_code == status


def test_the_number_of_endpoints_is_limited(client: TestClient) -> None:
    statuses = [client.post(ROUTE, json=ORDER).status_code for _ in range(MAX_ENDPOINTS + 1)]

    assert statuses == [201] * MAX_ENDPOINTS + [409]


@pytest.mark.parametrize("path", ["", "/attempts"])
def test_an_unknown_endpoint_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(f"{ROUTE}/w0123456789abcdef{path}").status_code == 404
    assert client.get(f"{ROUTE}/what{path}").status_code == 422


def test_a_page_of_another_site_creates_no_endpoint(client: TestClient) -> None:
    assert client.post(ROUTE, json=ORDER, headers={"Origin": "https://attacker.example"}).status_code == 403


def test_without_the_archive_there_are_no_webhooks(desk: Any) -> None:
    assert desk.client().get(ROUTE).status_code == 503
