from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.errors import DamagedRecordError
from copytaster.model.article import Article, Duplicate, Tag
from copytaster.model.delivery import DeliveryId
from copytaster_api.article_schemas import ArticleFilters
from copytaster_api.schemas import FIRST, LAST
from tests.factories import delivery_id

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
    assert document["story_id"] is None
    assert Article.model_validate(document) == article


def test_an_article_whose_record_is_damaged_is_named_with_the_reason(
    desk: Any, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish("a1")

    def fail(*_: object) -> None:
        raise DamagedRecordError("a1", "ValueError: it is cut")

    monkeypatch.setattr(desk.store.articles, "get_documents", fail)
    monkeypatch.setattr(desk.store.articles, "get", fail)
    answer = client.get("/api/v1/articles/a1")

    assert (answer.status_code, answer.json()["type"]) == (500, "/docs#damaged")
    assert "the record of article a1 in the store is damaged and cannot be read" in answer.json()["detail"]


def test_all_versions_are_listed_oldest_first(desk: Any, client: TestClient) -> None:
    first = desk.publish("a1", title="Harbour reopens")
    desk.store.articles.add_version(first.model_copy(update={"title": "Harbour open again"}), owner=DeliveryId("d2"))

    versions = client.get("/api/v1/articles/a1/versions").json()["items"]

    assert [(each["version"], each["title"]) for each in versions] == [
        (1, "Harbour reopens"),
        (2, "Harbour open again"),
    ]


def test_many_versions_are_listed_page_by_page(desk: Any, client: TestClient) -> None:
    first = desk.publish("a1", title="Version 1")
    for number in range(2, 6):
        version = first.model_copy(update={"title": f"Version {number}"})
        desk.store.articles.add_version(version, owner=DeliveryId(f"d{number}"))

    path = "/api/v1/articles/a1/versions"
    whole = client.get(path).json()
    pages = [client.get(path, params={"limit": 3}).json()]
    pages.append(client.get(path, params={"limit": 3, "cursor": pages[0]["next_cursor"]}).json())
    wrong = [client.get(path, params={"cursor": each}).status_code for each in ("6", "yesterday")]

    assert [each["title"] for each in whole["items"]] == [f"Version {number}" for number in range(1, 6)]
    assert pages[0]["items"] + pages[1]["items"] == whole["items"]
    assert whole["next_cursor"] is pages[1]["next_cursor"] is None
    assert wrong == [422, 422]


def test_all_copies_are_listed_page_by_page(desk: Any, client: TestClient) -> None:
    article = desk.publish("a1")
    for number in range(2, 32):
        copy = {"kind": "exact", "score": 1, "name": "copy.txt", "source": None, "article_id": "a1"}
        given = copy | {"delivery_id": delivery_id(number), "received_at": article.received_at}
        desk.store.articles.add_duplicate(article.id, Duplicate.model_validate(given))

    document = client.get("/api/v1/articles/a1").json()
    first = client.get("/api/v1/articles/a1/duplicates", params={"limit": 20}).json()
    last = client.get("/api/v1/articles/a1/duplicates", params={"limit": 20, "cursor": first["next_cursor"]}).json()
    wrong = client.get("/api/v1/articles/a1/duplicates", params={"cursor": "yesterday"})

    assert document["duplicates"] == first["items"][::-1]
    assert document["duplicate_count"] == len(first["items"] + last["items"]) == 30
    assert last["items"][-1]["delivery_id"] == delivery_id(2)
    assert last["next_cursor"] is None
    assert wrong.status_code == 422


def test_an_article_without_copies_has_an_empty_list_of_them(desk: Any, client: TestClient) -> None:
    desk.publish("a1")

    assert client.get("/api/v1/articles/a1/duplicates").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("path", [f"/api/v1/articles/a404{rest}" for rest in ("", "/versions", "/duplicates")])
def test_an_unknown_article_is_not_found(path: str, client: TestClient) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "a404" in answer.json()["detail"]


@pytest.mark.parametrize(
    "filters",
    [
        {"source": "coast radio"},
        {"publisher": "harbour post"},
        {"topic": "20000763"},
        {"topic": "sea transport"},
        {"entity": "Port Hadley"},
        {"keyword": "harbour"},
        {"language": "en"},
        {"published_from": "2025-12-24"},
        {"published_from": "2025-12-24T12:00:00Z"},
        {"published_from": "2025-12-24T13:00:00+01:00"},
        {"tag": "coast desk"},
        {"format": "ninjs"},
        {"status": "canceled"},
        {"received_from": "2026-01-01T00:01:00Z"},
        {"tag": "coast desk", "format": "ninjs", "status": "canceled", "topic": "sea transport", "language": "en"},
    ],
)
def test_articles_are_found_by_each_filter(
    filters: dict[str, str], desk: Any, clock: ManualClock, client: TestClient
) -> None:
    published = datetime(2025, 12, 24, 12, tzinfo=UTC)
    desk.publish("a1", source="other", text="Nothing of that.", published_at=datetime(2025, 12, 1, tzinfo=UTC))
    clock.advance(seconds=60)
    desk.publish_tagged(
        "a2",
        source="coast radio",
        publisher="The Harbour Post",
        published_at=published,
        format="ninjs",
        status="canceled",
        tags=(Tag(name="Coast Desk", rule="coast", why="harbour"),),
    )

    assert ids(client, **filters) == ["a2"]


def test_a_status_is_that_at_present(desk: Any, clock: ManualClock, client: TestClient) -> None:
    end = clock.now() + timedelta(seconds=60)
    desk.publish("a1", status="withheld", embargoed_until=end)

    before = ids(client, status="withheld"), ids(client, status="usable")
    clock.advance(seconds=60)

    assert before == (["a1"], [])
    assert (ids(client, status="withheld"), ids(client, status="usable")) == ([], ["a1"])


def test_the_end_of_a_period_of_receipt_includes_all_of_the_day(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    desk.publish("a1")
    clock.advance(seconds=86_400)
    desk.publish("a2")

    assert ids(client, received_to="2026-01-01") == ["a1"]
    assert ids(client, received_from="2026-01-02", received_to="2026-01-02") == ["a2"]


def test_a_search_has_the_filters_of_the_list(desk: Any) -> None:
    desk.publish_tagged("a1", tags=(Tag(name="Coast Desk", rule="coast", why="harbour"),))
    desk.publish_tagged("a2", format="ninjs")
    client = desk.searching()

    assert ids(client, q="harbour", tag="coast desk") == ["a1"]
    assert ids(client, q="harbour", format="ninjs", status="usable", received_from="2026-01-01") == ["a2"]
    assert ids(client, q="harbour", received_to="2025-12-31") == ids(client, q="harbour", status="withheld") == []


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
        ("sort", "relevance"),
        ("sort", "loudest"),
        ("story", "a1"),
        ("headline", "x"),
    ],
)
def test_a_wrong_parameter_of_the_list_is_named(parameter: str, value: str, client: TestClient) -> None:
    answer = client.get("/api/v1/articles", params={parameter: value})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [each["name"] for each in answer.json()["parameters"]] == [parameter]


