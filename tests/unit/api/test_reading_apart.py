"""Requests that a reading process answers have the answers of the application itself."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs

from copytaster.errors import ServerUnavailableError
from copytaster.model.access import Scope
from copytaster.monitoring.server_watch import ServerWatch
from copytaster_api.app import create_app, create_reading_app
from copytaster_api.dependencies import ApiDependencies
from copytaster_api.reading_pool import ReadingPool
from copytaster_api.reading_process import answer_all

with warnings.catch_warnings():
    # Starlette wants httpx2 where httpx serves as well.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

PATHS = (
    "/api/v1/articles",
    "/api/v1/articles?limit=1&fields=id,title",
    "/api/v1/articles?limit=none",
    "/api/v1/articles?q=%22harbour",
    "/api/v1/articles/a1",
    "/api/v1/articles/a9",
    "/api/v1/articles/a1/versions",
    "/api/v1/articles/a1/duplicates",
    "/api/v1/deliveries",
    "/api/v1/stories",
    "/api/v1/sources",
)

OTHERS = ("/livez", "/api/v1/status", "/articles", "/api/v1/articles.atom", "/api/v1/stories/s1/decisions")

VARIABLE = {"x-request-id", "content-length"}


class ThreadProcess:
    """A reading process that is a thread, over the store of the test."""

    exitcode = 0

    def __init__(self, connection: socket.socket, deps: ApiDependencies) -> None:
        self.requests = 0
        own = connection.dup()

        def create() -> Any:
            app = create_reading_app(deps)

            async def counted(*arguments: Any) -> None:
                self.requests += 1
                await app(*arguments)

            return counted

        self._thread = threading.Thread(target=lambda: asyncio.run(answer_all(own, create)))
        self._thread.start()

    def join(self) -> None:
        """Wait for the end of the thread."""
        self._thread.join()


@contextmanager
def reading_apart(desk: Any, wait: Any, **changed: Any) -> Iterator[tuple[TestClient, list[ThreadProcess]]]:
    deps, started = replace(desk.deps, **changed), list[ThreadProcess]()

    def start(connection: socket.socket) -> Any:
        started.append(ThreadProcess(connection, replace(desk.deps, authentication=None)))
        return started[-1]

    pool = ReadingPool(1, start=start)
    with TestClient(create_app(deps, pool), raise_server_exceptions=False) as client:
        wait(lambda: pool.is_ready, seconds=30)
        yield client, started
    for each in started:
        each.join()


def essence(answer: Any) -> tuple[Any, ...]:
    document = answer.json() if answer.content else None
    if isinstance(document, dict):
        document.pop("request_id", None)
    return answer.status_code, {k: v for k, v in answer.headers.items() if k not in VARIABLE}, document


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_answers_are_those_of_the_application_itself(desk: Any, wait: Any, method: str) -> None:
    desk.publish_tagged("a1")
    desk.publish("a2", text="The council met again. " * 100)
    desk.deliver()
    alone = desk.client()
    with reading_apart(desk, wait) as (client, (process,)):
        for path in PATHS:
            for headers in ({}, {"Accept-Encoding": "identity"}):
                apart, own = (each.request(method, path, headers=headers) for each in (client, alone))
                assert essence(apart) == essence(own), path

    assert process.requests == 2 * len(PATHS)


def test_problems_have_the_id_of_the_request(desk: Any, wait: Any) -> None:
    with reading_apart(desk, wait) as (client, _):
        answer = client.get("/api/v1/articles/a9", headers={"X-Request-ID": "mine"})

    assert answer.json()["request_id"] == answer.headers["X-Request-ID"] == "mine"


def test_who_has_the_document_gets_no_second_one(desk: Any, wait: Any) -> None:
    desk.publish("a1", text="The council met again. " * 100)
    with reading_apart(desk, wait) as (client, _):
        for path in ("/api/v1/articles", "/api/v1/articles/a1"):
            tag = client.get(path).headers["ETag"]
            again = client.get(path, headers={"If-None-Match": tag})

            assert tag.endswith('-gzip"')
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)


def test_a_key_is_restricted_to_its_sources(keys: Any, wait: Any) -> None:
    keys.desk.publish("a1", source="wire")
    keys.desk.publish("a2", source="rival")
    with reading_apart(keys.desk, wait, authentication=keys.authentication) as (client, (process,)):
        headers = keys.bearer(Scope.READ, "wire")
        listed = client.get("/api/v1/articles", headers=headers).json()["items"]
        other = client.get("/api/v1/articles/a2", headers=headers).status_code
        without_key = client.get("/api/v1/articles").status_code

    assert [each["id"] for each in listed] == ["a1"]
    assert (other, without_key, process.requests) == (404, 401, 1)


def test_changes_pages_and_everything_else_stay_in_the_main_process(desk: Any, wait: Any) -> None:
    desk.publish("a1")
    with reading_apart(desk, wait) as (client, (process,)):
        statuses = [client.get(each).status_code for each in OTHERS]
        statuses.append(client.post("/api/v1/articles/a1/accept").status_code)

    assert (statuses, process.requests) == ([200, 200, 200, 200, 503, 503], 0)


def test_during_an_outage_the_main_process_answers_at_once(desk: Any, wait: Any) -> None:
    with reading_apart(desk, wait, watch=_watch_of_an_outage(desk)) as (client, (process,)):
        answer = client.get("/api/v1/articles")

    assert (answer.status_code, answer.json()["type"], process.requests) == (503, "/docs#server-away", 0)


class FaultyLedger:
    """A ledger with a fault of the program."""

    def page(self, query: object) -> NoReturn:
        raise ZeroDivisionError(query)


@pytest.mark.parametrize("fails_in_both", [True, False])
def test_a_fault_of_the_program_is_answered_at_once_and_by_the_main_process(
    desk: Any, wait: Any, *, fails_in_both: bool
) -> None:
    faulty = replace(desk.store, ledger=FaultyLedger())
    own = faulty if fails_in_both else desk.store
    apart = type(desk)(replace(desk.deps, store=faulty, request_seconds=30.0))
    with capture_logs() as lines, reading_apart(apart, wait, store=own) as (client, (process,)):
        begin = time.monotonic()
        answers = [client.get("/api/v1/deliveries") for _ in range(2)]

        assert time.monotonic() - begin < 20

    assert [each.status_code for each in answers] == [500, 500] if fails_in_both else [200, 200]
    assert process.requests == 2
    assert [each["event"] for each in lines].count("api.reading_failed") == 2


def _watch_of_an_outage(desk: Any) -> ServerWatch:
    def fail() -> None:
        raise ServerUnavailableError("no answer")

    watch = ServerWatch(fail, desk.deps.clock)
    watch.check()
    return watch
