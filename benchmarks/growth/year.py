"""A year in fast time: the core with a clock that is advanced, retention on, against a real server."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from prometheus_client import CollectorRegistry
from redis import Redis

from benchmarks.growth.chart import Panel
from benchmarks.growth.desks import Desks
from benchmarks.growth.owners import without_owner
from benchmarks.growth.server_time import pass_time
from benchmarks.own_server import used_memory
from benchmarks.pipeline.articles import generate
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.retention import open_retention
from copytaster.bootstrap.store import redis_store
from copytaster.bootstrap.stories import open_story_tending
from copytaster.clock import ManualClock
from copytaster.metrics import WatcherMetrics
from copytaster.settings import PREFIX, Settings
from copytaster.store.keys import Keys
from copytaster.store.redis.events import EVENTS_KEPT
from copytaster.store.store import Store
from copytaster.stories.closing import AT_ONCE

FULL_DAY = 3_000
"""Articles of a day at a regional desk with an agency's wire. With fewer, the stream of events is cut to its share."""

DAY = timedelta(days=1)

OWNER = "benchmark"

EVERY = 5
"""Days between two points."""

PLATEAU = (100, 200)
"""The days whose mean memory is the plateau: every default age of the retention has passed, 90 days at most."""


@dataclass(frozen=True, slots=True)
class Day:
    """The state at the end of a day: listed articles, bytes of all data, and what each article of the day has cost.

    The cost has what the server did for the removal of older articles meanwhile.
    """

    number: int
    articles: int
    bytes: int
    cpu_ms: float

    @property
    def row(self) -> dict[str, Any]:
        """The day, with processor milliseconds for an article."""
        return {"day": self.number, "articles": self.articles, "bytes": self.bytes, "cpu_ms": round(self.cpu_ms, 3)}


def live(client: Redis, desks: Desks, *, days: int, per_day: int, seed: int) -> tuple[list[Day], dict[str, Any]]:
    """Let days pass, and return some of them, with the walk over all keys at the end.

    What a day leaves to the background jobs they do while the files of the next one are processed, as in a system that
    runs. The days that are returned are written to standard error when they end: a year of full days takes hours.
    """
    clock = ManualClock(datetime.now(UTC))
    settings, interval = load_settings({}), DAY / per_day
    store = redis_store(client, clock=clock, window=timedelta(days=settings.near_days))
    files = generate(days * per_day, "wire", seed=seed, at=clock.now(), interval=interval)
    # Stories are closed only in a store that was compared with its archive.
    store.epoch.acquire(OWNER, lease=DAY)
    store.epoch.mark_complete(OWNER, owner=OWNER, run=store.epoch.read().run, until=clock.now())
    empty, passed = used_memory(client), list[Day]()
    with tempfile.TemporaryDirectory(prefix="copytaster-growth-") as folder, ThreadPoolExecutor(1) as beside:
        night = _Night(client, store, clock, load_settings({f"{PREFIX}DATA": folder}), per_day)
        jobs: Future[None] | None = None
        for number in range(1, days + 1):
            seconds = desks.process(islice(files, per_day), at=clock.now(), interval=interval)
            if jobs:
                jobs.result()
            clock.advance(seconds=DAY.total_seconds())
            jobs = beside.submit(night.pass_by)
            if number % EVERY == 0 or number == days:
                jobs.result()
                ends = Day(number, store.articles.count(), used_memory(client) - empty, 1000 * seconds / per_day)
                print(json.dumps(ends.row), file=sys.stderr, flush=True)
                passed.append(ends)
    return passed, without_owner(client, store)


class _Night:
    """The background jobs after a day, and what of the server's own time has to pass with it."""

    def __init__(self, client: Redis, store: Store, clock: ManualClock, settings: Settings, per_day: int) -> None:
        self._client = client
        self._per_day = per_day
        self._job = open_retention(settings, store, WatcherMetrics(CollectorRegistry()), clock=clock)
        self._tending = open_story_tending(settings, store, clock=clock)

    def pass_by(self) -> None:
        """Do what is due at the present time of the clock."""
        pass_time(self._client, DAY)
        self._job.prune()
        for _ in range(1 + self._per_day // AT_ONCE):
            self._tending.step()
        kept = EVENTS_KEPT * self._per_day // FULL_DAY
        self._client.xtrim(Keys().events(), maxlen=kept, approximate=False)


def figures(days: list[Day], walk: dict[str, Any]) -> dict[str, Any]:
    """Return the days, the end against the plateau, and the walk."""
    flat = [each for each in days if PLATEAU[0] <= each.number <= PLATEAU[1]]
    last = days[-max(1, len(flat) // 4) :]
    ends: dict[str, float] = {
        "days": days[-1].number,
        "articles_at_end": days[-1].articles,
        "server_bytes_at_end": days[-1].bytes,
    }
    if flat:
        ends |= {
            "bytes_at_end_of_plateau": round(_mean(last, "bytes") / _mean(flat, "bytes"), 3),
            "cpu_ms_at_end_of_plateau": round(_mean(last, "cpu_ms") / _mean(flat, "cpu_ms"), 3),
        }
    return ends | {"walk": walk, "points": [each.row for each in days]}


def panels(days: list[Day]) -> list[Panel]:
    """Return the panels of the chart."""
    xs = [float(each.number) for each in days]
    return [
        Panel("server memory, megabytes", "days", xs, {"memory": [each.bytes / 1e6 for each in days]}),
        Panel("listed articles", "days", xs, {"articles": [float(each.articles) for each in days]}),
        Panel("processor milliseconds for an article", "days", xs, {"all": [each.cpu_ms for each in days]}),
    ]


def _mean(days: list[Day], name: str) -> float:
    return statistics.mean(float(getattr(each, name)) for each in days)
