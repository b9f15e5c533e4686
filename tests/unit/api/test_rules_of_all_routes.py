"""What holds for every route: unknown parameters, HEAD, request ids, compression, entity tags, headers of errors."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import pytest
import structlog
from starlette.responses import PlainTextResponse

from copytaster.model.article import Duplicate, Tagging
from copytaster.model.delivery import DeliveryId
from copytaster.model.pin import Pin
from copytaster_api.connections import UPLOAD
from copytaster_api.headers import HEADERS
from copytaster_api.problems import MEDIA_TYPE
from copytaster_api.request_ids import RequestIds

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from starlette.types import Receive, Scope, Send

    from copytaster.clock import ManualClock

STREAM = "/api/v1/events"
LIST = "/api/v1/articles"


def operations(client: TestClient) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and description of each route, with ids that do not exist in the path."""
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            given = {each["name"]: "s404" for each in operation.get("parameters", []) if each["in"] == "path"}
            yield method.upper(), path.format(**given), operation


def readable(client: TestClient) -> list[str]:
    """Return the addresses whose answers end by themselves."""
    return [path for method, path, each in operations(client) if method == "GET" and not is_stream(each)]


def is_stream(operation: dict[str, Any]) -> bool:
    return "text/event-stream" in operation["responses"]["200"].get("content", {})


def test_every_route_refuses_unknown_parameters_and_names_the_known_ones(client: TestClient) -> None:
    for method, path, operation in operations(client):
        answer = client.request(method, path, params={"sorce": "wire", "": "x"})

        known = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (422, "/docs#wrong-parameter"), (method, path)
        assert [each["name"] for each in problem["parameters"]] == ["sorce", '""']
        expected = (
            f"unknown; the parameters are {', '.join(known)}" if known else "unknown; there are no parameters here"
        )
        assert {each["message"] for each in problem["parameters"]} == {expected}, (method, path)


def test_every_route_refuses_a_repeated_parameter_that_has_one_value(client: TestClient) -> None:
    for method, path, operation in operations(client):
        queried = [each for each in operation.get("parameters", []) if each["in"] == "query"]
        single = {each["name"] for each in queried if each["schema"].get("type") != "array"}
        if not single:
            continue
        answer = client.request(method, path, params=[(each["name"], "1") for each in queried for _ in range(2)])

        refused = {each["name"] for each in answer.json()["parameters"] if "given several times" in each["message"]}
        assert (answer.status_code, refused) == (422, single), (method, path)


@pytest.mark.parametrize("is_announced", [True, False])
def test_no_route_but_that_of_uploads_reads_a_large_body(client: TestClient, *, is_announced: bool) -> None:
    part = b'{"by": "' + 64 * 1024 * b"x"
    statuses = {}
    for method, path, operation in operations(client):
        if "requestBody" in operation and (method, path) != UPLOAD:
            body = 20 * part if is_announced else iter(20 * [part])
            (media_type,) = operation["requestBody"]["content"]
            answer = client.request(method, path, content=body, headers={"Content-Type": media_type})
            statuses[path] = (answer.status_code, answer.headers["content-type"])

    assert len(statuses) > 5
    assert set(statuses.values()) == {(413, MEDIA_TYPE)}


def test_filters_that_may_be_repeated_are_taken_all(client: TestClient) -> None:
    answer = client.head(f"{STREAM}?type=article.stored&type=article.updated&source=wire&source=desk")

    assert answer.status_code == 200


def test_head_works_wherever_get_does(desk: Any, client: TestClient) -> None:
    desk.publish("a1")
    varying = {"x-request-id", "content-length", "etag"}  # the status has the time

    for path in [*readable(client), "/openapi.json", "/static/page.css", "/api/v1/articles/a1", "/nothing"]:
        got, asked = client.get(path), client.head(path)

        assert asked.status_code == got.status_code
        assert asked.content == b""
        assert set(asked.headers) == set(got.headers), path
        same = {name: value for name, value in got.headers.items() if name not in varying}
        assert {name: value for name, value in asked.headers.items() if name not in varying} == same


def test_head_of_the_stream_of_events_ends_after_its_headers(client: TestClient) -> None:
    answer = client.head(STREAM)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.content == b""


def test_head_changes_nothing(desk: Any, client: TestClient) -> None:
    desk.publish("a1")

    assert client.head("/api/v1/articles/a1/accept").status_code == 405


@pytest.mark.parametrize("given", ["0af7651916cd43dd8448eb211c80319c", "edge-7:42.a_b"])
def test_a_request_keeps_the_id_that_it_has(given: str, client: TestClient) -> None:
    answer = client.get("/api/v1/articles/a404", headers={"X-Request-ID": given})

    assert answer.headers.get_list("X-Request-ID") == [given]
    assert answer.json()["request_id"] == given


@pytest.mark.parametrize("given", [None, b"", b"a b", b"x" * 129, b"\x1b[31m", b"\xe4"])
def test_a_request_without_a_valid_id_gets_a_new_one(given: bytes | None, client: TestClient) -> None:
    headers = {b"X-Request-ID": given} if given is not None else {}

    first, second = (client.get("/livez", headers=headers).headers["X-Request-ID"] for _ in range(2))

    assert len(first) == len(second) == 32
    assert first != second


