"""The routes and pages of stories over a store in memory: lists, decisions, and what the pages show and hide."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.decisions import MemoryDecisions
from copytaster.model.article import Article, ArticleId, ArticleStatus, Relation, RelationKind
from copytaster.stories.decisions import StoryDesk
from tests.factories import put_into_one_story

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock

ROUTE = "/api/v1/stories/s1"
SECRET = "The minister resigns at noon."


@pytest.fixture
def client(desk: Any, clock: ManualClock) -> TestClient:
    """Return a client of an API with the stories s1 (a1, a2, its copy a3, and a4) and s5 (a5, a6)."""
    first = desk.publish_tagged("a1", title="Ferry burns", text="A ferry burns off Port Hadley.", source="Kestrel")
    clock.advance(seconds=600)
    second = desk.publish(
        "a2", "All are safe", text="All 214 passengers of the ferry are safe.", source="Quay", word_count=8
    )
    relation = Relation(kind=RelationKind.NEAR, of=second.id, score=0.9)
    copy = desk.publish("a3", "All safe", source="Littoral", relation=relation)
    fourth = desk.publish("a4", "Ferry burns", text="A ferry burns off Port Hadley.", source="Bay Times")
    put_into_one_story(desk.store, first, second, copy, fourth)
    clock.advance(seconds=600)
    put_into_one_story(desk.store, desk.publish("a5", "Rates stay"), desk.publish("a6", "Bank waits"))
    story_desk = StoryDesk(store=desk.store, decisions=MemoryDecisions(), clock=clock)
    made: TestClient = desk.client(story_desk=story_desk)
    return made


def test_stories_are_listed_last_changed_first_without_their_members(client: TestClient) -> None:
    page = client.get("/api/v1/stories").json()

    assert [(each["id"], each["headline"]) for each in page["items"]] == [("s5", "Rates stay"), ("s1", "All are safe")]
    assert (page["items"][1]["articles"], page["items"][1]["copies"]) == (3, 1)
    assert "members" not in page["items"][0]
    assert page["next_cursor"] is None


def test_stories_are_listed_by_filters_and_pages(client: TestClient) -> None:
    first = client.get("/api/v1/stories", params={"limit": 1}).json()
    second = client.get("/api/v1/stories", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    of_kestrel = client.get("/api/v1/stories", params={"source": "the kestrel"}).json()

    assert [each["id"] for each in first["items"] + second["items"]] == ["s5", "s1"]
    assert second["next_cursor"] is None
    assert [each["id"] for each in of_kestrel["items"]] == ["s1"]


@pytest.mark.parametrize("parameters", [{"state": "asleep"}, {"unknown": "1"}, {"cursor": "?"}, {"limit": "0"}])
@pytest.mark.parametrize("path", ["/api/v1/stories", "/stories"])
def test_a_wrong_parameter_of_the_list_is_named(client: TestClient, path: str, parameters: dict[str, str]) -> None:
    answer = client.get(path, params=parameters)

    assert answer.status_code == 422
    assert answer.json()["parameters"][0]["name"] == next(iter(parameters))


def test_the_members_of_a_story_have_pages(client: TestClient) -> None:
    first = client.get(ROUTE, params={"limit": 3}).json()
    last = client.get(ROUTE, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    wrong = client.get(ROUTE, params={"cursor": "?"})

    assert [each["article_id"] for each in first["members"] + last["members"]] == ["a1", "a2", "a3", "a4"]
    assert last["next_cursor"] is None
    assert wrong.status_code == 422


def test_a_person_merges_two_stories_and_undoes_it(client: TestClient) -> None:
    made = client.post("/api/v1/stories/s5/merge", json={"into": "s1", "by": "Anna", "reason": "one event"})
    again = client.post("/api/v1/stories/s5/merge", json={"into": "s1", "by": "Anna", "reason": "one event"})
    merged = client.get("/api/v1/stories/s5").json()
    undone = client.post(f"{ROUTE}/undo", json={"decision": made.json()["id"], "by": "Ben"})

    assert (made.status_code, made.json()) == (200, again.json())
    assert (made.json()["kind"], made.json()["articles"]) == ("merge-stories", ["a5", "a6"])
    assert (merged["id"], merged["articles"]) == ("s1", 5)
    assert (undone.status_code, undone.json()["undone"]["by"]) == (200, "Ben")
    assert client.get("/api/v1/stories/s5").json()["id"] == "s5"


def test_a_person_splits_a_story_and_moves_an_article(client: TestClient) -> None:
    split = client.post(f"{ROUTE}/split", json={"articles": ["a2"]}).json()
    moved = client.post(f"{ROUTE}/move", json={"article": "a4", "into": "s2", "by": "Anna"}).json()
    members = client.get("/api/v1/stories/s2").json()["members"]

    assert (split["into"], split["articles"], split["by"]) == ("s2", ["a2", "a3"], "api")
    assert (moved["into"], moved["articles"]) == ("s2", ["a4"])
    assert [(each["article_id"], each["evidence"]["by"]) for each in members] == [
        ("a2", "api"),
        ("a3", "api"),
        ("a4", "Anna"),
    ]


def test_a_headline_of_a_person_is_shown_with_the_name(client: TestClient) -> None:
    client.post(f"{ROUTE}/headline", json={"headline": "  Ferry fire: all are safe ", "by": "Anna"})

    story = client.get(ROUTE).json()
    assert (story["headline"], story["headline_by"]) == ("Ferry fire: all are safe", "Anna")
    assert "Headline by Anna" in client.get("/stories/s1").text


def test_decisions_about_a_story_are_listed(client: TestClient) -> None:
    client.post(f"{ROUTE}/headline", json={"headline": "Ferry fire", "by": "Anna"})
    client.post(f"{ROUTE}/undo", json={"by": "Anna"})

    (listed,) = client.get(f"{ROUTE}/decisions").json()["items"]
    assert (listed["kind"], listed["undone"]["by"]) == ("pin-headline", "Anna")
    assert client.get("/api/v1/stories/s5/decisions").json() == {"items": [], "next_cursor": None}


def test_a_decision_about_a_story_that_was_merged_meanwhile_is_a_conflict(client: TestClient) -> None:
    client.post("/api/v1/stories/s5/merge", json={"into": "s1"})

    answer = client.post("/api/v1/stories/s5/headline", json={"headline": "Rates"})

    assert answer.status_code == 409
    assert answer.json()["detail"] == "s5 was merged into s1: look at that story, and decide about it"


def test_what_does_not_exist_is_not_found(client: TestClient) -> None:
    assert client.post("/api/v1/stories/s404/merge", json={"into": "s1"}).status_code == 404
    assert client.post(f"{ROUTE}/undo", json={}).status_code == 404
    assert client.get("/stories/s404").status_code == 404


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("merge", {"into": "../s1"}),
        ("split", {"articles": []}),
        ("move", {"article": "a1"}),
        ("headline", {"headline": " "}),
        ("undo", {"decision": ""}),
    ],
)
def test_a_wrong_order_is_refused(client: TestClient, what: str, body: dict[str, Any]) -> None:
    assert client.post(f"{ROUTE}/{what}", json=body).status_code == 422


@pytest.mark.parametrize("what", ["merge", "split", "move", "headline", "undo"])
def test_a_page_of_another_site_may_not_decide(desk: Any, client: TestClient, what: str) -> None:
    answer = client.post(f"{ROUTE}/{what}", json={"into": "s5"}, headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 403
    assert len({*desk.store.stories.ids([ArticleId("a1"), ArticleId("a5")]).values()}) == 2


def test_an_api_without_a_way_into_the_archive_points_to_the_command(desk: Any, client: TestClient) -> None:
    answer = desk.client().post(f"{ROUTE}/headline", json={"headline": "Ferry"})

    assert answer.status_code == 503
    assert "`copytaster stories`" in answer.json()["detail"]
    assert client.get(ROUTE).json()["headline_by"] is None


def text_of(page: str) -> str:
    """Return what a reader sees of a page, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_page_tells_what_happened_with_copies_and_repetitions_folded(client: TestClient) -> None:
    page = client.get("/stories/s1").text

    text = text_of(page)
    assert '<h1 dir="auto">All are safe</h1>' in page
    assert '<p class="lead" dir="auto">All 214 passengers of the ferry are safe.</p>' in page
    assert "developing since 1 Jan 2026, 00:00:00 UTC , last change 1 Jan 2026, 00:10:00 UTC" in text
    assert "Articles 3 and 1 copy Pace 0.7 an hour Sources Kestrel Quay Littoral Bay Times" in text
    assert "Names Port Hadley" in text
    # The newest first: what the lead says is not repeated.
    timeline = text[text.index("What was new") : text.index("Correct this story")]
    assert re.findall(r"Bay Times|Quay|Kestrel", timeline) == ["Bay Times", "Quay", "Kestrel"]
    assert "Bay Times Ferry burns nothing new" in timeline
    assert "1 copy 1 Jan 2026, 00:10:00 UTC Littoral, 90 % alike" in timeline
    assert "A ferry burns off Port Hadley." in timeline
    assert "The story began with this article." in timeline


