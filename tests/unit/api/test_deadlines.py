"""The deadline of requests that read: while they wait for a thread, before each command, and not for streams."""

from __future__ import annotations

import math
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import pytest
from starlette.responses import PlainTextResponse, StreamingResponse

from copytaster.clock import Deadline, present_deadline
from copytaster.errors import DeadlineError
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.work import EmptyQueues, QueueDepth, Work
from copytaster.recovery.retry import UnknownDeliveryError
from copytaster_api.deadlines import RequestDeadline

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from starlette.types import Receive, Scope, Send

    from tests.conftest import Waiter

SOON = 0.05
LONG = 60.0


class SlowQueues(EmptyQueues):
    """A broker that answers so slowly that the deadline passes meanwhile."""

    def __init__(self, wait: Waiter) -> None:
        self._wait = wait

    def depth(self, work: Work) -> QueueDepth:
        """Fail as the client of the server does at the first command past the deadline."""
        deadline = present_deadline.get()
        assert deadline
        self._wait(lambda: deadline.remaining <= 0, seconds=LONG)
        raise DeadlineError(f"too late for {work}")


def assert_given_up(answer: Any) -> None:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json()["type"] == "/docs#deadline"


def test_a_request_is_given_up_at_its_next_command_past_the_deadline(desk: Any, wait: Waiter) -> None:
    client = desk.client(queues=SlowQueues(wait), request_seconds=SOON)

    assert_given_up(client.get("/api/v1/queues"))
    assert client.get("/livez").status_code == 200


def test_a_request_that_waits_for_a_thread_is_given_up_although_the_thread_is_still_busy(desk: Any) -> None:
    entered, released = threading.Event(), threading.Event()

    def retry(delivery_id: DeliveryId, _: str) -> Delivery:
        entered.set()
        assert released.wait(LONG)
        raise UnknownDeliveryError(delivery_id)

    client = desk.client(retry=retry, request_seconds=SOON)

    def one_thread() -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = 1

    with client, ThreadPoolExecutor() as pool:
        client.portal.call(one_thread)
        change = pool.submit(client.post, "/api/v1/deliveries/d1/retry")
        assert entered.wait(LONG)
        try:
            assert_given_up(client.get("/api/v1/workers"))
        finally:
            released.set()
        assert change.result(LONG).status_code == 404


def test_what_comes_too_late_is_not_mixed_with_the_answer(client: TestClient) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await PlainTextResponse("too late")(scope, receive, send)

    answer = type(client)(RequestDeadline(app, seconds=SOON)).get("/")

    assert_given_up(answer)


def test_a_stream_that_has_begun_has_no_deadline(client: TestClient) -> None:
    ends: list[float] = []

    async def pieces(deadline: Deadline) -> AsyncIterator[bytes]:
        ends.extend([deadline.remaining, anyio.current_effective_deadline()])
        yield b"one"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        deadline = present_deadline.get()
        assert deadline
        assert deadline.remaining < LONG
        await StreamingResponse(pieces(deadline))(scope, receive, send)

    assert type(client)(RequestDeadline(app, seconds=LONG)).get("/").content == b"one"
    assert ends == [math.inf, math.inf]


def test_what_a_request_has_started_goes_on_after_it(client: TestClient) -> None:
    found: list[Deadline | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        found.append(present_deadline.get())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        type(client)(RequestDeadline(app, seconds=LONG)).get("/")

    assert found[0]
    assert found[0].remaining == math.inf


def test_a_change_has_no_deadline(client: TestClient) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert present_deadline.get() is None
        assert anyio.current_effective_deadline() == math.inf
        await PlainTextResponse("done")(scope, receive, send)

    assert type(client)(RequestDeadline(app, seconds=SOON)).post("/").text == "done"
