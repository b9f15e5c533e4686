from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.articles.acceptance import NotAcceptedError, NotACopyError, UnknownArticleError
from copytaster.model.article import Article, ArticleId, ArticleStatus, Relation, RelationKind
from copytaster.model.delivery import DeliveryId
from tests.factories import put_into_one_story

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi.testclient import TestClient

    from copytaster.clock import ManualClock

A1, A2 = ArticleId("a1"), ArticleId("a2")


@pytest.fixture
def story(desk: Any, clock: ManualClock) -> str:
    """Give the id of a story of an article and a later one."""
    first = desk.publish("a1", source="kestrel")
    clock.advance(seconds=60)
    second = desk.publish("a2", source="quay", title="Harbour open")
    relation = Relation(kind=RelationKind.RELATED, of=A1, score=0.6)
    return put_into_one_story(desk.store, first, second.model_copy(update={"relation": relation}))


def test_a_story_has_its_articles_times_and_sources(client: TestClient, story: str) -> None:
    answer = client.get(f"/api/v1/stories/{story}")

    document = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-location"] == "/api/v1/stories/s1"
    assert (document["id"], document["sources"]) == ("s1", ["kestrel", "quay"])
    assert document["first_seen"] < document["last_seen"]
    assert [(each["article_id"], each["relation"]) for each in document["members"]] == [
        ("a1", None),
        ("a2", {"kind": "related", "of": "a1", "score": 0.6, "why": None}),
    ]


def test_an_id_of_old_is_answered_with_the_present_one(desk: Any, client: TestClient, story: str) -> None:
    desk.store.stories.redirect({"s2": story})

    answer = client.get("/api/v1/stories/s2")

    assert answer.json()["id"] == story == "s1"
    assert answer.headers["content-location"] == "/api/v1/stories/s1"


@pytest.mark.parametrize("story_id", ["s404", "a1", "s"])
def test_an_unknown_story_is_not_found(client: TestClient, story_id: str) -> None:
    answer = client.get(f"/api/v1/stories/{story_id}")

    assert answer.status_code == 404
    assert "the field `story_id` of an article has its story" in answer.json()["detail"]


@pytest.mark.parametrize("asked", ["s1", "s2"])
def test_articles_are_found_by_their_story(desk: Any, client: TestClient, story: str, asked: str) -> None:
    desk.publish("a3")
    desk.store.stories.redirect({"s2": story})

    items = client.get("/api/v1/articles", params={"story": asked, "limit": 1}).json()
    named = client.get("/api/v1/articles", params={"story": asked, "source": "kestrel"}).json()["items"]

    assert [(each["id"], each["story_id"]) for each in items["items"]] == [("a2", story)]
    assert items["next_cursor"]
    assert [each["id"] for each in named] == ["a1"]


def test_what_may_not_be_used_is_listed_without_its_text(desk: Any, client: TestClient, clock: ManualClock) -> None:
    until = clock.now() + timedelta(hours=1)
    desk.publish("a1", status=ArticleStatus.WITHHELD, embargoed_until=until, summary="In short.")

    (listed,) = client.get("/api/v1/articles").json()["items"]
    single = client.get("/api/v1/articles/a1").json()
    clock.advance(seconds=3600)
    (later,) = client.get("/api/v1/articles").json()["items"]

    assert (listed["status"], listed["text"], listed["summary"]) == ("withheld", None, None)
    assert (single["status"], single["text"]) == ("withheld", "The harbour reopened on Monday.")
    assert (later["status"], later["text"]) == ("usable", "The harbour reopened on Monday.")


def test_versions_have_the_words_that_changed(desk: Any, client: TestClient) -> None:
    first = desk.publish("a1")
    second = first.model_copy(update={"text": "The harbour reopened on Tuesday."})
    desk.store.articles.add_version(second, owner=DeliveryId("d2"))

    items = client.get("/api/v1/articles/a1/versions").json()["items"]

    assert items[0]["changes"] is None
    assert [(each["op"], each["text"]) for each in items[1]["changes"]][1:] == [
        ("delete", "Monday."),
        ("insert", "Tuesday."),
    ]


def test_sources_tell_who_sends_what_first(desk: Any, client: TestClient) -> None:
    desk.store.source_statistics.count_first("d1", "kestrel")
    desk.store.source_statistics.count_copy("d2", "quay", of="kestrel", lead=timedelta(seconds=4))

    items = client.get("/api/v1/sources").json()["items"]

    counts = {"source": "kestrel", "first": 1, "duplicates": 0, "median_lead_seconds": 4.0}
    counts |= {"files": 0, "failed_files": 0, "copied_files": 0}
    now = desk.deps.clock.now().isoformat().replace("+00:00", "Z")
    hours = {"last_seen_at": now, "hourly": [0] * 23 + [1], "usual_hourly": None}
    assert items[0] == counts | hours | {"findings": []}
    known = client.get("/api/v1/status").json()["sources"]
    assert [{name: each[name] for name in counts} for each in items] == known
    assert known[0] == counts
    assert 'copytaster_duplicates_total{source="quay"} 1.0' in client.get("/metrics").text


