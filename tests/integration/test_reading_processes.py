"""The reading processes of a real API process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.pipeline.processes import children_of
from tests.integration.api_process import Api, running

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

LIST = "/api/v1/articles"


@pytest.fixture
def api(tmp_path: Path, server: RealServer, second_port: int, wait: Waiter) -> Iterator[Api]:
    with running(Api(tmp_path, server, second_port), wait) as api:
        yield api


def below(pid: int) -> list[int]:
    return [each for child in children_of(pid) for each in (child, *below(child))]


def readers_of(api: Api) -> list[int]:
    """Return the processes that were forked from the one that has imported the application."""
    return [each for child in children_of(api.process.pid) for each in children_of(child)]


def test_ended_processes_are_replaced_while_requests_are_answered(api: Api, wait: Waiter) -> None:
    wait(lambda: len(readers_of(api)) == 2, seconds=60)
    former = set(readers_of(api))
    for each in former:
        os.kill(each, signal.SIGKILL)
    statuses = [api.get(LIST)[0] for _ in range(20)]
    wait(lambda: len(set(readers_of(api)) - former) == 2, seconds=60)

    assert statuses == [200] * 20
    assert api.get(LIST)[0] == 200


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_they_end_with_the_main_process(api: Api, wait: Waiter, how: signal.Signals) -> None:
    wait(lambda: len(readers_of(api)) == 2, seconds=60)
    processes = below(api.process.pid)
    api.process.send_signal(how)
    api.process.wait(timeout=30)

    wait(lambda: not any(Path(f"/proc/{each}").exists() for each in processes), seconds=30)
