"""The worker's metrics over HTTP: the main process adds up the figures of its child processes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from copytaster.bootstrap.metrics_server import serve_metrics


def serve_all_metrics(host: str, port: int) -> None:
    """Serve /metrics at this address in threads of this process; requires ``PROMETHEUS_MULTIPROC_DIR``."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client has no types for it
    serve_metrics(registry, host=host, port=port)