@given(day=st.dates(FIRST.date(), LAST.date() - timedelta(days=1)))
def test_a_day_means_its_first_moment_as_start_and_its_last_as_end(day: Any) -> None:
    filters = ArticleFilters.model_validate({"published_from": day.isoformat(), "published_to": day.isoformat()})

    assert filters.published_from == datetime.combine(day, datetime.min.time(), UTC)
    assert filters.published_to == datetime.combine(day, datetime.max.time(), UTC)


def test_the_local_time_of_publication_keeps_its_offset(desk: Any, client: TestClient) -> None:
    published = datetime(2025, 12, 24, 23, 30, tzinfo=UTC)
    desk.publish("a1", published_at=published, published_local=published.astimezone(timezone(timedelta(hours=9))))

    found = client.get("/api/v1/articles/a1").json()

    assert (found["published_at"], found["published_local"]) == ("2025-12-24T23:30:00Z", "2025-12-25T08:30:00+09:00")


@pytest.mark.parametrize(
    "value",
    ["0.5", "1767225600", "2026-01-01T10:00:00", "1899-12-31", "9999-12-31", "9999-12-31T23:59:59.999999-14:00"],
)
@pytest.mark.parametrize("parameter", ["published_from", "published_to", "received_from", "received_to"])
def test_a_time_is_rfc_3339_in_years_that_can_be_computed_with(value: str, parameter: str, client: TestClient) -> None:
    answer = client.get("/api/v1/articles", params={parameter: value})

    assert answer.status_code == 422
    assert [each["name"] for each in answer.json()["parameters"]] == [parameter]


@pytest.mark.parametrize("day", ["1900-01-01", "1969-12-31", "6500-01-01", "9998-12-30"])
def test_days_long_ago_and_far_ahead_find_what_is_in_them(day: str, desk: Any, client: TestClient) -> None:
    desk.publish("a1")

    is_ahead = day > "2026"
    assert ids(client, received_to=day, source="wire") == ids(client, published_to=day) == (["a1"] if is_ahead else [])
    assert ids(client, received_from=day) == ([] if is_ahead else ["a1"])


def test_a_search_in_a_period_that_ends_before_it_begins_finds_nothing(desk: Any) -> None:
    desk.publish("a1")
    client = desk.searching()

    assert ids(client, q="harbour", published_from="2026-01-01") == ["a1"]
    assert ids(client, q="harbour", published_from="2026-01-02", published_to="2026-01-01") == []


def test_a_cursor_with_an_impossible_time_is_refused(client: TestClient) -> None:
    assert client.get("/api/v1/articles", params={"cursor": "9999999999999999-a1"}).status_code == 422
