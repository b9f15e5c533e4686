"""When the tree is ready: the API says so, and it knows of server, watcher and workers."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator

from structlog.typing import FilteringBoundLogger

from copytaster.errors import ConfigurationError
from copytaster.settings import Settings

ASK_SECONDS = 0.3
"""How often the API is asked while the tree starts."""

ANSWER_SECONDS = 2.0
"""How long one answer may take; the supervisor looks at nothing else meanwhile."""

NOTE_SECONDS = 15.0
"""How often it is said that the tree is still not ready: a start takes a few seconds."""

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # not bound here: how to reach what is
"""Addresses that one can listen on but not connect to, with the one that reaches the same listener."""


def address_of_api(settings: Settings) -> str:
    """Return the dashboard's address as a browser on this computer takes it."""
    host = EVERYWHERE.get(settings.api_host, settings.api_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.api_port}/"


def until_ready(settings: Settings, log: FilteringBoundLogger) -> Iterator[None]:
    """Yield until the API says that the whole tree is ready; what it says else is logged now and then."""
    asked = noted = time.monotonic()
    while True:
        if time.monotonic() - asked >= ASK_SECONDS:
            asked, trouble = time.monotonic(), ask(settings)
            if trouble is None:
                return
            if asked - noted >= NOTE_SECONDS:
                noted = asked
                log.warning("tree.not_ready", answer=trouble)
        yield


def ask(settings: Settings) -> str | None:
    """Ask ``/readyz`` once; return None when all is ready, else what it answered, or why it did not."""
    host = EVERYWHERE.get(settings.api_host, settings.api_host)
    connection = http.client.HTTPConnection(host, settings.api_port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return None if answer.status == http.HTTPStatus.OK else answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"the API does not answer: {error}"
    finally:
        connection.close()


def check_port(settings: Settings) -> None:
    """Raise ``ConfigurationError`` when the API could not listen on its port, before anything is started for it."""
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the API does: a port just left is free
        try:
            probe.bind((settings.api_host, settings.api_port))
        except OSError as error:
            raise ConfigurationError(
                f"the API cannot listen on {settings.api_host} port {settings.api_port}: {error.strerror or error};"
                " set COPYTASTER_API_PORT to a free port (0 takes any), or stop what listens there"
            ) from error
