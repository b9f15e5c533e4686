"""The cost of an article at steps, while the store grows and nothing is removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from redis import Redis

from benchmarks.growth.chart import Panel
from benchmarks.growth.desk import STAGES, Cost, Desk
from benchmarks.growth.fit import fit
from benchmarks.own_server import used_memory
from benchmarks.pipeline.articles import generate
from copytaster.clock import ManualClock

STEPS = 12
"""Points of a curve."""

INTERVAL = timedelta(days=30) / 300_000
"""Between two articles: a store of 300,000 is then a month's, all of it in the window of near-duplicates."""

WARM_UP = 200
"""Articles before the first step, for caches and for the server's scripts."""


@dataclass(frozen=True, slots=True)
class Point:
    """The costs of the articles of a step, and the server's memory at its end."""

    articles: int
    cost: Cost
    bytes_per_article: float

    @property
    def row(self) -> dict[str, Any]:
        """The point in milliseconds for each article."""
        each = 1000 / self.cost.articles
        cpu = self.cost.client + self.cost.server
        return {
            "articles": self.articles,
            "per_cpu_second": round(self.cost.articles / cpu, 1),
            "cpu_ms": round(cpu * each, 3),
            "server_cpu_ms": round(self.cost.server * each, 3),
            "clock_ms": round(self.cost.clock * each, 3),
            "bytes_per_article": round(self.bytes_per_article),
            "commands": round(self.cost.commands / self.cost.articles, 1),
            "round_trips": round(self.cost.round_trips / self.cost.articles, 1),
            **{f"{name}_ms": round(seconds * each, 3) for name, seconds in self.cost.stages.items()},
        }


def grow(client: Redis, articles: int, seed: int) -> list[Point]:
    """Return the points of a store that grows to ``articles``."""
    clock = ManualClock(datetime.now(UTC))
    desk = Desk(client, clock)
    files = generate(WARM_UP + articles, "wire", seed=seed, at=clock.now(), interval=INTERVAL)
    desk.process(list(islice(files, WARM_UP)), interval=INTERVAL)
    empty, points, done = used_memory(client), list[Point](), 0
    for step in range(1, STEPS + 1):
        count = articles * step // STEPS - done
        cost = desk.process(list(islice(files, count)), interval=INTERVAL)
        done += count
        points.append(Point(done, cost, (used_memory(client) - empty) / done))
    return points


def figures(points: list[Point]) -> dict[str, Any]:
    """Return the points, and the lines through rate and memory."""
    rows = [each.row for each in points]
    xs = [float(each.articles) for each in points]
    costs, sizes = ([float(row[name]) for row in rows] for name in ("cpu_ms", "bytes_per_article"))
    line, memory = fit(xs, costs), fit(xs, sizes)
    return {
        "points": rows,
        "cpu_ms_at_start": round(line.at(0), 3),
        "cpu_ms_more_per_100_000": round(line.slope * 100_000, 3),
        "rate_at_end_of_start": round(line.at(0) / line.at(xs[-1]), 3),
        "bytes_at_end_of_start": round(memory.at(xs[-1]) / memory.at(0), 3),
    }


def panels(points: list[Point]) -> list[Panel]:
    """Return the panels of the chart."""
    rows, xs = [each.row for each in points], [float(each.articles) for each in points]

    def curve(name: str) -> list[float]:
        return [float(row[name]) for row in rows]

    stages = {name: curve(f"{name}_ms") for name in STAGES} | {"server": curve("server_cpu_ms")}
    line = fit(xs, curve("cpu_ms"))
    return [
        Panel("processor milliseconds for an article", "articles", xs, {"all": curve("cpu_ms")}, line),
        Panel("of it by stage, and by the server", "articles", xs, stages),
        Panel("milliseconds on the clock", "articles", xs, {"clock": curve("clock_ms")}),
        Panel("server bytes for an article", "articles", xs, {"bytes": curve("bytes_per_article")}),
        Panel("commands of the server for an article", "articles", xs, {"commands": curve("commands")}),
    ]
