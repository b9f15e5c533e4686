"""The frame of the pages: navigation, entity tags, errors as pages, and the stream of changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.article import ArticleId
from copytaster.model.deletion import Deletion
from copytaster.model.disposition import ADVICE, Disposition, Reason
from copytaster.monitoring.server_watch import ServerWatch
from copytaster.outbound.outgoing import OutgoingEvents
from copytaster.store.ports.presence import Part
from copytaster_api.event_feed import EventFeed
from copytaster_api.page_frame import NAVIGATION
from copytaster_api.routes.page_changes import changes

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def hang() -> None:
    raise ServerUnavailableError("it hangs")


@pytest.mark.parametrize("address", [each.address for each in NAVIGATION])
def test_every_page_of_the_navigation_exists(address: str, client: TestClient) -> None:
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_each_key_of_the_navigation_opens_one_page() -> None:
    keys = [each.key for each in NAVIGATION]

    assert len(set(keys)) == len(keys)


def test_the_navigation_marks_the_page_that_is_open(client: TestClient) -> None:
    page = client.get("/stories").text

    assert '<a href="/stories" data-key="t" aria-current="page">Stories</a>' in page
    assert page.count('aria-current="page">Stories') == 1


def test_an_unchanged_page_is_not_sent_again(desk: Any, client: TestClient) -> None:
    first = client.get("/where", params={"q": "story.txt"})
    unchanged = client.get("/where", params={"q": "story.txt"}, headers={"If-None-Match": first.headers["etag"]})
    desk.deliver("story.txt")
    changed = client.get("/where", params={"q": "story.txt"}, headers={"If-None-Match": first.headers["etag"]})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == first.headers["etag"]
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_a_compressing_proxy_may_weaken_the_entity_tag(client: TestClient) -> None:
    tag = client.get("/where").headers["etag"]

    assert client.get("/where", headers={"If-None-Match": f"W/{tag}"}).status_code == 304


def test_a_browser_gets_an_error_as_a_page_and_a_program_as_a_problem_document(client: TestClient) -> None:
    page, document = client.get("/stories/s404", headers=BROWSER), client.get("/stories/s404")

    assert (page.status_code, document.status_code) == (404, 404)
    assert page.headers["content-type"].startswith("text/html")
    assert "there is no story s404" in page.text
    assert 'href="/stories/s404"' in page.text
    assert document.headers["content-type"] == "application/problem+json"


def test_a_wrong_parameter_is_a_page_that_names_it(client: TestClient) -> None:
    page = client.get("/stories", params={"cursor": "<b>"}, headers=BROWSER)

    assert page.status_code == 422
    assert '<a href="/stories">Try again</a>' in page.text
    assert "cursor: " in page.text
    assert "<b>" not in page.text.replace("</b>", "")


def test_an_outage_is_a_page_that_says_since_when(desk: Any, clock: ManualClock) -> None:
    watch = ServerWatch(hang, clock)
    watch.check()

    page = desk.client(watch=watch).get("/where", params={"q": "ferry.xml"}, headers=BROWSER)

    assert page.status_code == 503
    assert '<a href="">Try again</a>' in page.text, "the same address, with its parameters"
    assert page.headers["retry-after"] == "5"
    assert "the Redis server has not answered since 2026-01-01 00:00:00 UTC" in page.text


def test_an_unexpected_error_reveals_nothing(client_broken: TestClient) -> None:
    answer = client_broken.get("/api/v1/status", headers=BROWSER)

    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_where_shows_the_end_of_a_file_with_advice_and_timeline(desk: Any, client: TestClient) -> None:
    delivery_id = desk.settle("<i>.txt", Disposition.REJECTED, Reason.EMPTY)

    for query in (delivery_id, "<i>.txt", "wire/<i>.txt", "ab" * 32):
        page = client.get("/where", params={"q": f" {query} "}).text
        assert "rejected: empty" in page
        assert ADVICE[Reason.EMPTY].split("`", maxsplit=1)[0] in page
        assert "registered: archived and due" in page
        assert "<i>" not in page


def test_where_says_why_a_file_may_be_unknown(desk: Any, client: TestClient) -> None:
    alone = client.get("/where", params={"q": "nowhere.txt"}).text
    desk.beat(Part.WATCHER, "watcher@desk:1")
    watched = client.get("/where", params={"q": "nowhere.txt"}).text

    assert "No delivery of <b>nowhere.txt</b> is known" in alone
    assert "No watcher runs" in alone
    assert "No watcher runs" not in watched


def test_where_says_of_an_article_whose_delivery_has_reached_its_age_that_it_is_stored(
    desk: Any, client: TestClient
) -> None:
    desk.publish("a1")

    page = client.get("/where", params={"q": "a1"}).text

    assert "The record of the file was removed at its age" in page
    assert '<a href="/articles/a1">The article</a> is still stored' in page
    assert "Check the spelling" not in page


def test_where_says_of_a_deleted_article_who_deleted_it(desk: Any, clock: ManualClock, client: TestClient) -> None:
    deletion = Deletion(article_id=ArticleId("a1"), at=clock.now(), by="legal <desk>", reason="takedown")
    desk.store.articles.refuse(deletion)

    page = client.get("/where", params={"q": "a1"}).text

    assert "the article a1 was deleted by legal &lt;desk&gt; at 2026-01-01 00:00 UTC: takedown" in page
    assert "Check the spelling" not in page


def test_the_stream_of_changes_has_one_message_for_many_events(desk: Any) -> None:
    async def messages() -> list[bytes]:
        feed = EventFeed(OutgoingEvents(desk.store, desk.deps.clock), most_clients=1)
        with feed.joined():
            stream = changes(feed, least=0)
            opening = await anext(stream)
            while feed.live is None:
                assert await feed.has_news(60)
            for number in range(3):
                desk.deliver(f"story{number}.txt")
            first = await asyncio.wait_for(anext(stream), 60)
            desk.deliver("late.txt")
            second = await asyncio.wait_for(anext(stream), 60)
            await stream.aclose()  # type: ignore[attr-defined]  # an async generator
            feed.closing.set()
        return [opening, first, second]

    opening, first, second = asyncio.run(messages())

    assert opening.startswith(b": changes of copytaster")
    assert first.startswith(b"event: changed")
    assert second.startswith(b"event: changed")


def test_a_quiet_stream_of_changes_shows_that_it_lives(desk: Any) -> None:
    async def message() -> bytes:
        feed = EventFeed(OutgoingEvents(desk.store, desk.deps.clock), most_clients=1)
        with feed.joined():
            stream = changes(feed, heartbeat=0.01)
            await anext(stream)
            quiet = await asyncio.wait_for(anext(stream), 60)
            await stream.aclose()  # type: ignore[attr-defined]  # an async generator
            feed.closing.set()
        return quiet

    assert asyncio.run(message()).startswith(b": heartbeat")


def test_too_many_readers_get_a_problem_instead_of_a_stream(desk: Any) -> None:
    client = desk.client()
    client.app.state.feed = EventFeed(OutgoingEvents(desk.store, desk.deps.clock), most_clients=0)

    answer = client.get("/changes")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
