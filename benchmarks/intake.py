"""``python -m benchmarks.intake [--files 10000] [--rounds 3] [--json]``: what a watcher needs to take in small files.

The files are in the inbox before the watcher starts; no worker runs. Counts processor time of the watcher and all its
children, as the kernel has it, from its start until the ledger has the last file, and the wall time between the first
and the last file.
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
from pathlib import Path
from typing import Any

from benchmarks.own_server import own_server
from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.store import open_store
from copytaster.clock import SystemClock
from copytaster.settings import PREFIX
from copytaster.store.store import Store

TEXT = "The ferry left Skerry Quay at six in the morning with forty passengers and came back with one more. "

SENTENCES = 20
"""An article of the usual length, 2 KB."""

LONGEST = 600.0
"""Seconds after which a round counts as failed; it takes some ten seconds."""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    rounds = [measure(options.files) for _ in range(options.rounds)]
    figures = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    figures |= {"files": options.files, "rounds": options.rounds}
    print(json.dumps(figures) if options.json else "\n".join(f"{name:20} {value}" for name, value in figures.items()))


def measure(count: int) -> dict[str, float]:
    """Return the seconds of one round."""
    with own_server() as client, tempfile.TemporaryDirectory(prefix="copytaster-intake-") as folder:
        where: dict[str, Any] = client.connection_pool.connection_kwargs
        given = {
            "DATA": folder,
            "REDIS_URL": f"redis://{where['host']}:{where['port']}/0",
            "SETTLE_SECONDS": "0.5",
            "SCAN_SECONDS": "0.5",
            "QUEUE_LIMIT": str(10 * count),
        }
        environ = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        environ |= {PREFIX + name: value for name, value in given.items()}
        settings = load_settings(environ)
        write_files(settings.inbox, count)
        with (Path(folder) / "watcher.log").open("wb") as log:
            command = [sys.executable, "-m", "copytaster_watcher"]
            with subprocess.Popen(command, env=environ, stdout=log, stderr=log) as watcher:
                wall = _seconds_of_intake(open_store(settings, clock=SystemClock(), part="benchmark"), count)
                cpu = _cpu_seconds(watcher.pid)
                watcher.send_signal(signal.SIGTERM)
    return {"wall_seconds": round(wall, 2), "cpu_seconds": round(cpu, 2)}


def write_files(inbox: Path, count: int) -> None:
    """Write small files of four formats, as senders do: text, XML, JSON, a page."""
    inbox.mkdir(parents=True)
    for number in range(count):
        text = f"{number} " + TEXT * SENTENCES
        name, content = (
            ("txt", f"Ferry {number}\n\n{text}\n"),
            ("xml", f"<?xml version='1.0'?>\n<nitf><body><p>{text}</p></body></nitf>\n"),
            ("json", json.dumps({"headline": f"Ferry {number}", "body": text})),
            ("html", f"<!doctype html><html><body><p>{text}</p></body></html>\n"),
        )[number % 4]
        (inbox / f"story{number}.{name}").write_text(content, encoding="utf-8")


def _seconds_of_intake(store: Store, count: int) -> float:
    """Wait for the first and for the last file, and return the time between the two."""
    deadline = time.monotonic() + LONGEST
    first = None
    while (seen := store.ledger.balance().seen) < count:
        if seen and first is None:
            first = time.monotonic()
        if time.monotonic() > deadline:
            raise TimeoutError(f"the watcher took in {seen} of {count} files within {LONGEST:g} s")
        time.sleep(0.05)
    return time.monotonic() - (first or time.monotonic())


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process with all its threads, and of its children, living and ended."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    return sum(map(_ticks, [str(pid), *children])) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: str) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


if __name__ == "__main__":
    main()
