"""The worker's metrics over HTTP: the main process adds up the figures of its child processes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from billiard.process import current_process
from prometheus_client import CollectorRegistry, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from copytaster.bootstrap.metrics_server import serve_metrics


def share_metrics() -> None:
    """Keep the figures of this worker's processes in files, one for each place in the pool; before they are created.

    Requires ``PROMETHEUS_MULTIPROC_DIR``. By default each process has files of its own, which remain after it: a worker
    that replaces its child processes every 5,000 tasks would fill the disk, and each scrape would read all of them. A
    child that replaces another one continues its figures.
    """
    values.ValueClass = values.MultiProcessValue(place_in_pool)  # type: ignore[no-untyped-call]  # it has no types


def place_in_pool() -> str:
    """Return a name that no other running process of this worker has."""
    index = getattr(current_process(), "index", None)
    return "main" if index is None else f"child-{index}"


def serve_all_metrics(host: str, port: int) -> None:
    """Serve /metrics at this address in threads of this process; requires ``share_metrics``."""
    registry = CollectorRegistry()
    registry.register(SharedFigures(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])))
    serve_metrics(registry, host=host, port=port)


class SharedFigures(Collector):
    """Adds up the figures in the files of all processes.

    prometheus_client creates a file and gives it its size in two steps, and its own collector fails on a file between
    them: a scrape while a child process starts would be answered by status 500. Such a file is left out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Return the sums over all processes."""
        files = [str(file) for file in self._folder.glob("*.db") if file.stat().st_size]
        return MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call,no-any-return]  # it has no types
