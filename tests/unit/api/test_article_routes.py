from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.model.article import Article
from copytaster.model.delivery import DeliveryId
from copytaster_api.schemas import ArticleFilters

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock


def ids(client: TestClient, **filters: str | int) -> list[str]:
    answer = client.get("/api/v1/articles", params=filters)
    assert answer.status_code == 200
    return [each["id"] for each in answer.json()["items"]]


def test_an_article_is_the_document_itself_with_null_for_what_is_absent(desk: Any, client: TestClient) -> None:
    article = desk.publish("a1")

    document = client.get("/api/v1/articles/a1").json()

    assert document["topics"] is None
    assert document["byline"] is None
    assert document["provenance"] == {"title": {"from": "text:first-line", "confidence": 0.9}}
    assert document["story_id"] == "s1"
    assert Article.model_validate(document | {"story_id": None}) == article


def test_all_versions_are_listed_oldest_first(desk: Any, client: TestClient) -> None:
    first = desk.publish("a1", title="Harbour reopens")
    desk.store.articles.add_version(first.model_copy(update={"title": "Harbour open again"}), owner=DeliveryId("d2"))

    versions = client.get("/api/v1/articles/a1/versions").json()["items"]

    assert [(each["version"], each["title"]) for each in versions] == [
        (1, "Harbour reopens"),
        (2, "Harbour open again"),
    ]


@pytest.mark.parametrize("path", ["/api/v1/articles/a404", "/api/v1/articles/a404/versions"])
def test_an_unknown_article_is_not_found(path: str, client: TestClient) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "a404" in answer.json()["detail"]


@pytest.mark.parametrize(
    "filters",
    [
        {"source": "coast radio"},
        {"topic": "20000763"},
        {"topic": "sea transport"},
        {"entity": "Port Hadley"},
        {"keyword": "harbour"},
        {"language": "en"},
        {"q": "HARBOUR REOPENED"},
        {"published_from": "2025-12-24"},
        {"published_from": "2025-12-24T12:00:00Z"},
        {"published_from": "2025-12-24T13:00:00+01:00"},
    ],
)
def test_articles_are_found_by_each_filter(filters: dict[str, str], desk: Any, client: TestClient) -> None:
    published = datetime(2025, 12, 24, 12, tzinfo=UTC)
    desk.publish("a1", source="other", text="Nothing of that.", published_at=datetime(2025, 12, 1, tzinfo=UTC))
    desk.publish_tagged("a2", source="coast radio", published_at=published)

    assert ids(client, **filters) == ["a2"]


def test_a_day_as_the_latest_publication_includes_all_of_it(desk: Any, client: TestClient) -> None:
    desk.publish("a1", published_at=datetime(2025, 12, 24, 23, 59, 59, tzinfo=UTC))
    desk.publish("a2", published_at=datetime(2025, 12, 25, tzinfo=UTC))

    assert ids(client, published_to="2025-12-24") == ["a1"]


def test_copies_are_not_listed_but_can_be_had_by_id(desk: Any, client: TestClient) -> None:
    desk.publish("a1")
    desk.publish_copy("a2", of="a1")

    assert ids(client) == ["a1"]
    assert client.get("/api/v1/articles/a2").json()["relation"] == {
        "kind": "near",
        "of": "a1",
        "score": 0.8,
        "why": None,
    }


def test_article_pages_follow_one_another_newest_first(desk: Any, clock: ManualClock, client: TestClient) -> None:
    for number in range(3):
        clock.advance(seconds=1)
        desk.publish(f"a{number}")

    first = client.get("/api/v1/articles", params={"limit": 2}).json()
    second = client.get("/api/v1/articles", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [each["id"] for each in first["items"]] == ["a2", "a1"]
    assert [each["id"] for each in second["items"]] == ["a0"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("cursor", "elsewhere"),
        ("published_from", "yesterday"),
        ("published_from", "2026-02-30"),
        ("published_to", "2026-01-01T10:00:00"),
        ("q", ""),
        ("story", "a1"),
        ("headline", "x"),
    ],
)
def test_a_wrong_parameter_of_the_list_is_named(parameter: str, value: str, client: TestClient) -> None:
    answer = client.get("/api/v1/articles", params={parameter: value})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [each["name"] for each in answer.json()["parameters"]] == [parameter]


@given(day=st.dates())
def test_a_day_means_its_first_moment_as_start_and_its_last_as_end(day: Any) -> None:
    filters = ArticleFilters.model_validate({"published_from": day.isoformat(), "published_to": day.isoformat()})

    assert filters.published_from == datetime.combine(day, datetime.min.time(), UTC)
    assert filters.published_to == datetime.combine(day, datetime.max.time(), UTC)