def test_each_entry_of_a_timeline_has_its_day_and_its_zone(desk: Any, client: TestClient, clock: ManualClock) -> None:
    texts = ("A ferry burns off Port Hadley.", "All 214 passengers are safe.", "The owner blames a faulty pump.")
    articles: list[Article] = []
    for number, text in enumerate(texts, 7):
        articles.append(desk.publish(f"a{number}", text, text=text))
        clock.advance(seconds=12 * 3600)
    put_into_one_story(desk.store, *articles)

    page = client.get("/stories/s7").text

    # Where a day begins depends on the zone of the reader, so that days which begin in another zone are there, hidden.
    days = re.findall(r'<li class="day"( hidden)?><time datetime="([^"]+)" data-part="day">([^<]+)</time>', page)
    assert [(bool(hidden), at[:13], day) for hidden, at, day in days] == [
        (False, "2026-01-02T00", "Friday, 2 January 2026, UTC"),
        (False, "2026-01-01T12", "Thursday, 1 January 2026, UTC"),
        (True, "2026-01-01T00", "Thursday, 1 January 2026, UTC"),
    ]
    assert "Times are in UTC." in text_of(page)


def test_what_is_folded_has_the_day_of_its_receipt(desk: Any, client: TestClient, clock: ManualClock) -> None:
    first = desk.publish("a7", "Ferry burns", text="A ferry burns off Port Hadley.")
    clock.advance(seconds=3 * 24 * 3600)
    copy = desk.publish("a8", relation=Relation(kind=RelationKind.NEAR, of=first.id, score=0.9))
    put_into_one_story(desk.store, first, copy)

    assert "1 copy 4 Jan 2026, 00:20:00 UTC wire, 90 % alike" in text_of(client.get("/stories/s7").text)


