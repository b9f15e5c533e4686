"""Both clients against answers that the test makes: pages, retries, errors, uploads and streams of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx2
import pytest

from copytaster.client import ApiError, ApiUnreachableError, AsyncClient, Client, NotFoundError
from copytaster.client.event_stream import Gap
from copytaster.outbound.cloud_event import CloudEvent
from tests.factories import START, a_delivery, an_article

Answer = Callable[[httpx2.Request], httpx2.Response]
Work = Callable[[Any], Any]


class Server:
    """Answers requests one after another, and keeps them and the pauses between them."""

    def __init__(self) -> None:
        self.answers: list[httpx2.Response | Exception] = []
        self.requests: list[httpx2.Request] = []
        self.pauses: list[float] = []

    def _next(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def blocking(self, work: Callable[[Client], Any]) -> Any:
        """Return what the work returns with the blocking client."""

        def answer(request: httpx2.Request) -> httpx2.Response:
            request.read()
            return self._next(request)

        with Client(transport=httpx2.MockTransport(answer), key="ct_secret", pause=self.pauses.append) as client:
            found = work(client)
            return list(found) if isinstance(found, Iterator) else found

    def concurrent(self, work: Callable[[AsyncClient], Any]) -> Any:
        """Return what the work returns with the client for asyncio."""

        async def answer(request: httpx2.Request) -> httpx2.Response:
            await request.aread()
            return self._next(request)

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        async def run() -> Any:
            transport = httpx2.MockTransport(answer)
            async with AsyncClient(transport=transport, key="ct_secret", pause=pause) as client:
                found = work(client)
                return await found if isinstance(found, Awaitable) else [each async for each in found]

        return asyncio.run(run())


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture(params=["blocking", "concurrent"])
def run(request: pytest.FixtureRequest, server: Server) -> Callable[[Work], Any]:
    """Return a function that does some work with one of the clients."""
    found: Callable[[Work], Any] = getattr(server, request.param)
    return found


def a_document(**more: Any) -> dict[str, Any]:
    return an_article().model_dump(mode="json") | more


def an_answer(document: Any, status: int = 200, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json=document, headers=headers)


def test_an_article_is_a_document_of_the_core(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [an_answer(a_document())]

    assert run(lambda client: client.article("a1")) == an_article()
    assert str(server.requests[0].url) == "http://127.0.0.1:8000/api/v1/articles/a1"
    assert server.requests[0].headers["Authorization"] == "Bearer ct_secret"


def test_fields_of_a_newer_server_are_ignored(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [an_answer(a_document(mood="sunny"))]

    assert run(lambda client: client.article("a1")) == an_article()


def test_a_list_is_read_page_by_page_with_its_filters(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [
        an_answer({"items": [a_document(id="a1", highlights=None)], "next_cursor": "7-a1"}),
        an_answer({"items": [], "next_cursor": "6-a0"}),  # a page may be empty although others follow
        an_answer({"items": [a_document(id="a2", highlights=None)], "next_cursor": None}),
    ]

    found = run(lambda client: client.articles(topic="economy", published_from=START, withheld=True, source=None))

    assert [each.id for each in found] == ["a1", "a2"]
    queries = [dict(each.url.params) for each in server.requests]
    filters = {"topic": "economy", "published_from": "2026-01-01T00:00:00+00:00", "withheld": "true"}
    assert queries == [filters, filters | {"cursor": "7-a1"}, filters | {"cursor": "6-a0"}]


def test_an_id_cannot_become_another_path(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [an_answer(a_document())]

    run(lambda client: client.article("../deliveries?x=1"))

    assert server.requests[0].url.raw_path == b"/api/v1/articles/..%2Fdeliveries%3Fx%3D1"


@pytest.mark.parametrize(
    "failure",
    [
        lambda: an_answer({}, 503),
        lambda: an_answer({}, 429),
        lambda: httpx2.ConnectError("refused"),
        lambda: httpx2.ReadTimeout("silence"),
    ],
)
def test_a_call_without_an_answer_is_repeated(
    server: Server, run: Callable[[Work], Any], failure: Callable[[], httpx2.Response | Exception]
) -> None:
    server.answers = [failure(), failure(), an_answer(a_document())]

    assert run(lambda client: client.article("a1")).id == "a1"
    assert server.pauses == [0.5, 1.0]


def test_the_api_says_when_to_try_again(server: Server, run: Callable[[Work], Any]) -> None:
    headers = {"Retry-After": "7"}
    server.answers = [httpx2.Response(503, headers=headers), an_answer(a_document())]

    run(lambda client: client.article("a1"))

    assert server.pauses == [7.0]


def test_an_api_that_does_not_answer_is_named_after_the_last_attempt(
    server: Server, run: Callable[[Work], Any]
) -> None:
    server.answers = [httpx2.ConnectError("connection refused")] * 5

    with pytest.raises(ApiUnreachableError, match=r"http://127.0.0.1:8000 does not answer: connection refused; check"):
        run(lambda client: client.status())
    assert server.pauses == [0.5, 1.0, 2.0, 4.0]


def test_a_refusal_has_the_detail_of_the_problem_and_is_not_repeated(
    server: Server, run: Callable[[Work], Any]
) -> None:
    server.answers = [an_answer({"detail": "topic: unknown", "status": 422}, 422)]

    with pytest.raises(ApiError, match="topic: unknown") as caught:
        run(lambda client: client.articles(topic="x"))
    assert caught.value.status == 422


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_an_error_of_its_own(server: Server, run: Callable[[Work], Any], status: int) -> None:
    server.answers = [an_answer({"detail": "there is no article a9"}, status)]

    with pytest.raises(NotFoundError, match="a9"):
        run(lambda client: client.article("a9"))


def test_an_answer_of_something_else_is_an_error(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [httpx2.Response(200, text="<h1>Router</h1>")]

    with pytest.raises(ApiError, match="answered something else"):
        run(lambda client: client.status())


def test_an_upload_is_repeated_with_its_key(server: Server, run: Callable[[Work], Any], tmp_path: Path) -> None:
    file = tmp_path / "story.html"
    file.write_bytes(b"<p>Harbour")
    server.answers = [httpx2.ConnectError("refused"), an_answer(a_delivery().model_dump(mode="json"), 202)]

    delivery = run(lambda client: client.upload(file, source="desk", title="Harbour"))

    first, second = server.requests
    assert delivery == a_delivery()
    assert dict(second.url.params) == {"name": "story.html", "source": "desk", "title": "Harbour"}
    assert (first.content, second.content) == (b"<p>Harbour", b"<p>Harbour")
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


def test_bytes_need_a_name(run: Callable[[Work], Any]) -> None:
    with pytest.raises(ValueError, match="bytes have no name"):
        run(lambda client: client.upload(b"x"))


def test_a_retry_of_a_failed_file_is_not_sent_twice(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [httpx2.ReadTimeout("silence")]

    with pytest.raises(ApiUnreachableError):
        run(lambda client: client.retry("d1"))
    assert len(server.requests) == 1


def a_stream(*messages: str) -> httpx2.Response:
    return httpx2.Response(
        200, text="".join(f"{each}\n\n" for each in messages), headers={"Content-Type": "text/event-stream"}
    )


def an_event(event_id: str) -> str:
    event = CloudEvent(id=event_id, type="article.stored", time=START, subject="a1", data={"article_id": "a1"})
    return f"id: {event_id}\nevent: article.stored\ndata: {event.document()}"


async def first(events: Any, count: int) -> list[Any]:
    found: list[Any] = []
    async for each in events:
        found.append(each)
        if len(found) == count:
            break
    return found


def follow(server: Server, run: Callable[[Work], Any], count: int, **options: Any) -> list[Any]:
    """Return the first events with whichever client ``run`` has."""
    if run == server.blocking:
        found: list[Any] = run(lambda client: list(islice(client.events(**options), count)))
        return found
    waited: list[Any] = run(lambda client: first(client.events(**options), count))
    return waited


def test_a_broken_stream_goes_on_after_the_last_position(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [
        a_stream(": connected\nid: 3-0", an_event("4-0")),
        httpx2.ConnectError("refused"),
        httpx2.Response(503),
        a_stream(an_event("5-0"), an_event("6-0")),
    ]

    events = follow(server, run, 2, types=["article.*"], sources=["wire", "desk"], after="2-0")

    assert [each.id for each in events] == ["4-0", "5-0"]
    assert [each.headers.get("Last-Event-ID") for each in server.requests] == [None, "4-0", "4-0", "4-0"]
    assert server.requests[0].url.params.multi_items() == [
        ("type", "article.*"),
        ("source", "wire"),
        ("source", "desk"),
        ("after", "2-0"),
    ]
    assert server.pauses == [0.5, 1.0, 2.0]


def test_a_stream_without_events_keeps_its_position(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [a_stream(": heartbeat\nid: 9-0"), a_stream(an_event("10-0"))]

    follow(server, run, 1)

    assert server.requests[1].headers["Last-Event-ID"] == "9-0"


def test_missing_events_are_said(server: Server, run: Callable[[Work], Any]) -> None:
    data = json.dumps({"missing_after": "1-0", "going_on_after": "7-0"})
    server.answers = [a_stream(f"event: gap\nid: 7-0\ndata: {data}")]

    (gap,) = follow(server, run, 1, after="1-0")

    assert isinstance(gap, Gap)
    assert (gap.data.missing_after, gap.data.going_on_after) == ("1-0", "7-0")


def test_a_refused_stream_is_an_error(server: Server, run: Callable[[Work], Any]) -> None:
    server.answers = [an_answer({"detail": "type: no event has this type"}, 422)]

    with pytest.raises(ApiError, match="no event has this type"):
        follow(server, run, 1, types=["x"])
