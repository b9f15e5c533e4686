"""``q`` of the list of articles."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.search.index import IndexRequest, SearchTimeoutError
from copytaster.search.index_folder import FolderIndex
from copytaster.search.search import Search


def found(client: Any, **parameters: str | int) -> list[str]:
    answer = client.get("/api/v1/articles", params=parameters)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def test_articles_are_found_by_their_texts_and_by_filters_at_the_same_time(desk: Any) -> None:
    desk.publish("a1", text="The ferry sank.", source="desk")
    desk.publish("a2", text="The ferry came.", source="wire")
    client = desk.searching()

    assert sorted(found(client, q="ferry")) == ["a1", "a2"]
    assert found(client, q="ferry", source="Desk") == ["a1"]
    assert found(client, q="ferry -sank source:wire") == ["a2"]
    assert found(client, q="ferry", published_to="2025-12-31") == []
    assert len(found(client, q="ferry", published_from="2026-01-01", published_to="2026-01-01")) == 2


def test_results_have_highlights_and_lists_have_none(desk: Any) -> None:
    desk.publish("a1", title="Ferry", text="A ferry came.")
    client = desk.searching()

    (result,) = client.get("/api/v1/articles", params={"q": "ferry"}).json()["items"]
    (listed,) = client.get("/api/v1/articles").json()["items"]

    assert result["highlights"] == [
        {"field": "title", "start": 0, "end": 5},
        {"field": "text", "start": 2, "end": 7},
    ]
    assert listed["highlights"] is None


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_pages_of_results_follow_each_other(sort: str, desk: Any, clock: ManualClock) -> None:
    for number in range(5):
        clock.advance(seconds=1)
        desk.publish(f"a{number}")
    client = desk.searching()
    parameters: dict[str, str | int] = {"q": "harbour", "sort": sort, "limit": 2}
    page = client.get("/api/v1/articles", params=parameters).json()
    pages = [[each["id"] for each in page["items"]]]
    while page["next_cursor"]:
        page = client.get("/api/v1/articles", params=parameters | {"cursor": page["next_cursor"]}).json()
        pages.append([each["id"] for each in page["items"]])

    assert pages == [["a4", "a3"], ["a2", "a1"], ["a0"]]


def test_the_most_relevant_articles_come_first_on_request(desk: Any, clock: ManualClock) -> None:
    desk.publish("a1", title="Ferry", text="A ferry.")
    clock.advance(seconds=1)
    desk.publish("a2", text="Not about a ferry.")

    assert found(desk.searching(), q="ferry") == ["a2", "a1"]
    assert found(desk.searching(), q="ferry", sort="relevance") == ["a1", "a2"]


def test_a_search_among_withheld_articles_finds_their_titles_only(desk: Any, clock: ManualClock) -> None:
    until = clock.now() + timedelta(hours=1)
    for name in ("a1", "a2"):
        desk.publish(name, embargoed_until=until, status=ArticleStatus.WITHHELD)
    desk.store.ledger.set_embargo(ArticleId("a1"), until=until)
    client = desk.searching()

    assert found(client, q="reopens monday") == []
    answer = client.get("/api/v1/articles", params={"q": "reopens"}).json()["items"]
    assert [each["text"] for each in answer] == [None, None]


@pytest.mark.parametrize(
    ("parameters", "name", "message"),
    [
        ({"q": 'sea "wall'}, "q", "the quote is not closed"),
        ({"q": "wall titel:sea"}, "q", "there is no field 'titel'; fields are title"),
        ({"q": "wall titel:sea"}, "q", "(at character 6)"),
        ({"q": "sea", "cursor": "elsewhere"}, "cursor", "not a cursor of a search"),
        ({"q": "sea", "cursor": "5-6-7"}, "cursor", "of another sort"),
        ({"q": "sea", "cursor": "9" * 19}, "cursor", "not a cursor"),
        ({"sort": "relevance"}, "sort", "needs a search"),
    ],
)
def test_a_wrong_query_is_explained(parameters: dict[str, str], name: str, message: str, desk: Any) -> None:
    answer = desk.searching().get("/api/v1/articles", params=parameters)

    assert answer.status_code == 422
    (wrong,) = answer.json()["parameters"]
    assert wrong["name"] == name
    assert message in wrong["message"]


def test_without_an_index_the_answer_says_what_to_do(desk: Any, tmp_path: Path) -> None:
    client = desk.client(search=Search(FolderIndex(tmp_path), desk.store))

    answer = client.get("/api/v1/articles", params={"q": "sea"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["type"] == "/docs#no-search-index"
    assert "`copytaster search rebuild`" in answer.json()["detail"]
    assert client.get("/api/v1/articles").status_code == 200
    assert desk.client().get("/api/v1/articles", params={"q": "sea"}).status_code == 503


class SlowIndex:
    """An index whose queries take too long."""

    def find(self, request: IndexRequest) -> list[Any]:
        """Fail as a query does that is ended."""
        raise SearchTimeoutError(f"{len(request.query.conditions)} conditions took too long")


def test_a_search_that_takes_too_long_is_ended(desk: Any) -> None:
    answer = desk.client(search=Search(SlowIndex(), desk.store)).get("/api/v1/articles", params={"q": "sea"})

    assert (answer.status_code, answer.json()["type"]) == (503, "/docs#search-timeout")
    assert answer.headers["retry-after"] == "5"
