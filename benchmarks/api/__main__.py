"""``python -m benchmarks.api [--articles 20000] [--copies 2000] [--requests 400] [--prepared FOLDER] [--json]``.

Latency and cost of the status API. A store is filled (see ``filled_store``), one of its articles with ``--copies``
copies, and the search index is built: 3 ms an article. ``--prepared`` is a folder that keeps both: the next run with
the same folder takes them as they are.

Then lists, single articles, searches and the status are requested over HTTP: by one client, and by 50 at once, each of
which sends its next request when the answer to the last one has arrived. Meanwhile ``/readyz`` is requested ten times a
second. Clients are a process of their own, on the same machine. At last, 100 clients follow the events while articles
arrive.

``CPU`` is the processor time of all processes of the API for a request, ``server`` that of the Redis server,
``client`` that of the clients, all with the share of ``/readyz``. ``x 50`` is the time in which this machine's cores do
all of that for 50 requests: with as many clients, no request is answered earlier on average. Unlike the times on the
clock, these four hardly depend on what else the machine does.
``refused`` counts the answers 503 to the many clients.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from redis import Redis

from benchmarks.api.event_clients import follow_events
from benchmarks.api.figures import quantiles
from benchmarks.api.requests import request_all, requests_by_kind
from benchmarks.own_server import own_server, server_seconds
from benchmarks.pipeline.processes import tree_seconds
from benchmarks.running_api import RunningApi, running_api
from copytaster.bootstrap.store import redis_store
from copytaster.clock import SystemClock
from copytaster.search.index_folder import IndexFolder
from copytaster.search.projection import Projection
from copytaster.store.store import Store

CLIENTS = 50
"""Clients at once: a newsroom's dashboards and scripts."""

INDEX = "index"
"""The folder of the search index in a folder that keeps a store."""


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=20_000, help="files that were processed before")
    parser.add_argument("--copies", type=int, default=2_000, help="further deliveries of one of them")
    parser.add_argument("--requests", type=int, default=400, help="of each kind, by one client and by all")
    parser.add_argument("--prepared", type=Path, help="folder that keeps the filled store for further runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="copytaster-benchmark-") as folder:
        kept = options.prepared or Path(folder) / "store"
        kept.mkdir(parents=True, exist_ok=True)
        with own_server(kept) as client:
            store = _prepared(client, kept, options)
            found = _measure(store, client, kept / INDEX, Path(folder), options)
    if options.json:
        print(json.dumps(found))
    else:
        _print(found)


def _prepared(client: Redis, kept: Path, options: argparse.Namespace) -> Store:
    """Return the store of the server; if that is empty, fill it and build its index."""
    store = redis_store(client, clock=SystemClock(), window=timedelta(days=1))
    if not store.articles.count():
        from benchmarks.api.filled_store import fill  # noqa: PLC0415  # the processes of clients need no models

        fill(client, articles=options.articles, copies=options.copies, seed=options.seed)
        with closing(Projection(IndexFolder(kept / INDEX), store, SystemClock())) as projection:
            while projection.step():
                pass
        if options.prepared:
            _save(client)
    return store


def _save(client: Redis) -> None:
    """Write the data into the server's folder; the server answers meanwhile."""
    client.bgsave()
    while client.info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.2)


def _measure(store: Store, client: Redis, index: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    shutil.copytree(index, folder / INDEX, symlinks=True)  # the API goes on with its own
    kinds = requests_by_kind(store, random.Random(options.seed), options.requests)
    with running_api(client, folder / INDEX) as api:
        figures = {kind: _kind(api, client, paths) for kind, paths in kinds.items()}
        events = follow_events(api, store)
    return {
        "articles": store.articles.count(),
        "copies": options.copies,
        "clients": CLIENTS,
        "kinds": figures,
        "events": events,
    }


def _kind(api: RunningApi, client: Redis, paths: Sequence[str]) -> dict[str, Any]:
    alone = request_all(api.port, paths, 1)
    before = tree_seconds(api.pid), server_seconds(client)
    together = request_all(api.port, paths, CLIENTS)
    count = len(paths) + len(together.ready)
    cpu, server = (
        1000 * (after - began) / count
        for after, began in zip((tree_seconds(api.pid), server_seconds(client)), before, strict=True)
    )
    return {
        "bytes": round(statistics.mean(alone.sizes)),
        "cpu_ms": round(cpu, 2),
        "server_ms": round(server, 2),
        "client_ms": round(1000 * together.seconds / count, 2),
        "together_ms": round(CLIENTS * (cpu + server + 1000 * together.seconds / count) / (os.cpu_count() or 1)),
        "one client": quantiles(alone.milliseconds),
        f"{CLIENTS} clients": quantiles(together.milliseconds),
        "readyz": quantiles(together.ready),
        "refused": together.refused,
    }


def _print(found: dict[str, Any]) -> None:
    print(f"{found['articles']} articles, one of them with {found['copies']} copies; milliseconds\n")
    columns = ("one client", f"{found['clients']} clients", "readyz")
    heads = f"{'bytes':>8} {'CPU':>7} {'server':>7} {'client':>7} {'x 50':>6}"
    print(f"{'':26} {heads} " + " ".join(f"{each:>26}" for each in columns) + f" {'refused':>8}")
    print(f"{'':26} {'':39} " + " ".join(f"{q:>8}" for _ in columns for q in ("p50", "p95", "p99")))
    for kind, of in found["kinds"].items():
        row = " ".join(f"{of[column][q]:8.1f}" for column in columns for q in ("p50", "p95", "p99"))
        cost = " ".join(f"{of[each]:7.2f}" for each in ("cpu_ms", "server_ms", "client_ms"))
        print(f"{kind:26} {of['bytes']:8} {cost} {of['together_ms']:6} {row} {of['refused']:8}")
    events = found["events"]
    print(
        f"\n{events['events']} events to each of {events['clients']} clients: {events['cpu_ms']:.3f} ms of CPU for one"
        f" event of one client; from its writing to its arrival p50 {events['arrival']['p50']:.0f},"
        f" p95 {events['arrival']['p95']:.0f}, p99 {events['arrival']['p99']:.0f} ms; {events['missing']} missing"
    )


if __name__ == "__main__":
    main()
