"""Serves the metrics of a watcher or worker, with limits: a scraper that stops must not take descriptors from the work.

``prometheus_client.start_http_server`` listens on all addresses, and starts a thread for each connection for as long as
the client keeps it open.
"""

from __future__ import annotations

import socket
import threading
import time
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app

from copytaster.errors import ConfigurationError
from copytaster.system.addresses import is_loopback
from copytaster.system.remedies import explain_os_error

log = structlog.get_logger(__name__)

MAX_CONNECTIONS = 4
"""Connections at the same time: a scraper needs one. The oldest is closed for a new one."""

CONNECTION_SECONDS = 10.0
"""Longest time for a request and its answer; a scrape takes some milliseconds."""


class MetricsServer(WSGIServer):
    """A WSGI server that handles each connection in a thread, and few connections for a short time."""

    def __init__(self, address: tuple[str, int], *, seconds: float = CONNECTION_SECONDS) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open: dict[socket.socket, float] = {}
        super().__init__(address, _SilentHandler)

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Handle a connection in a thread; close the oldest one if there are too many."""
        with self._lock:
            while len(self._open) >= MAX_CONNECTIONS:
                oldest = next(iter(self._open))
                del self._open[oldest]
                _break(oldest)
            self._open[request] = time.monotonic()
        threading.Thread(target=self._handle, args=(request, client_address), name="metrics", daemon=True).start()

    def service_actions(self) -> None:
        """Close the connections that have taken too long; called every half second."""
        deadline = time.monotonic() - self._seconds
        with self._lock:
            for request in [request for request, since in self._open.items() if since < deadline]:
                _break(request)
                del self._open[request]

    def _handle(self, request: socket.socket, client_address: tuple[str, int]) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:  # the connection was closed, here or by the client
            pass
        finally:
            with self._lock:
                self._open.pop(request, None)
            self.shutdown_request(request)


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log no requests."""


def _break(request: socket.socket) -> None:
    """End a connection whose thread may be waiting for it; the thread then closes the descriptor."""
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:  # the client has closed it
        return


def serve_metrics(registry: CollectorRegistry, *, host: str, port: int) -> MetricsServer:
    """Serve /metrics in threads of this process. Raises ``ConfigurationError`` if the address is not free."""
    try:
        server = MetricsServer((host, port))
    except OSError as error:
        raise ConfigurationError(
            f"cannot serve metrics on {host}:{port}: {explain_os_error(error)}; see COPYTASTER_METRICS_HOST and"
            " COPYTASTER_METRICS_PORT"
        ) from error
    server.set_app(make_wsgi_app(registry))
    threading.Thread(target=server.serve_forever, name="metrics-server", daemon=True).start()
    if not is_loopback(host):
        log.warning("metrics.exposed", host=host, port=port, why="other machines can read the metrics of this process")
    return server
