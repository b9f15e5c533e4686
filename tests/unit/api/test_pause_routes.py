from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copytaster.model.pause import Pause, describe_pause

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

PAUSES = "/api/v1/pauses"


def test_a_pause_is_listed_until_it_is_resumed(client: TestClient) -> None:
    made = client.post(PAUSES, json={"kind": "queue", "name": "tag", "by": "Anna"})
    listed = client.get(PAUSES).json()["items"]
    status = client.get("/api/v1/status").json()["pauses"]
    ended = client.delete(f"{PAUSES}?kind=queue&name=tag&by=Ben")

    assert (made.status_code, ended.status_code) == (200, 200)
    assert listed == status == [made.json()]
    assert ended.json() == made.json()
    assert client.get(PAUSES).json() == {"items": []}


def test_a_time_with_an_offset_is_shown_in_utc(client: TestClient) -> None:
    made = client.post(PAUSES, json={"kind": "intake", "until": "2099-01-01T09:00:00+02:00"}).json()

    assert made["until"] == "2099-01-01T07:00:00Z"
    assert describe_pause(Pause.model_validate(made)).count("until 2099-01-01 07:00:00 UTC") == 1


@pytest.mark.parametrize(
    ("order", "status", "text"),
    [
        ({"kind": "queue", "name": "nothing"}, 409, "there is no queue nothing"),
        ({"kind": "intake", "until": "2001-01-01T00:00:00Z"}, 409, "has passed already"),
        ({"kind": "intake", "until": "20991201090000"}, 422, "until: must be a date and a time"),
        ({"kind": "intake", "until": 4099680000}, 422, "until: must be a date and a time"),
        ({"kind": "world"}, 422, "kind"),
        ({"kind": "intake", "forever": True}, 422, "forever"),
    ],
)
def test_a_wrong_order_is_a_problem(client: TestClient, order: dict[str, Any], status: int, text: str) -> None:
    answer = client.post(PAUSES, json=order)

    assert answer.status_code == status
    assert text in answer.json()["detail"]


def test_the_end_of_no_pause_is_a_problem(client: TestClient) -> None:
    assert client.delete(f"{PAUSES}?kind=intake").status_code == 409


def test_a_page_of_another_site_may_not_pause(client: TestClient) -> None:
    headers = {"Origin": "https://elsewhere.example"}

    answers = [
        client.post(PAUSES, json={"kind": "intake"}, headers=headers),
        client.delete(f"{PAUSES}?kind=intake", headers=headers),
    ]

    assert [each.status_code for each in answers] == [403, 403]
    assert client.get(PAUSES).json() == {"items": []}
