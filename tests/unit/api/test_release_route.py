"""``POST /api/v1/articles/{article_id}/release`` over a store in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.articles.releases import Releases
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.store.ports.ledger import NO_END

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock

ROUTE = "/api/v1/articles/a1/release"


@pytest.fixture
def releasing(desk: Any, clock: ManualClock) -> TestClient:
    """Return a client of an API that can release, over a store with the withheld article a1."""
    desk.publish("a1", status=ArticleStatus.WITHHELD)
    releases = Releases(store=desk.store, decisions=MemoryDecisions(), clock=clock, by="api")
    client: TestClient = desk.client(release=releases.decide)
    return client


def test_a_request_without_a_body_releases_at_once(releasing: TestClient, clock: ManualClock) -> None:
    answers = [releasing.post(ROUTE) for _ in range(2)]

    document = answers[0].json()
    now = clock.now().isoformat().replace("+00:00", "Z")
    assert [each.status_code for each in answers] == [200, 200]
    assert document["status"] == "usable"
    assert document["release"] == {"at": now, "by": "api", "reason": None, "decided_at": now}
    assert releasing.get("/api/v1/articles").json()["items"][0]["text"]


def test_a_release_has_its_time_person_and_reason_and_can_be_undone(releasing: TestClient, clock: ManualClock) -> None:
    order = {"at": (clock.now() + timedelta(hours=1)).isoformat(), "by": "Anna", "reason": "lifted", "version": 1}

    later = releasing.post(ROUTE, json=order).json()
    undone = releasing.post(ROUTE, json={"undo": True, "by": "Ben"}).json()
    clock.advance(seconds=7200)

    assert (later["status"], later["release"]["by"], later["release"]["reason"]) == ("withheld", "Anna", "lifted")
    assert (undone["release"]["at"], undone["release"]["by"]) == (None, "Ben")
    assert releasing.get("/api/v1/articles/a1").json()["status"] == "withheld"


def test_a_time_with_an_offset_is_shown_in_utc(releasing: TestClient) -> None:
    order = {"at": "2026-01-01T09:00:00+02:00", "by": "Anna"}

    document = releasing.post(ROUTE, json=order).json()

    assert document["release"]["at"] == "2026-01-01T07:00:00Z"
    assert "Withheld until" in (page := releasing.get("/articles/a1").text)
    assert "1 Jan 2026, 07:00:00 UTC" in page


@pytest.mark.parametrize(
    ("route", "order", "status", "detail"),
    [
        ("/api/v1/articles/a404/release", {}, 404, "there is no article a404"),
        (ROUTE, {"version": 2}, 409, "the decision was about version 2"),
        (ROUTE, {"undo": True}, 409, "there is nothing to undo"),
        (ROUTE, {"at": "2026-01-01T00:00:00Z", "undo": True}, 422, "undo withholds the article at once"),
        (ROUTE, {"at": "2026-01-01T00:00:00"}, 422, "at"),
        (ROUTE, {"who": "Anna"}, 422, "who"),
    ],
)
def test_an_order_that_cannot_be_executed_is_a_problem(
    releasing: TestClient, route: str, order: dict[str, Any], status: int, detail: str
) -> None:
    answer = releasing.post(route, json=order)

    assert answer.status_code == status
    assert detail in answer.text
    assert releasing.get("/api/v1/articles/a1").json()["status"] == "withheld"


def test_a_page_of_another_site_may_not_release(releasing: TestClient) -> None:
    answer = releasing.post(ROUTE, headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 403
    assert releasing.get("/api/v1/articles/a1").json()["status"] == "withheld"


def test_an_api_that_cannot_write_to_the_archive_names_the_command(client: TestClient) -> None:
    answer = client.post(ROUTE)

    assert answer.status_code == 503
    assert "`copytaster release`" in answer.json()["detail"]


def test_articles_that_wait_for_a_release_are_listed(desk: Any, releasing: TestClient, clock: ManualClock) -> None:
    desk.publish("a2")
    embargoed = desk.publish("a3", embargoed_until=clock.now() + timedelta(hours=1))
    desk.store.ledger.set_embargo(ArticleId("a1"), until=NO_END)
    desk.store.ledger.set_embargo(embargoed.id, until=embargoed.embargoed_until)

    answers = [
        releasing.get("/api/v1/articles", params=each)
        for each in (
            {"withheld": "true"},
            {"withheld": "true", "story": "s2"},
            {"withheld": "true", "source": "nowhere"},
            {},
        )
    ]

    assert [[item["id"] for item in answer.json()["items"]] for answer in answers[:3]] == [["a1"], [], []]
    assert answers[0].json()["items"][0]["text"] is None
    assert {item["id"] for item in answers[3].json()["items"]} == {"a1", "a2", "a3"}
    assert releasing.get("/api/v1/articles", params={"withheld": "perhaps"}).status_code == 422
