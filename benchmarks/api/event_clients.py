"""Clients that follow the stream of events while articles arrive: what an event costs, and how late it comes."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.api.figures import quantiles
from benchmarks.pipeline.processes import tree_seconds
from benchmarks.running_api import RunningApi
from copytaster.model.delivery import Delivery, Outcome, new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.store.store import Store
from copytaster_cli.processes.embedded_server import HOST

CLIENTS = 100
"""Dashboards and scripts of a large newsroom."""

EVENTS = 400

EVENT_SECONDS = 0.02
"""Interval of the events: fifty a second, as many as two cores can process articles."""

LAST_SECONDS = 30.0
"""Longest time for which the clients wait for the last event."""


def follow_events(api: RunningApi, store: Store) -> dict[str, Any]:
    """Let clients follow the stream while deliveries end, and return their number, cost, times, and what is missing."""
    context = get_context("spawn")
    here, there = context.Pipe()
    clients = context.Process(target=_follow, args=(api.port, there), daemon=True)
    clients.start()
    there.close()
    here.recv()  # all are connected
    before = tree_seconds(api.pid)
    written = _write_events(store)
    here.send(list(written))
    arrived: dict[str, list[float]] = here.recv()
    seconds = tree_seconds(api.pid) - before
    clients.join()
    late = [1000 * (at - written[name]) for name, times in arrived.items() for at in times]
    return {
        "clients": CLIENTS,
        "events": len(written),
        "cpu_ms": round(1000 * seconds / max(len(late), 1), 4),
        "arrival": quantiles(late or [0.0]),
        "missing": CLIENTS * len(written) - len(late),
    }


def _write_events(store: Store) -> dict[str, float]:
    """End deliveries, and return when each was written; each end is one event, that of a copy."""
    (_, (article, *_)), written = store.articles.ids(0), dict[str, float]()
    begin = time.monotonic()
    for number in range(EVENTS):
        now = datetime.now(UTC)
        name = f"{number}.txt"
        delivery = Delivery(
            id=new_delivery_id(now),
            name=name,
            path=f"kestrel/{name}",
            source="kestrel",
            size=1,
            sha256=f"{number:064x}",
            received_at=now,
        )
        store.ledger.register(delivery, due_in=timedelta(hours=1), by="benchmark")
        written[delivery.id] = time.monotonic()
        outcome = Outcome(disposition=Disposition.DUPLICATE, article_ids=(article,))
        store.ledger.settle(delivery.id, outcome, by="benchmark")
        time.sleep(max(0.0, begin + (number + 1) * EVENT_SECONDS - time.monotonic()))
    return written


def _follow(port: int, parent: Connection) -> None:
    """Connect, say so, receive the deliveries that were written, and send the times of arrival by delivery."""
    asyncio.run(_clients(port, parent))


async def _clients(port: int, parent: Connection) -> None:
    arrived, connected = defaultdict[str, list[float]](list), asyncio.Semaphore(0)
    tasks = [asyncio.create_task(_client(port, arrived, connected)) for _ in range(CLIENTS)]
    for _ in tasks:
        await connected.acquire()
    parent.send(None)
    wanted: list[str] = await asyncio.to_thread(parent.recv)
    end = time.monotonic() + LAST_SECONDS
    while any(len(arrived[each]) < CLIENTS for each in wanted) and time.monotonic() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.05)  # an event for each arrival would cost what is measured
    for each in tasks:
        each.cancel()
    parent.send({each: arrived[each] for each in wanted})


async def _client(port: int, arrived: dict[str, list[float]], connected: asyncio.Semaphore) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    with closing(writer):
        writer.write(f"GET /api/v1/events?type=article.duplicate HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        await reader.readuntil(b": connected")
        connected.release()
        async for line in reader:
            if line.startswith(b"data:"):
                delivery = json.loads(line.removeprefix(b"data:")).get("data", {}).get("delivery_id")
                arrived[delivery].append(time.monotonic())
