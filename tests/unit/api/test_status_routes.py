from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


def test_the_status_is_one_document_with_the_balance_queues_parts_and_problems(desk: Any, client: TestClient) -> None:
    desk.settle("a.txt", Disposition.STORED)
    desk.deliver("b.txt")
    desk.beat(Part.WATCHER, "watcher@desk:1", details={"seen": 2, "last": None})

    status = client.get("/api/v1/status").json()

    assert status["at"] == "2026-01-01T00:00:00Z"
    assert status["ready"] is False
    assert [each["code"] for each in status["problems"]] == ["no_worker"]
    assert (status["balance"]["seen"], status["balance"]["in_flight"]) == (2, 1)
    assert status["balance"]["dispositions"]["stored"] == 1
    assert status["queues"][0] == {"name": "ingest", "length": 0, "unacknowledged": 0, "oldest_seconds": None}
    assert status["waiting"] == {"ingest": 1, "tag": 0, "retag": 0, "suspect": 0, "backfill": 0}
    assert status["refused"] == {"redelivery": {}, "conflict": {}}
    assert [(each["part"], each["details"]) for each in status["parts"]] == [("watcher", {"seen": 2, "last": None})]


def test_the_queues_are_listed_by_kind_of_work(client_stalled: TestClient) -> None:
    queues = client_stalled.get("/api/v1/queues").json()["items"]

    assert [(each["name"], each["oldest_seconds"]) for each in queues] == [(work.value, 90) for work in Work]


def test_workers_are_listed_without_the_other_parts(desk: Any, client: TestClient) -> None:
    desk.beat(Part.WATCHER, "watcher@desk:1")
    desk.beat(Part.WORKER, "worker@desk:2")

    workers = client.get("/api/v1/workers").json()["items"]

    assert [(each["name"], each["progress_at"]) for each in workers] == [("worker@desk:2", None)]


@pytest.mark.parametrize("path", ["/api/v1/status", "/api/v1/queues"])
def test_a_server_that_is_away_is_a_problem_that_says_when_to_ask_again(path: str, client_away: TestClient) -> None:
    answer = client_away.get(path)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"] == "/docs#server-away"
    assert answer.json()["instance"] == path
    assert "connection refused" in answer.json()["detail"]


def test_a_fault_of_the_program_tells_nothing_of_its_inside(client_broken: TestClient) -> None:
    answer = client_broken.get("/api/v1/status")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/docs#internal"
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text
