"""``python -m benchmarks.latency [--files 200] [--pause 0.5] [--how rename] [--json]``: from file to article.

Files arrive one by one in the inbox of a running ``copytaster up`` with its default settings. The latency of a file is
the time from its rename, or from its last closing, until the store has recorded its article. Then the system is left
idle, and the bytes that the watcher has written to the disk and its processor time are counted.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.own_server import own_server
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.model.events import EventKind
from copytaster.settings import PREFIX, Settings
from copytaster.store.ports.presence import Part
from copytaster.store.store import Store
from copytaster_cli.processes.embedded_server import HOST, free_port

START_SECONDS = 180.0
"""The workers load their models in about two seconds; a busy machine takes much longer."""

LONGEST = 180.0
"""Seconds after which a file counts as lost; the first may wait until the models are loaded."""

IDLE_SECONDS = 10.0
"""Some rounds of the watcher: it scans once a second."""

KINDS = ("rename", "write", "text")
"""A page that is renamed into the inbox; a page that is written there; a text, which has no end mark, written there."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds from the article to the next file")
    parser.add_argument("--how", choices=KINDS, default="rename")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    with running_system() as (settings, store):
        figures: dict[str, Any] = measure(settings, store, options)
    print(json.dumps(figures) if options.json else "\n".join(f"{name:24} {value}" for name, value in figures.items()))


@contextmanager
def running_system() -> Iterator[tuple[Settings, Store]]:
    """Start a system in a temporary folder, and provide its settings and store when all its parts report."""
    with own_server() as client, tempfile.TemporaryDirectory(prefix="copytaster-latency-") as folder:
        where: dict[str, Any] = client.connection_pool.connection_kwargs
        given = {
            "DATA": folder,
            "REDIS_URL": f"redis://{where['host']}:{where['port']}/0",
            "API_PORT": str(free_port(HOST)),
        }
        environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environ |= {PREFIX + name: value for name, value in given.items()}
        settings = load_settings(environ)
        with (Path(folder) / "up.log").open("wb") as log:
            command = [sys.executable, "-m", "copytaster_cli", "up"]
            with subprocess.Popen(command, env=environ, stdout=log, stderr=log) as process:
                try:
                    store = open_store(settings, clock=SystemClock(), part="benchmark")
                    _wait_for_parts(store)
                    yield settings, store
                finally:
                    process.send_signal(signal.SIGTERM)


def measure(settings: Settings, store: Store, options: argparse.Namespace) -> dict[str, Any]:
    """Return the latencies in seconds, and what the idle watcher costs."""
    source = settings.inbox / "wire"
    source.mkdir(parents=True)
    (settings.data / "outside").mkdir()
    cursor: str | None = None
    latencies = list[float]()
    for number in range(-1, options.files):  # the first warms up what the others measure
        time.sleep(options.pause)
        begin = _arrive(settings, source, number, options.how)
        cursor, stored = _wait_for_article(store, cursor)
        if number >= 0:
            latencies.append(stored - begin)
    watcher = _pid_of_watcher(store)
    before = _use(watcher)
    time.sleep(IDLE_SECONDS)
    after = _use(watcher)
    hundredths = statistics.quantiles(latencies, n=100, method="inclusive")
    return {
        "files": options.files,
        "how": options.how,
        "p50_seconds": round(hundredths[49], 3),
        "p95_seconds": round(hundredths[94], 3),
        "p99_seconds": round(hundredths[98], 3),
        "max_seconds": round(max(latencies), 3),
        "idle_cpu_share": round((after[0] - before[0]) / IDLE_SECONDS, 4),
        "idle_bytes_per_second": round((after[1] - before[1]) / IDLE_SECONDS),
    }


def _arrive(settings: Settings, source: Path, number: int, how: str) -> float:
    """Let a file arrive and return when it did, by the system's clock."""
    text = f"The ferry number {number} left the quay at six with {number + 40} passengers and one dog."
    suffix, content = ("txt", f"Ferry {number} leaves\n\n{text}\n") if how == "text" else ("html", _page(number, text))
    file = source / f"story{number}.{suffix}"
    if how == "rename":
        outside = settings.data / "outside" / file.name
        outside.write_text(content, encoding="utf-8")
        begin = time.time()
        outside.rename(file)
        return begin
    file.write_text(content, encoding="utf-8")
    return time.time()


def _page(number: int, text: str) -> str:
    title = f"Ferry {number} leaves"
    return f"<!doctype html><html><head><title>{title}</title></head><body><p>{text}</p></body></html>\n"


def _wait_for_article(store: Store, cursor: str | None) -> tuple[str | None, float]:
    """Return the position after the event that settles the next delivery, and its time."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        for event in store.events.read(after=cursor, limit=100):
            cursor = event.id
            if event.kind is EventKind.DELIVERY_SETTLED:
                return cursor, event.at.timestamp()
        time.sleep(0.01)
    raise SystemExit(f"a file was not settled within {LONGEST:g} s")


def _wait_for_parts(store: Store) -> None:
    deadline = time.monotonic() + START_SECONDS
    while {each.part for each in store.presence.present()} < {Part.WATCHER, Part.WORKER}:
        if time.monotonic() > deadline:
            raise SystemExit(f"the system has not started within {START_SECONDS:g} s")
        time.sleep(0.1)


def _pid_of_watcher(store: Store) -> int:
    (name,) = (each.name for each in store.presence.present() if each.part is Part.WATCHER)
    return int(name.rpartition(":")[2])


def _use(pid: int) -> tuple[float, int]:
    """Return the processor seconds of a process, and the bytes that it has caused to be written to disks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    written = next(line for line in Path(f"/proc/{pid}/io").read_text().splitlines() if line.startswith("write_bytes:"))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(written.partition(":")[2])


if __name__ == "__main__":
    main()
