"""Protection against DNS rebinding: requests for other hosts are refused.

A page of another site may point its own name at this machine. A browser then counts the API's answers as that site's,
and lets its scripts read them; only the header ``Host`` shows the other name. An address instead of a name is always
allowed: no site can take it over.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from copytaster.system.addresses import LOOPBACK_NAMES
from copytaster_api.problems import ProblemDocument, respond


class AllowedHosts:
    """ASGI middleware that answers 421 to a request whose ``Host`` is neither an address nor one of ``names``."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = LOOPBACK_NAMES | {each.lower().rstrip(".") for each in names}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request if its host is allowed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = Headers(scope=scope).get("host", "")
        host = host_of(header)
        if host is not None and (is_address(host) or host in self._names):
            await self._app(scope, receive, send)
            return
        await self._refuse(header, scope)(scope, receive, send)

    def _refuse(self, header: str, scope: Scope) -> ASGIApp:
        detail = (
            f"this API does not answer for the host {header!r}; if users reach it by that name, add the name"
            " to COPYTASTER_API_ALLOWED_HOSTS"
        )
        return respond(ProblemDocument.of(HTTPStatus.MISDIRECTED_REQUEST, detail, scope["path"]))


def host_of(header: str) -> str | None:
    """Return the host of a ``Host`` header in lower case, without port and final dot; None if it is not valid."""
    try:
        parts = urlsplit(f"//{header}")
        host, _ = parts.hostname, parts.port  # reading the port validates it
    except ValueError:
        return None
    return host.rstrip(".") if host and parts.netloc == header and "@" not in header else None


def is_address(host: str) -> bool:
    """Return whether the host is an IP address and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
