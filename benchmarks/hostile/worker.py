"""``python -m benchmarks.hostile.worker``: a worker that reads ids of deliveries from stdin, one per line.

It ingests each with the reader of a real worker (parsers in their sandbox), tags the articles, and prints one line of
JSON: seconds, and the peak memory in MiB of the worker and of the sandbox.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry

from copytaster.bootstrap.environment import load_settings
from copytaster.bootstrap.pipeline import open_dependencies
from copytaster.clock import SystemClock
from copytaster.logging import configure_logs
from copytaster.metrics import PipelineMetrics
from copytaster.model.work import RecordingPublisher, Work
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster.tagging.tagger import load_tagger

READY = "ready"
"""The first line: everything is loaded."""


def main() -> None:
    """Work until stdin ends."""
    metrics, publisher = PipelineMetrics(CollectorRegistry()), RecordingPublisher()
    settings = load_settings(os.environ)
    configure_logs(settings, part="worker")
    deps = open_dependencies(settings, publisher, load_tagger(), metrics, clock=SystemClock())
    print(READY, flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        _work(line.strip(), deps, publisher)
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, **_peaks()}), flush=True)


def _work(delivery_id: str, deps: Dependencies, publisher: RecordingPublisher) -> None:
    ingest([delivery_id], deps=deps, until=datetime.now(UTC) + timedelta(hours=1))
    ids = [each for work, each in publisher.published if work is Work.TAG]
    publisher.published.clear()
    tag(ids, deps=deps)


def _peaks() -> dict[str, float]:
    mine = os.getpid()
    children = Path(f"/proc/{mine}/task/{mine}/children").read_text(encoding="ascii").split()
    return {"worker_mib": _peak(str(mine)), "sandbox_mib": max(map(_peak, children), default=0.0)}


def _peak(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return round(int(found.group(1)) / 1024, 1) if found else 0.0


if __name__ == "__main__":
    main()