def test_an_unexpected_error_has_an_id_and_the_security_headers(client_broken: TestClient) -> None:
    answer = client_broken.get("/api/v1/queues", headers={"X-Request-ID": "broken-1"})

    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == "broken-1"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_what_is_logged_for_a_request_has_its_id_also_in_threads(client: TestClient) -> None:
    bound: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        bound.append(structlog.contextvars.get_contextvars()["request_id"])
        bound.append(await anyio.to_thread.run_sync(lambda: structlog.contextvars.get_contextvars()["request_id"]))
        await PlainTextResponse("")(scope, receive, send)

    type(client)(RequestIds(app)).get("/", headers={"X-Request-ID": "seen-1"})

    assert bound == ["seen-1", "seen-1"]


def plain(path: str, client: TestClient, **headers: str) -> Any:
    return client.get(path, headers={"Accept-Encoding": "identity", **headers})


def test_a_long_answer_is_compressed_for_clients_that_accept_it_and_a_stream_is_not(
    desk: Any, client: TestClient
) -> None:
    for number in range(9):
        desk.publish(f"a{number}")

    with client.stream("GET", "/api/v1/articles", headers={"Accept-Encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
    whole = plain("/api/v1/articles", client)
    stream = client.head(STREAM, headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert gzip.decompress(body) == whole.content
    assert len(body) < len(whole.content) / 2
    assert "Content-Encoding" not in whole.headers
    assert "Content-Encoding" not in stream.headers


@pytest.mark.parametrize(
    "path", ["/api/v1/articles", "/api/v1/articles/a1", "/api/v1/articles?fields=id", "/openapi.json"]
)
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_who_has_a_document_gets_304_until_it_changes(path: str, encoding: str, desk: Any, client: TestClient) -> None:
    for number in range(1, 9):
        desk.publish(f"a{number}")
    accepted = {"Accept-Encoding": encoding}
    first = client.get(path, headers=accepted)
    tag = first.headers["ETag"]

    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(path, headers=accepted | {"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert "Content-Type" not in again.headers
        assert {name: again.headers[name] for name in HEADERS} == HEADERS
    assert client.get(path, headers=accepted | {"If-None-Match": tag}).headers["ETag"] == tag
    assert client.head(path, headers=accepted | {"If-None-Match": tag}).status_code == 304
    assert client.get(path, headers=accepted | {"If-None-Match": '"other"'}).status_code == 200
    assert tag.endswith('-gzip"') is ("Content-Encoding" in first.headers)


def test_the_tag_of_an_article_changes_with_all_that_it_shows(
    desk: Any, clock: ManualClock, client: TestClient
) -> None:
    article = desk.publish("a1", status="withheld", embargoed_until=clock.now() + timedelta(hours=1))
    tagging = Tagging(language="en", topics=(), entities=(), keywords=(), provenance={})
    copy = Duplicate.model_validate(
        {"delivery_id": "d9", "kind": "exact", "score": 1, "name": "b", "source": None, "article_id": "a1"}
        | {"received_at": clock.now()}
    )
    changes: list[Callable[[], object]] = [
        lambda: desk.store.articles.annotate(article.id, 1, tagging),
        lambda: desk.store.articles.add_duplicate(article.id, copy),
        lambda: desk.store.articles.pin(article.id, Pin(by="Anna", at=clock.now())),
        lambda: clock.advance(seconds=3_600),
        lambda: desk.store.articles.add_version(article, owner=DeliveryId("d2")),
    ]

    tags = [client.get("/api/v1/articles/a1").headers["ETag"]]
    for change in changes:
        change()
        tags.append(client.get("/api/v1/articles/a1").headers["ETag"])

    assert len(set(tags)) == len(tags)
    assert [each.split("-")[0] for each in tags] == ['"1'] * 5 + ['"2']


def test_problems_and_pages_have_no_tags(client: TestClient) -> None:
    for path in ("/api/v1/articles/a404", "/docs", "/metrics"):
        assert "ETag" not in client.get(path, headers={"If-None-Match": "*"}).headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/v1/articles/a1", "DELETE, GET, HEAD"),
        ("PUT", "/api/v1/articles/a1/pin", "DELETE, POST"),
        ("DELETE", "/api/v1/webhooks", "GET, HEAD, POST"),
        ("GET", "/api/v1/articles/a1/accept", "DELETE, POST"),
    ],
)
def test_an_answer_to_a_wrong_method_names_all_methods_of_the_address(
    method: str, path: str, allowed: str, client: TestClient
) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)


def test_a_body_that_is_no_json_is_a_documented_problem(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    answer = client.post("/api/v1/stories/s1/merge", content=b"\xff{", headers=headers)
    document = client.get("/openapi.json").json()["paths"]["/api/v1/stories/{story_id}/merge"]["post"]

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "400" in document["responses"]


@pytest.mark.parametrize("body", [{"undo": "true"}, {"undo": 1}, {"version": "1"}, {"at": 0.5}, {"at": "0.5"}])
def test_values_of_a_body_have_their_types(body: dict[str, Any], client: TestClient) -> None:
    assert client.post("/api/v1/articles/a1/release", json=body).status_code == 422


def test_a_wrong_body_is_reported_whatever_the_condition(client: TestClient) -> None:
    answer = client.post("/api/v1/articles/a1/release", json={"undo": 1}, headers={"If-Match": '"x"'})

    assert answer.status_code == 422
