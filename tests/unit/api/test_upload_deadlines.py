from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import h11
import pytest

from copytaster_api.connections import BODY_SECONDS, UPLOAD, UPLOAD_BYTES, BoundedProtocol


class Timers:
    """An event loop whose timers a test runs."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], object]]] = []

    def time(self) -> float:
        return 0.0

    def call_later(self, seconds: float, function: Callable[[], object]) -> SimpleNamespace:
        self.waiting.append((seconds, function))
        return SimpleNamespace(cancel=lambda: None)

    def pass_time(self) -> None:
        """Run the timer that was set last."""
        self.waiting.pop()[1]()


def receiving(method: str, path: str) -> tuple[Any, Timers, list[str]]:
    """Return a connection that has the header of a request and reads its body."""
    connection, timers, ends = object.__new__(BoundedProtocol), Timers(), list[str]()
    vars(connection).update(
        loop=timers,
        transport=SimpleNamespace(abort=lambda: ends.append("aborted")),
        conn=SimpleNamespace(their_state=h11.SEND_BODY),
        scope={"method": method, "path": path},
        _phase=None,
        _received=0,
        _deadline=None,
    )
    connection._watch()
    return connection, timers, ends


def test_an_upload_may_take_as_long_as_enough_of_it_arrives() -> None:
    connection, timers, ends = receiving(*UPLOAD)

    for _ in range(100):
        connection._received += UPLOAD_BYTES
        timers.pass_time()

    assert ends == []
    assert [seconds for seconds, _ in timers.waiting] == [BODY_SECONDS]


@pytest.mark.parametrize(
    ("method", "path", "received"),
    [
        (*UPLOAD, UPLOAD_BYTES - 1),
        ("POST", "/api/v1/jobs", UPLOAD_BYTES),
        ("GET", "/api/v1/deliveries", UPLOAD_BYTES),
    ],
)
def test_a_slow_upload_and_any_other_long_body_are_ended(method: str, path: str, received: int) -> None:
    connection, timers, ends = receiving(method, path)
    connection._received += received

    timers.pass_time()

    assert ends == ["aborted"]
    assert timers.waiting == []
