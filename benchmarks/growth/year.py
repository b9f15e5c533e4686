"""A year in fast time: the core with a clock that is advanced, retention on, against a real server."""

from __future__ import annotations

import statistics
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from prometheus_client import CollectorRegistry
from redis import Redis

from benchmarks.growth.chart import Panel
from benchmarks.growth.desk import Cost, Desk
from benchmarks.growth.owners import without_owner
from benchmarks.growth.server_time import pass_time
from benchmarks.own_server import used_memory
from benchmarks.pipeline.articles import generate
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.retention import open_retention
from copytaster.bootstrap.stories import open_story_tending
from copytaster.clock import ManualClock
from copytaster.metrics import WatcherMetrics
from copytaster.settings import PREFIX
from copytaster.store.keys import Keys
from copytaster.store.redis.events import EVENTS_KEPT
from copytaster.stories.closing import AT_ONCE

FULL_DAY = 3_000
"""Articles of a day at a regional desk with an agency's wire. With fewer, the stream of events is cut to its share."""

DAY = timedelta(days=1)

EVERY = 5
"""Days between two points."""

PLATEAU = (100, 200)
"""The days whose mean memory is the plateau: every default age of the retention has passed, 90 days at most."""


@dataclass(frozen=True, slots=True)
class Day:
    """The state at the end of a day: listed articles, bytes of all data, and the cost of the day's articles."""

    number: int
    articles: int
    bytes: int
    cost: Cost

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds for an article."""
        return 1000 * (self.cost.client + self.cost.server) / self.cost.articles


def live(client: Redis, *, days: int, per_day: int, seed: int) -> tuple[list[Day], dict[str, Any]]:
    """Let days pass, and return some of them, with the walk over all keys at the end."""
    clock = ManualClock(datetime.now(UTC))
    desk, interval = Desk(client, clock), DAY / per_day
    files = generate(days * per_day, "wire", seed=seed, at=clock.now(), interval=interval)
    empty, passed = used_memory(client), list[Day]()
    with tempfile.TemporaryDirectory(prefix="copytaster-growth-") as folder:
        settings = load_settings({f"{PREFIX}DATA": folder})
        job = open_retention(settings, desk.store, WatcherMetrics(CollectorRegistry()), clock=clock)
        tending = open_story_tending(settings, desk.store, clock=clock)
        for number in range(1, days + 1):
            cost = desk.process(list(islice(files, per_day)), interval=interval)
            pass_time(client, DAY)
            job.prune()
            for _ in range(1 + per_day // AT_ONCE):
                tending.step()
            client.xtrim(Keys().events(), maxlen=EVENTS_KEPT * per_day // FULL_DAY, approximate=False)
            if number % EVERY == 0 or number == days:
                passed.append(Day(number, desk.store.articles.count(), used_memory(client) - empty, cost))
    return passed, without_owner(client, desk.store)


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
    points = [
        {"day": each.number, "articles": each.articles, "bytes": each.bytes, "cpu_ms": round(each.cpu_ms, 3)}
        for each in days
    ]
    return ends | {"walk": walk, "points": points}


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
