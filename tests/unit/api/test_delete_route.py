"""``DELETE /api/v1/articles/{article_id}``, pins, and the dismissal of files over a store in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.archive.journal import MemoryJournal
from copytaster.articles.pins import Pins
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.events import EventKind
from copytaster.quarantine.memory import MemoryQuarantine
from copytaster.recovery.dismissal import Dismissal
from tests.factories import an_article_deletion

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock

ROUTE = "/api/v1/articles/a1"


@pytest.fixture
def deleting(desk: Any, clock: ManualClock) -> TestClient:
    """Return a client of an API that can delete, over a store with the article a1."""
    desk.publish("a1")
    client: TestClient = desk.client(delete=an_article_deletion(desk.store, clock).delete)
    return client


def test_a_deleted_article_is_gone_and_its_problem_says_who_when_and_why(deleting: TestClient, desk: Any) -> None:
    answers = [deleting.delete(ROUTE, params={"by": "legal desk", "reason": "takedown"}) for _ in range(2)]

    assert [(each.status_code, each.content) for each in answers] == [(204, b"")] * 2
    (event,) = desk.store.events.read(after=None, limit=10)
    assert (event.kind, event.article_ids) == (EventKind.ARTICLE_DELETED, ("a1",))
    for route in (ROUTE, f"{ROUTE}/versions"):
        gone = deleting.get(route)
        assert (gone.status_code, gone.headers["Content-Type"]) == (410, "application/problem+json")
        problem = gone.json()
        assert (problem["type"], problem["title"], problem["instance"]) == ("/docs#gone", "Gone", route)
        assert problem["detail"] == "the article a1 was deleted by legal desk at 2026-01-01 00:00 UTC: takedown"
        assert problem["deletion"] == {
            "article_id": "a1",
            "at": "2026-01-01T00:00:00Z",
            "by": "legal desk",
            "reason": "takedown",
        }


def test_the_default_person_is_the_api(deleting: TestClient) -> None:
    deleting.delete(ROUTE)

    assert deleting.get(ROUTE).json()["deletion"]["by"] == "api"


@pytest.mark.parametrize(
    ("route", "status", "detail"),
    [
        ("/api/v1/articles/a404", 404, "there is no article a404"),
        (f"{ROUTE}?by=", 422, "by"),
        (f"{ROUTE}?who=Anna", 422, "who"),
    ],
)
def test_an_order_that_cannot_be_executed_is_a_problem(
    deleting: TestClient, route: str, status: int, detail: str
) -> None:
    answer = deleting.delete(route)

    assert answer.status_code == status
    assert detail in answer.text
    assert deleting.get(ROUTE).status_code == 200


def test_a_page_of_another_site_may_not_delete(deleting: TestClient) -> None:
    answer = deleting.delete(ROUTE, headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 403
    assert deleting.get(ROUTE).status_code == 200


def test_an_api_that_cannot_write_to_the_archive_names_the_command(client: TestClient) -> None:
    answer = client.delete(ROUTE)

    assert answer.status_code == 503
    assert "`copytaster delete`" in answer.json()["detail"]


def test_a_failed_file_is_dismissed_once(desk: Any) -> None:
    failed, stored = desk.settle("a.txt", Disposition.QUARANTINED, Reason.PARSE_FAILED), desk.deliver("b.txt")
    dismissal = Dismissal(store=desk.store, journal=MemoryJournal(), quarantine=MemoryQuarantine())
    client = desk.client(dismiss=dismissal.dismiss)

    route = "/api/v1/deliveries/{}/dismiss"
    foreign = client.post(route.format(failed), headers={"Origin": "https://elsewhere.example"})
    answers = [client.post(route.format(each)).status_code for each in (failed, failed, stored)]

    assert (foreign.status_code, answers) == (403, [204, 404, 409])
    assert desk.client().post(route.format(stored)).status_code == 503


def test_an_article_is_pinned_and_unpinned(desk: Any, clock: ManualClock) -> None:
    desk.publish("a1")
    client = desk.client(pin=Pins(store=desk.store, decisions=MemoryDecisions(), clock=clock).decide)

    pinned = [client.post(f"{ROUTE}/pin", params={"by": "Anna", "reason": "anniversary"}) for _ in range(2)]
    shown, listed = client.get(ROUTE).json()["pin"], client.get("/api/v1/articles").json()["items"][0]["pin"]
    foreign = client.delete(f"{ROUTE}/pin", headers={"Origin": "https://elsewhere.example"})
    unpinned = client.delete(f"{ROUTE}/pin")

    assert [each.status_code for each in (*pinned, foreign, unpinned)] == [200, 200, 403, 200]
    assert pinned[0].json()["pin"] == shown == listed
    assert shown == {"at": "2026-01-01T00:00:00Z", "by": "Anna", "reason": "anniversary"}
    assert (unpinned.json()["pin"], client.get(ROUTE).json()["pin"]) == (None, None)
    assert client.post("/api/v1/articles/a404/pin").status_code == 404
    assert desk.client().post(f"{ROUTE}/pin").status_code == 503
