from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

JOBS = "/api/v1/jobs"


def test_a_job_is_accepted_and_found_at_its_address(client: TestClient) -> None:
    answer = client.post(JOBS, json={"action": "retry", "reason": "outage", "by": "Anna"})

    job = answer.json()
    assert answer.status_code == 202
    assert (job["state"], job["total"], job["order"]["reason"]) == ("waiting", 0, "outage")
    assert answer.headers["location"] == f"{JOBS}/{job['id']}"
    assert client.get(answer.headers["location"]).json() == job
    assert client.get(JOBS).json() == {"items": [job]}


@pytest.mark.parametrize(
    ("order", "text"),
    [({"action": "explode"}, "action"), ({"action": "release", "reason": "outage"}, "failed files"), ({}, "action")],
)
def test_a_wrong_order_is_a_problem(client: TestClient, order: dict[str, Any], text: str) -> None:
    answer = client.post(JOBS, json=order)

    assert answer.status_code == 422
    assert text in answer.json()["detail"]


def test_an_unknown_job_is_not_found(client: TestClient) -> None:
    assert client.get(f"{JOBS}/j{'0' * 22}").status_code == 404


def test_too_many_jobs_are_a_conflict(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("copytaster.store.memory.jobs.MAX_WAITING", 0)

    assert client.post(JOBS, json={"action": "retry"}).status_code == 409


def test_a_page_of_another_site_may_not_order_a_job(client: TestClient) -> None:
    answer = client.post(JOBS, json={"action": "dismiss"}, headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 403
    assert client.get(JOBS).json() == {"items": []}
