"""The routes of standing searches over a store in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from copytaster.archive.standing_searches import MemorySearchFiles
from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.standing_search import Match, MatchedSearch, SearchId
from copytaster.outbound.event_types import EventFilter
from copytaster.search.memory_index import MemoryIndex
from copytaster.search.projector import Projector
from copytaster.searches import administration
from copytaster.searches.administration import SearchDesk
from copytaster.searches.preview import SearchPreview
from copytaster_api.schemas import EventFilters

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock

ROUTE = "/api/v1/searches"
ORDER = {"name": "port", "q": "harbour -ferry", "source": "wire", "by": "ann"}
UNKNOWN = f"{ROUTE}/q000000000000000000"


@pytest.fixture
def index() -> MemoryIndex:
    """Return the index that previews look into."""
    return MemoryIndex()


@pytest.fixture
def client(desk: Any, clock: ManualClock, index: MemoryIndex) -> TestClient:
    """Return a client of an API that can change standing searches."""
    searches = SearchDesk(MemorySearchFiles(), desk.store, clock)
    client: TestClient = desk.client(searches=searches, search_preview=SearchPreview(index, desk.store, clock))
    return client


@pytest.fixture
def search(client: TestClient) -> str:
    """Return the address of a standing search."""
    location: str = client.post(ROUTE, json=ORDER).headers["location"]
    return location


def find(desk: Any, address: str, *articles: str) -> None:
    """Record articles as hits of a search."""
    found = MatchedSearch(id=SearchId(address.rsplit("/", 1)[1]), name="port")
    matches = [
        Match(at=desk.deps.clock.now() + timedelta(seconds=number), article_id=ArticleId(each), searches=(found,))
        for number, each in enumerate(articles)
    ]
    assert desk.store.search_hits.record(matches, after=None, position="7-0", generation=None)


def test_a_new_search_is_on_and_has_no_hits(client: TestClient) -> None:
    created = client.post(ROUTE, json=ORDER)

    document, location = created.json(), created.headers["location"]
    assert (created.status_code, location) == (201, f"{ROUTE}/{document['id']}")
    assert client.get(location).json() == document
    assert client.get(ROUTE).json() == {"items": [document], "next_cursor": None}
    assert {name: document[name] for name in ORDER} == ORDER
    assert (document["on_since"], document["hits"], document["last_hit_at"]) == (document["created_at"], 0, None)
    assert (document["topic"], document["language"]) == (None, None)


def test_a_search_is_switched_and_deleted(client: TestClient, search: str) -> None:
    off = client.post(f"{search}/off").json()["on_since"]
    on = client.post(f"{search}/on").json()["on_since"]
    deleted = client.delete(search)

    assert (off, on is None) == (None, False)
    assert (deleted.status_code, client.get(search).status_code) == (204, 404)
    assert client.post(ROUTE, json=ORDER | {"on": False}).json()["on_since"] is None


def test_the_list_has_pages_the_newest_first(client: TestClient, clock: ManualClock) -> None:
    for number in range(3):
        client.post(ROUTE, json=ORDER | {"name": f"desk {number}"})
        clock.advance(seconds=1)

    first = client.get(ROUTE, params={"limit": 2}).json()
    second = client.get(ROUTE, params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [each["name"] for each in first["items"]] == ["desk 2", "desk 1"]
    assert ([each["name"] for each in second["items"]], second["next_cursor"]) == (["desk 0"], None)


def test_hits_have_their_articles_and_those_that_may_not_be_used_no_text(
    client: TestClient, search: str, desk: Any
) -> None:
    desk.publish_tagged("a1")
    desk.publish("a2", status=ArticleStatus.WITHHELD)
    find(desk, search, "a1", "a2", "a3")

    hits = client.get(f"{search}/hits").json()["items"]

    assert [each["article_id"] for each in hits] == ["a3", "a2", "a1"]
    assert hits[0]["article"] is None
    assert (hits[1]["article"]["status"], hits[1]["article"]["text"]) == ("withheld", None)
    assert hits[2]["article"]["title"] == "Harbour reopens"
    assert client.get(search).json()["hits"] == 3
    assert len(client.get(f"{search}/hits", params={"limit": 1}).json()["items"]) == 1


def index_all(index: MemoryIndex, desk: Any) -> None:
    projector = Projector(index, desk.store, desk.deps.clock)
    projector.begin()
    while projector.fill():
        pass


def test_a_preview_shows_what_a_search_would_have_found(
    client: TestClient, search: str, desk: Any, index: MemoryIndex
) -> None:
    desk.publish_tagged("a1")
    desk.publish("a2", title="The ferry", text="The harbour has a ferry.")
    desk.publish("a3", status=ArticleStatus.WITHHELD)
    index_all(index, desk)

    new = client.post(f"{ROUTE}/preview", json={"q": "harbour", "days": 2}).json()
    tagged = client.post(f"{ROUTE}/preview", json={"entity": "Port Hadley"}).json()
    stored = client.get(f"{search}/preview").json()

    assert (new["count"], new["complete"]) == (2, True)
    assert {each["id"] for each in new["articles"]} == {"a1", "a2"}
    assert [each["id"] for each in tagged["articles"]] == ["a1"]
    assert [each["id"] for each in stored["articles"]] == ["a1"]
    assert new["days"] == [{"day": "2026-01-01", "count": 2}]
    assert client.get(ROUTE).json()["items"][0]["hits"] == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"q": '"open'}, "the quote is not closed"),
        ({"q": "-ferry"}, "only excludes"),
        ({"q": None, "source": None}, "needs a query or a filter"),
        ({"name": ""}, "at least 1 character"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"entity": "x" * 201}, "at most 200 characters"),
        ({"q": "sea " * 300}, "longer than 1000 characters"),
        ({"colour": "red"}, "not permitted"),
    ],
)
def test_what_cannot_be_a_search_is_refused(client: TestClient, changed: dict[str, Any], said: str) -> None:
    answer = client.post(ROUTE, json=ORDER | changed)

    assert (answer.status_code, said in answer.json()["detail"]) == (422, True)


def test_a_preview_of_a_wrong_query_is_refused(client: TestClient) -> None:
    assert client.post(f"{ROUTE}/preview", json={"q": "har*bour"}).status_code == 422
    assert client.post(f"{ROUTE}/preview", json={}).status_code == 422
    assert client.post(f"{ROUTE}/preview", json={"q": "harbour", "days": 91}).status_code == 422


def test_the_number_of_searches_is_limited(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(administration, "MAX_SEARCHES", 2)

    assert [client.post(ROUTE, json=ORDER).status_code for _ in range(3)] == [201, 201, 409]


def test_an_unknown_search_is_not_found(client: TestClient) -> None:
    for path in ("", "/hits", "/preview"):
        assert client.get(UNKNOWN + path).status_code == 404
        assert client.get(f"{ROUTE}/what{path}").status_code == 422
    for path in ("/on", "/off"):
        assert client.post(UNKNOWN + path).status_code == 404
    assert client.delete(UNKNOWN).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("POST", "/on"), ("POST", "/off"), ("DELETE", "")])
def test_a_page_of_another_site_changes_nothing(client: TestClient, search: str, method: str, path: str) -> None:
    address = ROUTE if (method, path) == ("POST", "") else search + path
    other_site = {"Origin": "https://attacker.example"}
    before = client.get(ROUTE).json()

    answer = client.request(method, address, json=ORDER if address == ROUTE else None, headers=other_site)

    assert (answer.status_code, client.get(ROUTE).json()) == (403, before)


def test_a_stream_may_be_about_the_hits_of_some_searches_only() -> None:
    name = UNKNOWN.rsplit("/", 1)[1]

    assert EventFilters(search=(name,)).filter() == EventFilter(searches=(name,))
    with pytest.raises(ValidationError):
        EventFilters(search=("what",))


def test_without_archive_and_index_there_are_no_standing_searches(desk: Any) -> None:
    client = desk.client()

    assert client.get(ROUTE).status_code == 503
    assert client.post(f"{ROUTE}/preview", json={"q": "harbour"}).json()["type"] == "/docs#no-search-index"
