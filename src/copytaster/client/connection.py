"""What both clients know about their connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import httpx2

import copytaster
from copytaster.client.calls import Call
from copytaster.client.errors import ApiUnreachableError, error_of

T = TypeVar("T")

DEFAULT_URL = "http://127.0.0.1:8000"
"""Where the API listens unless it is configured otherwise."""

TIMEOUT_SECONDS = 30.0
"""Longest silence of an answer: more than any deadline of the API."""

CONNECT_SECONDS = 5.0
"""Longest time for a connection: a machine that is there answers in milliseconds."""


def headers_of(key: str | None) -> Mapping[str, str]:
    """Return the headers of every request."""
    agent = {"User-Agent": f"copytaster-client/{copytaster.__version__}"}
    return {**agent, "Authorization": f"Bearer {key}"} if key else agent


def check(call: Call[T], response: httpx2.Response) -> T:
    """Return what a response answers. Raises ``ApiError`` if the API refused the call."""
    if not response.is_success:
        raise error_of(response.status_code, response.content)
    try:
        return call.read(response.content)
    except ValueError as error:
        raise error_of(
            response.status_code, f"{response.url} answered something else than this version expects".encode()
        ) from error


def unreachable(url: str, error: httpx2.TransportError) -> ApiUnreachableError:
    """Return the error about an API that does not answer."""
    why = str(error) or type(error).__name__
    return ApiUnreachableError(
        f"the API at {url} does not answer: {why}; check the address (`--url` or COPYTASTER_URL),"
        " and that `copytaster api` or `copytaster up` runs there"
    )
