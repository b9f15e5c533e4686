from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from copytaster.store.ports.presence import Part

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