def test_only_the_first_sources_have_a_figure_of_their_own(desk: Any, client: TestClient) -> None:
    for number in range(60):
        desk.store.source_statistics.count_copy(f"d{number}", f"source {number}", of=None, lead=timedelta(0))

    lines = [
        each for each in client.get("/metrics").text.splitlines() if each.startswith("copytaster_duplicates_total")
    ]

    assert len(lines) <= 51
    assert sum(float(each.rpartition(" ")[2]) for each in lines) == 60


def test_sources_are_listed_page_by_page(desk: Any, client: TestClient) -> None:
    for number in range(5):
        desk.store.source_statistics.count_first(f"d{number}", f"source {number}")

    first = client.get("/api/v1/sources", params={"limit": 3}).json()
    last = client.get("/api/v1/sources", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    wrong = client.get("/api/v1/sources", params={"cursor": "nobody"})

    assert [each["source"] for each in first["items"] + last["items"]] == [f"source {number}" for number in range(5)]
    assert last["next_cursor"] is None
    assert wrong.status_code == 422


def accepting(desk: Any) -> Callable[..., Article]:
    def accept(article_id: ArticleId, **_: object) -> Article:
        desk.store.articles.accept(article_id)
        accepted: Article = desk.store.articles.get(article_id)
        return accepted

    return accept


def test_an_accepted_copy_is_answered_as_it_is_now(desk: Any) -> None:
    desk.publish("a1")
    desk.publish_copy("a2", of="a1")

    answer = desk.client(accept=accepting(desk)).post("/api/v1/articles/a2/accept")

    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["relation"]) == ("a2", None)


@pytest.mark.parametrize(("error", "status"), [(UnknownArticleError(A1), 404), (NotACopyError(A1), 409)])
def test_what_cannot_be_accepted_is_a_problem(desk: Any, error: Exception, status: int) -> None:
    def accept(_: ArticleId, **__: object) -> Article:
        raise error

    answer = desk.client(accept=accept).post("/api/v1/articles/a1/accept")

    assert answer.status_code == status
    assert str(error) == answer.json()["detail"]


def test_an_accepted_article_becomes_a_copy_again(desk: Any) -> None:
    desk.publish("a1")
    desk.publish_copy("a2", of="a1")
    desk.store.articles.accept(ArticleId("a2"))

    def undo(article_id: ArticleId, **_: object) -> Article:
        desk.store.articles.undo_acceptance(article_id)
        changed: Article = desk.store.articles.get(article_id)
        return changed

    answer = desk.client(undo_acceptance=undo).delete("/api/v1/articles/a2/accept")

    assert (answer.status_code, answer.json()["relation"]["of"]) == (200, "a1")


@pytest.mark.parametrize(("error", "status"), [(UnknownArticleError(A1), 404), (NotAcceptedError("no"), 409)])
def test_an_acceptance_that_cannot_be_undone_is_a_problem(desk: Any, error: Exception, status: int) -> None:
    def undo(_: ArticleId, **__: object) -> Article:
        raise error

    answer = desk.client(undo_acceptance=undo).delete("/api/v1/articles/a1/accept")

    assert (answer.status_code, answer.json()["detail"]) == (status, str(error))


def test_an_api_without_a_way_into_the_archive_points_to_the_command(client: TestClient) -> None:
    answer = client.post("/api/v1/articles/a1/accept")

    assert answer.status_code == 503
    assert "`copytaster accept`" in answer.json()["detail"]


def test_a_page_of_another_site_may_not_accept(desk: Any) -> None:
    client = desk.client(accept=accepting(desk))

    answer = client.post("/api/v1/articles/a1/accept", headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 403
    assert not desk.store.articles.is_accepted(A1)


def test_a_search_does_not_tell_words_that_a_list_does_not_show(desk: Any, clock: ManualClock) -> None:
    until = clock.now() + timedelta(hours=1)
    desk.publish("a1", status=ArticleStatus.WITHHELD, embargoed_until=until)

    def found(words: str) -> list[str]:
        client = desk.searching()
        return [each["id"] for each in client.get("/api/v1/articles", params={"q": words}).json()["items"]]

    before = found('"on monday"'), found("harbour reopens")
    clock.advance(seconds=3600)

    assert before == ([], ["a1"])
    assert found('"on monday"') == ["a1"]
