"""The worker's figures over HTTP: the main process adds up what its children wrote."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector


def serve_metrics(port: int) -> None:
    """Serve /metrics on ``port`` in a thread of this process; needs ``PROMETHEUS_MULTIPROC_DIR``."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it so
    start_http_server(port, registry=registry)
