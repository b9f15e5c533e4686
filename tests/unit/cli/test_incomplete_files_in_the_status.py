from __future__ import annotations

import io

import pytest
from rich.console import Console

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.status import read_status
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster_cli.rendering.status import status_page


def page(clock: ManualClock, *counts: int) -> str:
    store = memory_store(clock)
    for number, count in enumerate(counts):
        store.presence.beat(
            Heartbeat(
                part=Part.WATCHER,
                name=f"watcher@host:{number}",
                host="host",
                pid=number,
                started_at=clock.now(),
                beat_at=clock.now(),
                details={"incomplete": count},
            )
        )
    console = Console(file=io.StringIO(), width=200)
    console.print(status_page(read_status(store, EmptyQueues(), now=clock.now())))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("counts", [(3,), (3, 2)])
def test_files_that_wait_for_the_rest_of_them_are_counted_once_however_many_watchers_see_them(
    clock: ManualClock, counts: tuple[int, ...]
) -> None:
    assert "3 in the inbox, waiting to be completed" in page(clock, *counts)


@pytest.mark.parametrize("counts", [(), (0,)])
def test_nothing_is_printed_if_no_file_waits(clock: ManualClock, counts: tuple[int, ...]) -> None:
    assert "incomplete" not in page(clock, *counts)
