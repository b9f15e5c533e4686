from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.errors import PermanentError, TransientError
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.disposition import Disposition, Reason
from copytaster.recovery.retry import NotRetriedError, UnknownDeliveryError

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


@pytest.fixture
def retried(desk: Any) -> list[DeliveryId]:
    """Give the ids that were asked for."""
    del desk
    return []


@pytest.fixture
def able(desk: Any, retried: list[DeliveryId]) -> TestClient:
    """Give a client of an API that can bring files again."""

    def retry(delivery_id: DeliveryId, by: str) -> Delivery:
        assert by == "api"
        retried.append(delivery_id)
        new: Delivery = desk.store.ledger.get(desk.deliver("a.txt", retry_of=delivery_id))
        return new

    client: TestClient = desk.client(retry=retry)
    return client


def failing(error: Exception) -> Callable[[DeliveryId, str], Delivery]:
    """Return a retry that fails."""

    def retry(_: DeliveryId, __: str) -> Delivery:
        raise error

    return retry


def test_a_retry_answers_with_the_new_delivery_and_where_it_is(desk: Any, able: TestClient) -> None:
    old = desk.settle("a.txt", Disposition.QUARANTINED, Reason.PARSE_FAILED)

    answer = able.post(f"/api/v1/deliveries/{old}/retry")

    new = answer.json()
    assert answer.status_code == 202
    assert (new["retry_of"], new["state"]) == (old, "waiting")
    assert answer.headers["location"] == f"/api/v1/deliveries/{new['id']}"
    assert able.get(answer.headers["location"]).json() == new


REFUSALS = [
    (UnknownDeliveryError(DeliveryId("d1")), 404, "there is no delivery d1"),
    (NotRetriedError("a.txt (d1) was retried already as d2"), 409, "already as d2"),
    (PermanentError(Reason.ORIGINAL_MISSING, "a.txt is nowhere"), 409, "a.txt is nowhere"),
    (TransientError("the disk is full"), 503, "the disk is full"),
    (PermissionError(13, "Permission denied"), 503, "the API cannot use the inbox"),
]


@pytest.mark.parametrize(("error", "status", "said"), REFUSALS, ids=lambda each: str(each)[:20])
def test_what_cannot_be_retried_is_a_problem_that_says_why(desk: Any, error: Exception, status: int, said: str) -> None:
    answer = desk.client(retry=failing(error)).post("/api/v1/deliveries/d1/retry")

    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert answer.json()["instance"] == "/api/v1/deliveries/d1/retry"


def test_an_api_without_a_way_into_the_inbox_points_to_the_command(client: TestClient) -> None:
    answer = client.post("/api/v1/deliveries/d1/retry")

    assert answer.status_code == 503
    assert "`copytaster retry`" in answer.json()["detail"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://elsewhere.example",
        "http://testserver:81",
        "null",
        "",
        "http://testserver.elsewhere.example",
        "http://[::1",
        "http://[",
    ],
)
def test_a_page_of_another_site_may_not_retry(able: TestClient, retried: list[DeliveryId], origin: str) -> None:
    answer = able.post("/api/v1/deliveries/d1/retry", headers={"Origin": origin})

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert retried == []


@pytest.mark.parametrize("origin", ["http://testserver", "https://testserver"])
def test_a_page_of_this_api_may_retry(able: TestClient, retried: list[DeliveryId], origin: str) -> None:
    answer = able.post("/api/v1/deliveries/d1/retry", headers={"Origin": origin})

    assert answer.status_code == 202
    assert retried == ["d1"]


def test_a_get_never_retries(able: TestClient, retried: list[DeliveryId]) -> None:
    answer = able.get("/api/v1/deliveries/d1/retry")

    assert answer.status_code == 405
    assert retried == []


def test_every_answer_is_in_the_description(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]["/api/v1/deliveries/{delivery_id}/retry"]["post"]

    assert set(described["responses"]) == {"202", "401", "403", "404", "409", "422", "429", "503"}
