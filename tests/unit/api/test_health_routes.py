from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.access.authentication import Authentication
from copytaster.access.key_format import new_key
from copytaster.errors import ServerUnavailableError
from copytaster.model.access import Scope
from copytaster.monitoring.server_watch import ServerWatch
from copytaster.store.ports.presence import Part
from copytaster_api.failed_attempts import BY_ADDRESS

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock


def test_the_process_says_that_it_is_alive_whatever_the_system_does(client_away: TestClient) -> None:
    answer = client_away.get("/livez")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_system_is_ready_when_watcher_and_worker_give_signs_of_life(desk: Any, client: TestClient) -> None:
    desk.beat(Part.WATCHER, "watcher@desk:1")
    desk.beat(Part.WORKER, "worker@desk:2")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_the_system_is_not_ready_when_a_part_has_gone_silent(desk: Any, clock: ManualClock, client: TestClient) -> None:
    desk.beat(Part.WATCHER, "watcher@desk:1")
    clock.advance(seconds=21)
    desk.beat(Part.WORKER, "worker@desk:2")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/docs#not-ready"
    assert [each["code"] for each in answer.json()["problems"]] == ["no_watcher"]
    assert answer.json()["problems"][0]["message"] in answer.json()["detail"]


def test_each_failing_thing_is_named(desk: Any, clock: ManualClock, client: TestClient) -> None:
    desk.deliver("forgotten.txt")
    clock.advance(seconds=120)
    desk.beat(Part.WORKER, "worker@desk:2", started_at=clock.now() - timedelta(minutes=2))

    answer = client.get("/readyz")

    assert [each["code"] for each in answer.json()["problems"]] == ["no_watcher", "stalled_ingest"]


def test_a_server_that_is_away_makes_the_system_not_ready_and_is_named(client_away: TestClient) -> None:
    answer = client_away.get("/readyz")

    assert answer.status_code == 503
    (problem,) = answer.json()["problems"]
    assert problem["code"] == "no_redis"
    assert "Redis" in problem["message"]
    assert "connection refused" in problem["message"]


def fail() -> None:
    raise ServerUnavailableError("cannot reach redis.example:6379: connection refused")


class Server:
    """A server that goes away."""

    is_away = False

    def ping(self) -> None:
        if self.is_away:
            fail()


@pytest.fixture
def watch(clock: ManualClock) -> ServerWatch:
    """Give a watch over a server that is away, with an address in its reason."""
    watch = ServerWatch(fail, clock)
    watch.check()
    return watch


@pytest.mark.parametrize("given", ["nothing", "a wrong key", "a key of a source", "a session"])
def test_without_a_key_for_the_status_the_failing_check_is_named_and_not_its_reason(
    keys: Any, watch: ServerWatch, given: str
) -> None:
    client, headers = keys.client(watch=watch), dict[str, str]()
    if given == "a wrong key":
        headers = {"Authorization": f"Bearer {new_key()}"}
    elif given == "a key of a source":
        headers = keys.bearer(Scope.READ, "wire")
    elif given == "a session":  # which nobody can look up while the server is away
        client.cookies.set("copytaster_session", "token")

    answer = client.get("/readyz", headers=headers)

    (problem,) = answer.json()["problems"]
    assert (answer.status_code, problem["code"]) == (503, "no_redis")
    assert problem["since"]
    assert "redis.example" not in answer.text


def test_with_a_key_the_reason_of_a_failing_check_is_told(keys: Any, watch: ServerWatch) -> None:
    answer = keys.client(watch=watch).get("/readyz", headers=keys.bearer())

    assert "redis.example:6379: connection refused" in answer.json()["detail"]


def test_a_ready_system_is_ready_for_everybody(keys: Any) -> None:
    for part, name in ((Part.WATCHER, "watcher@desk:1"), (Part.WORKER, "worker@desk:2")):
        keys.desk.beat(part, name)

    answers = [keys.client().get("/readyz", headers=each) for each in (None, keys.bearer())]

    assert [each.status_code for each in answers] == [200, 200]


def test_wrong_keys_for_the_details_are_counted_as_elsewhere(keys: Any) -> None:
    client = keys.client()
    for _ in range(BY_ADDRESS.amount):
        client.get("/readyz", headers={"Authorization": f"Bearer {new_key()}"})

    refused = client.get("/api/v1/status", headers={"Authorization": f"Bearer {new_key()}"})

    assert refused.status_code == 429
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize("path", ["/login", "/api/v1/articles", "/articles"])
def test_an_outage_is_told_without_its_reason_to_whom_nobody_knows(keys: Any, watch: ServerWatch, path: str) -> None:
    client = keys.client(watch=watch)
    client.cookies.set("copytaster_session", "token")  # nobody can look it up now

    answer = client.get(path, follow_redirects=False)

    assert answer.status_code == 503
    assert "no_redis" in answer.text
    assert "redis.example" not in answer.text


def test_an_outage_is_told_with_its_reason_to_whoever_has_a_key(keys: Any, watch: ServerWatch) -> None:
    answer = keys.client(watch=watch).get("/api/v1/articles", headers=keys.bearer())

    assert answer.status_code == 503
    assert "redis.example:6379: connection refused" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/readyz", "/login"])
def test_where_no_key_is_needed_the_reason_of_an_outage_is_told_although_nobody_can_look_for_keys_now(
    keys: Any, clock: ManualClock, path: str
) -> None:
    def is_archive_away() -> bool:
        server.ping()
        return False

    server = Server()
    watch = ServerWatch(server.ping, clock)
    known: Authentication = keys.authentication
    local = Authentication(
        known.keyring, known.logins, keys.desk.store.key_uses, clock, exposed=False, is_archive_away=is_archive_away
    )
    client = keys.client(watch=watch, authentication=local)
    assert client.get("/api/v1/articles").status_code == 200

    server.is_away = True
    watch.check()
    clock.advance(seconds=60)

    assert "redis.example:6379: connection refused" in client.get(path).json()["detail"]
