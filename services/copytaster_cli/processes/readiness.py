"""Finds out whether the tree is ready: the API reports it, including server, watcher and workers."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator

from structlog.typing import FilteringBoundLogger

from copytaster.errors import ConfigurationError
from copytaster.settings import Settings

POLL_SECONDS = 0.3
"""Interval of requests to the API while the tree starts."""

TIMEOUT_SECONDS = 2.0
"""Timeout of a request; the supervisor checks no process meanwhile."""

OUTAGE_TIMEOUT_SECONDS = 0.5
"""Timeout of the request since when the server does not answer: an API that knows of the outage replies at once."""

REPORT_SECONDS = 15.0
"""Interval of messages that the tree is not ready yet: a start takes a few seconds."""

LOCAL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nothing is bound here
"""Addresses to listen on that cannot be connected to, with the address that reaches the same listener."""


def api_address(settings: Settings) -> str:
    """Return the dashboard's address for a browser on this computer."""
    host = _local_host(settings)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.api_port}/"


def until_ready(
    settings: Settings, log: FilteringBoundLogger, report: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Yield until the API reports that the whole tree is ready; problems are logged and reported now and then."""
    polled = reported = time.monotonic()
    while True:
        if time.monotonic() - polled >= POLL_SECONDS:
            polled, problem = time.monotonic(), read_problem(settings)
            if problem is None:
                return
            if polled - reported >= REPORT_SECONDS:
                reported = polled
                log.warning("tree.not_ready", answer=problem)
                report(problem)
        yield


def read_problem(settings: Settings) -> str | None:
    """Send a request to ``/readyz``; return None if all is ready, else the problem that it reports."""
    try:
        status, body = _get_readiness(settings, timeout=TIMEOUT_SECONDS)
    except (OSError, http.client.HTTPException) as error:
        return f"the API does not answer: {error}"
    return None if status == http.HTTPStatus.OK else _detail(body.decode(errors="replace"))


def read_outage_start(settings: Settings) -> str | None:
    """Return since when the server has not answered, as the API reports it; None if no API answers, or it has none."""
    try:
        _, body = _get_readiness(settings, timeout=OUTAGE_TIMEOUT_SECONDS)
        problems = json.loads(body)["problems"]
        return next((each["since"] for each in problems if each["code"] == "no_redis"), None)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None


def _get_readiness(settings: Settings, *, timeout: float) -> tuple[int, bytes]:
    """Return status and body of ``/readyz``. Raises ``OSError`` and ``HTTPException``."""
    address = _local_host(settings), settings.api_port
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=timeout)) as connection:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, response.read()


def _local_host(settings: Settings) -> str:
    return LOCAL_ADDRESSES.get(settings.api_host, settings.api_host)


def _detail(body: str) -> str:
    """Return the sentence of a problem document (RFC 9457); the whole body if it is none."""
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body


def check_port(settings: Settings) -> None:
    """Raise ``ConfigurationError`` if the API could not listen on its port, before any process is started."""
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # like the API: a port just released is free
        try:
            probe.bind((settings.api_host, settings.api_port))
        except OSError as error:
            raise ConfigurationError(
                f"the API cannot listen on {settings.api_host} port {settings.api_port}: {error.strerror or error};"
                " set COPYTASTER_API_PORT to a free port (0 takes any), or stop what listens there"
            ) from error
