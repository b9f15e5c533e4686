"""The dashboard in a real browser while the server does not answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.server_watch import ServerWatch
from copytaster_api.app import ApiDependencies, create_app
from tests.browser.pages import document_of

if TYPE_CHECKING:
    from tests.conftest import Waiter


def hang() -> None:
    raise ServerUnavailableError("Timeout reading from socket: it hangs; restart it with `kill -CONT`")


def test_the_dashboard_says_since_when_the_server_does_not_answer_and_what_to_do(tmp_path: Path, wait: Waiter) -> None:
    clock = ManualClock()
    watch = ServerWatch(hang, clock)
    watch.check()
    deps = ApiDependencies(
        store=memory_store(clock), queues=EmptyQueues(), clock=clock, registry=CollectorRegistry(), watch=watch
    )

    document = document_of(create_app(deps), "/", tmp_path / "profile", wait)

    assert "the Redis server has not answered since 2026-01-01 00:00:00 UTC" in document
    assert "<code>kill -CONT</code>" in document
    assert "1 problem" in document
    assert "No data yet" in document
    assert "Loading" not in document
    assert "The status API does not answer" not in document
