"""The worker's metrics over HTTP: the main process adds up the figures of its child processes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector


def serve_metrics(port: int) -> None:
    """Serve /metrics on ``port`` in a thread of this process; requires ``PROMETHEUS_MULTIPROC_DIR``."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client has no types for it
    start_http_server(port, registry=registry)
