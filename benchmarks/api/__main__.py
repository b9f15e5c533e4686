"""``python -m benchmarks.api [--articles 20000] [--copies 2000] [--requests 400] [--json]``: latency of the status API.

Generated files go through the stages with light tagging, one of them ``--copies`` times more, and the search index is
built. Then lists, single articles, searches and the status are requested over HTTP: by one client, and by 50 at once,
each of which sends its next request when the answer to the last one has arrived. Meanwhile ``/readyz`` is requested ten
times a second. Clients are a process of their own, on the same machine. ``CPU`` is the processor time of the API for a
request, with the share of ``/readyz``. ``refused`` counts the answers 503 to the many clients.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import structlog
from redis import Redis

from benchmarks.growth.desk import Desk
from benchmarks.own_server import own_server
from benchmarks.pipeline.articles import InputFile, generate
from benchmarks.pipeline.processes import seconds_of
from benchmarks.running_api import running_api
from copytaster.clock import ManualClock, SystemClock
from copytaster.model.article import Article
from copytaster.search.index_folder import IndexFolder
from copytaster.search.projection import Projection
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.store import Store
from copytaster_cli.processes.embedded_server import HOST

CLIENTS = 50
"""Clients at once: a newsroom's dashboards and scripts."""

INTERVAL = timedelta(seconds=20)
"""Between two articles: 4,300 a day, so that 100,000 are three weeks."""

READY_SECONDS = 0.1
"""Interval of the requests for ``/readyz``."""

STEP = 1_000
"""Files that are processed between two lines of progress."""


