"""The core over a real server in several processes, so that a year of full days uses all cores."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context

from redis import Redis

from benchmarks.growth.desk import Desk, log_warnings_only
from benchmarks.own_server import server_seconds
from benchmarks.pipeline.articles import InputFile
from copytaster.clock import ManualClock
from copytaster.model.batches import batched
from copytaster.store.redis.client import connect
from copytaster_cli.processes.embedded_server import HOST

AT_ONCE = 100
"""Files of a task, several messages: the processes stay within seconds of each other on the advanced clock."""


@dataclass(slots=True)
class _Process:
    """What a process keeps between tasks."""

    clock: ManualClock
    desk: Desk


_opened: list[_Process] = []


@dataclass(frozen=True, slots=True)
class Desks:
    """Several desks, each in its own process, over one server."""

    client: Redis
    pool: ProcessPoolExecutor

    def process(self, files: Iterable[InputFile], *, at: datetime, interval: timedelta) -> float:
        """Put files through, the first of them at ``at``; return processor seconds of all desks and of the server."""
        before = server_seconds(self.client)
        tasks = [
            self.pool.submit(_process, group, at + number * AT_ONCE * interval, interval)
            for number, group in enumerate(batched(files, AT_ONCE))
        ]
        desks = sum(each.result() for each in tasks)
        return desks + server_seconds(self.client) - before


@contextmanager
def open_desks(client: Redis) -> Iterator[Desks]:
    """Provide desks over the server of ``client``, one for each processor and one for the waits of the others."""
    port = client.connection_pool.connection_kwargs["port"]
    url = f"redis://{HOST}:{port}/0"
    processes = 1 + len(os.sched_getaffinity(0))
    # Processes are started afresh: a copy of this one would share its connections.
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=_open, initargs=(url,)) as pool:
        yield Desks(client, pool)


def _open(url: str) -> None:
    log_warnings_only()
    clock = ManualClock()
    _opened.append(_Process(clock, Desk(connect(url, name="benchmark"), clock)))


def _process(files: Sequence[InputFile], at: datetime, interval: timedelta) -> float:
    (process,) = _opened
    process.clock.advance(seconds=(at - process.clock.now()).total_seconds())
    return process.desk.process(files, interval=interval).client
