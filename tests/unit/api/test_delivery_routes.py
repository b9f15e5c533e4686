from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copytaster.model.article import ArticleId
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock


def ids(client: TestClient, **filters: str | int) -> list[str]:
    answer = client.get("/api/v1/deliveries", params=filters)
    assert answer.status_code == 200
    return [each["id"] for each in answer.json()["items"]]


def test_a_delivery_comes_with_its_timeline_and_null_for_what_is_not_known(desk: Any, client: TestClient) -> None:
    delivery_id = desk.settle("a.txt", Disposition.REJECTED, Reason.EMPTY)

    delivery = client.get(f"/api/v1/deliveries/{delivery_id}").json()

    assert (delivery["disposition"], delivery["reason"]) == ("rejected", "empty")
    assert [(each["stage"], each["by"]) for each in delivery["timeline"]] == [
        ("watcher", "watcher@desk:1"),
        ("ledger", "worker@desk:2"),
    ]
    assert delivery["due_at"] is None
    assert delivery["relation"] is None


def test_an_unknown_delivery_is_not_found(client: TestClient) -> None:
    answer = client.get("/api/v1/deliveries/d404")

    assert answer.status_code == 404
    assert answer.json() == {
        "type": "/docs#not-found",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no delivery d404; search for it by name, path or sha256",
        "instance": "/api/v1/deliveries/d404",
        "request_id": answer.headers["X-Request-ID"],
        "problems": [],
        "parameters": [],
        "deletion": None,
    }


@pytest.mark.parametrize(
    "filters",
    [
        {"name": "wanted.txt"},
        {"path": "wire/wanted.txt"},
        {"sha256": "CD" * 32},
        {"state": "settled"},
        {"disposition": "rejected"},
        {"reason": "empty"},
        {"article": "a7"},
    ],
)
def test_deliveries_are_found_by_each_filter(filters: dict[str, str], desk: Any, client: TestClient) -> None:
    desk.deliver("other.txt")
    wanted = desk.deliver("wanted.txt", sha256="cd" * 32)
    outcome = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, article_ids=(ArticleId("a7"),))
    desk.store.ledger.settle(wanted, outcome, by="worker@desk:2")

    assert ids(client, **filters) == [wanted]


def test_pages_follow_one_another_newest_first_until_the_cursor_is_null(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    arrived = []
    for number in range(5):
        clock.advance(seconds=1)
        arrived.append(desk.deliver(f"{number}.txt"))

    found: list[str] = []
    cursors: list[str | None] = []
    cursor = ""
    while not cursors or cursor:
        page = client.get("/api/v1/deliveries", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        cursors.append(cursor)

    assert found == arrived[::-1]
    assert cursors == [arrived[3], arrived[1], None]


def test_a_page_that_is_exactly_full_is_the_last(desk: Any, client: TestClient) -> None:
    desk.deliver("a.txt")
    desk.deliver("b.txt")

    page = client.get("/api/v1/deliveries", params={"limit": 2}).json()

    assert len(page["items"]) == 2
    assert page["next_cursor"] is None


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "many"),
        ("cursor", "d1"),
        ("sha256", "abc"),
        ("state", "lost"),
        ("disposition", "shredded"),
        ("reason", "mood"),
        ("name", ""),
        ("nmae", "a.txt"),
    ],
)
def test_a_wrong_parameter_is_named(parameter: str, value: str, client: TestClient) -> None:
    answer = client.get("/api/v1/deliveries", params={parameter: value})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/docs#wrong-parameter"
    assert [each["name"] for each in answer.json()["parameters"]] == [parameter]
    assert answer.json()["detail"].startswith(f"{parameter}: ")


def test_deliveries_are_found_by_the_time_of_their_arrival(desk: Any, clock: ManualClock, client: TestClient) -> None:
    desk.deliver("first.txt")
    clock.advance(seconds=86_400)
    desk.deliver("second.txt")

    found = [
        client.get("/api/v1/deliveries", params={parameter: "2026-01-01"}).json()["items"]
        for parameter in ("received_from", "received_to")
    ]

    assert [[each["name"] for each in items] for items in found] == [["second.txt", "first.txt"], ["first.txt"]]
