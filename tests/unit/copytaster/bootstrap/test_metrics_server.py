from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest
from prometheus_client import CollectorRegistry, Counter, make_wsgi_app

from copytaster.bootstrap.metrics_server import MAX_CONNECTIONS, MetricsServer, serve_metrics
from copytaster.errors import ConfigurationError

HALF = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Never-Ends: "


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    """Give a running server with one metric, that closes connections after a tenth of a second."""
    registry = CollectorRegistry()
    Counter("stories", "Stories.", registry=registry).inc(3)
    server = MetricsServer(("127.0.0.1", 0), seconds=0.1)
    server.set_app(make_wsgi_app(registry))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


def scrape(port: int) -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_half_requests_neither_stop_the_scrapes_nor_remain_open(server: MetricsServer) -> None:
    with ExitStack() as stack:
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.server_port), timeout=10))
            for _ in range(MAX_CONNECTIONS * 5)
        ]
        for connection in connections:
            connection.sendall(HALF)

        assert "stories_total 3.0" in scrape(server.server_port)
        assert [connection.recv(1) for connection in connections] == [b""] * len(connections)


def test_an_address_that_is_in_use_names_the_settings(server: MetricsServer) -> None:
    with pytest.raises(ConfigurationError, match=r"another process uses this address.*COPYTASTER_METRICS_PORT"):
        serve_metrics(CollectorRegistry(), host="127.0.0.1", port=server.server_port)