@dataclass(slots=True)
class Answers:
    """Milliseconds and body bytes of answers, how many were refusals because the API was too busy, and ``/readyz``.

    ``ready`` are the milliseconds of the answers by ``/readyz`` meanwhile. Refusals count with the other answers.
    """

    milliseconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    refused: int = 0


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000, help="files that are processed before")
    parser.add_argument("--copies", type=int, default=2_000, help="further deliveries of one of them")
    parser.add_argument("--requests", type=int, default=400, help="of each kind, by one client and by all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with own_server() as client, tempfile.TemporaryDirectory(prefix="copytaster-benchmark-") as folder:
        found = _measure(client, Path(folder), options)
    if options.json:
        print(json.dumps(found))
    else:
        _print(found)


def _measure(client: Redis, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    store = _filled_store(client, options)
    with closing(Projection(IndexFolder(folder), store, SystemClock())) as projection:
        while projection.step():
            pass
    kinds = _paths(store, random.Random(options.seed), options.requests)
    figures: dict[str, Any] = {}
    with running_api(client, folder) as api:
        for kind, paths in kinds.items():
            alone = _request_all(api.port, paths, 1)
            seconds = seconds_of(api.pid)[0]
            together = _request_all(api.port, paths, CLIENTS)
            seconds = seconds_of(api.pid)[0] - seconds
            figures[kind] = {
                "bytes": round(statistics.mean(alone.sizes)),
                "cpu_ms": round(seconds * 1000 / (len(paths) + len(together.ready)), 2),
                "one client": _quantiles(alone.milliseconds),
                f"{CLIENTS} clients": _quantiles(together.milliseconds),
                "readyz": _quantiles(together.ready),
                "refused": together.refused,
            }
    return {"articles": store.articles.count(), "copies": options.copies, "clients": CLIENTS, "kinds": figures}


def _filled_store(client: Redis, options: argparse.Namespace) -> Store:
    first = datetime.now(UTC) - (options.articles + options.copies) * INTERVAL
    clock = ManualClock(first)
    desk = Desk(client, clock)
    files = generate(options.articles, "mixed", seed=options.seed, at=first, interval=INTERVAL)
    copied: InputFile | None = None
    while step := list(islice(files, STEP)):
        copied = copied or step[0]
        desk.process(step, interval=INTERVAL)
    if copied:
        folder, _, name = copied.path.rpartition("/")
        copies = [replace(copied, path=f"{folder}/{number}-{name}") for number in range(options.copies)]
        desk.process(copies, interval=INTERVAL)
    position = desk.store.articles.sweep(0)  # as a watcher does: until then, lists also read earlier layouts
    while position:
        position = desk.store.articles.sweep(position)
    return desk.store


def _paths(store: Store, chance: random.Random, count: int) -> dict[str, list[str]]:
    """Return the requests by kind; what they filter by is drawn from the newest articles, so that all find some."""
    known = _some_articles(store)

    def listed(**of: Any) -> str:
        return "/api/v1/articles?" + urlencode({name: value(chance.choice(known)) for name, value in of.items()})

    copied = max(known, key=lambda each: len(each.duplicates)).id
    kinds: dict[str, Callable[[], str]] = {
        "newest articles": lambda: "/api/v1/articles",
        "articles of a source": lambda: listed(source=lambda each: each.source),
        "articles with a topic": lambda: listed(topic=lambda each: each.topics[0].code),
        "articles with a keyword": lambda: listed(keyword=lambda each: each.keywords[0].term),
        "articles published since": lambda: listed(published_from=lambda each: each.received_at.isoformat()),
        "an article": lambda: f"/api/v1/articles/{chance.choice(known).id}",
        "the article with copies": lambda: f"/api/v1/articles/{copied}",
        "its copies": lambda: f"/api/v1/articles/{copied}/duplicates",
        "its versions": lambda: f"/api/v1/articles/{copied}/versions",
        "search by a word": lambda: listed(q=lambda each: chance.choice(_words(each))),
        "search by two words": lambda: listed(q=lambda each: " ".join(chance.sample(_words(each), 2))),
        "newest deliveries": lambda: "/api/v1/deliveries",
        "newest stories": lambda: "/api/v1/stories",
        "sources": lambda: "/api/v1/sources",
        "status": lambda: "/api/v1/status",
    }
    return {kind: [make() for _ in range(count)] for kind, make in kinds.items()}


def _some_articles(store: Store) -> list[Article]:
    """Return the newest page of articles, and the one that has copies: the oldest of all."""
    newest = store.articles.find(ArticleQuery(limit=200)).articles
    _, ids = store.articles.ids(0)
    oldest = [each for each in store.articles.get_many(ids[:200]) if each.duplicates]
    return [each for each in (*newest, *oldest) if each.topics and each.keywords and len(_words(each)) > 1]


def _words(article: Article) -> list[str]:
    return [word for word in article.title.split() if word.isalpha()]


def _request_all(port: int, paths: Sequence[str], clients: int) -> Answers:
    """Make all requests in a process of its own, whose work does not disturb the measurement."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run_clients, port, list(paths), clients).result()


def _run_clients(port: int, paths: Sequence[str], clients: int) -> Answers:
    return asyncio.run(_clients(port, iter(paths), clients))


async def _clients(port: int, paths: Iterator[str], clients: int) -> Answers:
    answers = Answers()
    ready = asyncio.create_task(_readiness(port, answers))
    await asyncio.gather(*(_client(port, paths, answers) for _ in range(clients)))
    ready.cancel()
    return answers


async def _client(port: int, paths: Iterator[str], answers: Answers) -> None:
    """Take one path after another; the paths are shared by all clients."""
    reader, writer = await asyncio.open_connection(HOST, port)
    with closing(writer):
        for path in paths:
            begin = time.perf_counter()
            status, size = await _request(reader, writer, path)
            answers.milliseconds.append((time.perf_counter() - begin) * 1000)
            answers.sizes.append(size)
            answers.refused += status == HTTPStatus.SERVICE_UNAVAILABLE


async def _readiness(port: int, answers: Answers) -> None:
    while True:
        reader, writer = await asyncio.open_connection(HOST, port)
        with closing(writer):
            begin = time.perf_counter()
            await _request(reader, writer, "/readyz")  # 503, since no worker runs
            answers.ready.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(READY_SECONDS)


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, int]:
    """Send a request, read the whole answer, and return its status and the length of its body."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    (length,) = (line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("content-length:"))
    body = await reader.readexactly(int(length))
    status = int(head.split(" ", 2)[1])
    if status not in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise SystemExit(f"{path} was answered by {head.splitlines()[0]}: {body.decode()}")
    return status, len(body)


def _quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    hundredths = statistics.quantiles([*milliseconds, *milliseconds], n=100, method="inclusive")  # one alone is too few
    return {f"p{each}": round(hundredths[each - 1], 1) for each in (50, 95, 99)}


def _print(found: dict[str, Any]) -> None:
    print(f"{found['articles']} articles, one of them with {found['copies']} copies; milliseconds\n")
    columns = ("one client", f"{found['clients']} clients", "readyz")
    print(f"{'':26} {'bytes':>8} {'CPU':>8} " + " ".join(f"{each:>26}" for each in columns) + f" {'refused':>8}")
    print(f"{'':26} {'':17} " + " ".join(f"{q:>8}" for _ in columns for q in ("p50", "p95", "p99")))
    for kind, figures in found["kinds"].items():
        row = " ".join(f"{figures[column][q]:8.1f}" for column in columns for q in ("p50", "p95", "p99"))
        print(f"{kind:26} {figures['bytes']:8} {figures['cpu_ms']:8.2f} {row} {figures['refused']:8}")


if __name__ == "__main__":
    main()
