"""``python -m benchmarks.burst [--files 20000] [--into inbox] [--entities off] [--json]``: many files at once.

The files are renamed into the inbox of a running system as fast as that is possible. Meanwhile live files arrive one by
one. Prints how long the watcher needs until the last file is claimed and registered, its peak memory, and the latencies
of the live files. ``--into backfill`` puts the many into ``inbox/_backfill``, as for an archive that is loaded: they
wait behind live files. Else all wait in one line, and the watcher pauses at 5,000 deliveries in flight.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.pipeline.articles import InputFile, generate
from benchmarks.pipeline.counters import ServerCounter
from benchmarks.pipeline.processes import uses_of
from benchmarks.pipeline.report import lines
from benchmarks.pipeline.system import System, running_system
from benchmarks.pipeline.timings import latencies
from copytaster.model.delivery import Delivery, DeliveryState
from copytaster.store.ports.ledger import DeliveryQuery

PAUSE_SECONDS = 1.0
"""Between two live files: a busy desk's wire."""

POLL_SECONDS = 0.1

LONGEST = 6 * 3600.0
"""Seconds after which the burst counts as failed."""

LAST_SECONDS = 3600.0
"""How long the last live files may take once everything is claimed: in the inbox they wait behind all others."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.burst", description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--into", choices=("inbox", "backfill"), default="inbox", help="where the many files arrive")
    parser.add_argument("--entities", choices=("on", "off"), default="on", help="off: workers load no model for names")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the system is stopped
    with running_system(entities=options.entities == "on") as system:
        figures = measure(system, options)
    print(json.dumps(figures) if options.json else "\n".join(lines(figures)))


def measure(system: System, options: argparse.Namespace) -> dict[str, Any]:
    """Return times, memory and latencies."""
    count, begins = options.files, dict[str, float]()
    first = datetime.now(UTC) - timedelta(days=1)
    many = [_placed(each, options.into) for each in generate(count, "wire", seed=options.seed, at=first)]
    for each in many:
        system.prepare(each)
    live, counter = _live(options.seed), ServerCounter(system.client)
    empty = _watcher_peak(system)
    began = time.monotonic()
    for each in many:
        begins[each.path] = system.drop(each)
    renamed = time.monotonic() - began
    sent = list[str]()
    while counter.progress().seen - len(sent) < count:
        _send(system, next(live), begins, sent)
        _rest(system, began)
    watched, settled = time.monotonic() - began, sum(system.store.ledger.balance().dispositions.values())
    peak, deliveries = _watcher_peak(system), _settled(system, sent)
    last = next(each for each in system.store.ledger.find(DeliveryQuery(limit=count)) if each.path not in sent)
    moments = {
        "claimed": {each.path: each.received_at.timestamp() for each in deliveries},
        "stored": {each.path: each.settled_at.timestamp() for each in deliveries if each.settled_at},
    }
    return {
        "files": count,
        "into": options.into,
        "seconds_to_rename": round(renamed, 2),
        "seconds_until_all_are_claimed": round(last.received_at.timestamp() - min(begins.values()), 1),
        "settled_by_then": settled,
        "seconds_watched": round(watched, 1),
        "watcher_peak_mb_before": empty,
        "watcher_peak_mb": peak,
        "live_files": len(sent),
        "live_files_stored": len(moments["stored"]),
        "live_latency_seconds": {
            name: latencies({path: begins[path] for path in sent}, ends) for name, ends in moments.items()
        },
    }


def _placed(file: InputFile, into: str) -> InputFile:
    return replace(file, path=f"_backfill/{file.path}") if into == "backfill" else file


def _live(seed: int) -> Iterator[InputFile]:
    """Yield live files without end, from a source of their own."""
    for each in generate(10**9, "wire", seed=seed + 1, at=datetime.now(UTC)):
        yield replace(each, path=f"live/{each.path.rpartition('/')[2]}")


def _send(system: System, file: InputFile, begins: dict[str, float], sent: list[str]) -> None:
    system.prepare(file)
    begins[file.path] = system.drop(file)
    sent.append(file.path)


def _rest(system: System, began: float) -> None:
    system.check()
    if time.monotonic() - began > LONGEST:
        raise SystemExit(f"after {LONGEST:g} s not all files are claimed")
    time.sleep(PAUSE_SECONDS)


def _settled(system: System, sent: list[str]) -> list[Delivery]:
    """Return the deliveries of the live files; wait for a while until they are settled."""
    query, deadline = DeliveryQuery(source="live", limit=len(sent)), time.monotonic() + LAST_SECONDS
    ids = [each.id for each in system.store.ledger.find(query)]
    while time.monotonic() < deadline:
        if {*system.store.ledger.states(ids).values()} == {DeliveryState.SETTLED}:
            break
        time.sleep(POLL_SECONDS)
    return system.store.ledger.find(query)


def _watcher_peak(system: System) -> float:
    """Return the peak memory of the watcher's main process, in megabytes."""
    peaks = (each.peak_bytes for each in uses_of(system.mains) if each.name == "watcher")
    return round(max(peaks) / 1e6, 1)


if __name__ == "__main__":
    main()