def test_a_former_address_of_a_story_redirects_to_the_present_one(client: TestClient) -> None:
    client.post("/api/v1/stories/s5/merge", json={"into": "s1"})

    answer = client.get("/stories/s5", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "/stories/s1")


@pytest.mark.parametrize("status", [ArticleStatus.WITHHELD, ArticleStatus.CANCELED])
def test_no_word_of_what_may_not_be_used_is_on_a_page(
    desk: Any, client: TestClient, clock: ManualClock, status: ArticleStatus
) -> None:
    until = clock.now() + timedelta(hours=1)
    held = desk.publish_tagged("a7", title=SECRET, text=SECRET, status=status, embargoed_until=until, word_count=900)
    put_into_one_story(desk.store, held, desk.publish("a8", SECRET, text=SECRET, status=status))

    pages = [client.get(path).text for path in ("/stories", "/stories/s7", "/api/v1/stories", "/api/v1/stories/s7")]

    assert all("s7" in page for page in pages)
    assert not any("minister" in page or "Port Hadley" in page for page in pages[1::2])
    assert "minister" not in pages[0] + pages[2]
    assert "No article of this story may be shown" in pages[0]
    assert "2 articles without anything new" in text_of(pages[1])


def test_hostile_titles_and_sources_stay_text(desk: Any, client: TestClient) -> None:
    hostile = '"><script>alert(1)</script>'
    put_into_one_story(
        desk.store,
        desk.publish("a7", hostile, text=f"{hostile} happened today in the harbour.", source=hostile),
        desk.publish("a8", hostile),
    )

    pages = client.get("/stories").text + client.get("/stories/s7").text

    assert "<script>" not in pages
    assert "&lt;script&gt;" in pages


def test_the_list_has_the_states_and_the_next_page(client: TestClient) -> None:
    page = client.get("/stories", params={"limit": 1, "state": "developing"}).text

    (following,) = re.findall(r'<a rel="next" href="([^"]+)"', page)
    assert "Rates stay" in page
    assert "All are safe" in client.get(html.unescape(following)).text
    assert "No story is closed." in client.get("/stories?state=closed").text
