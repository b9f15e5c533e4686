"""Protection against cross-site request forgery (CSRF)."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import HTTPException, Request


async def refuse_other_sites(request: Request) -> None:
    """Refuse a request that a page of another site has sent; for routes that change something.

    Browsers send ``Origin`` with every POST, and no page can forge it; programs do not send it. The scheme is not
    compared, because it differs behind a proxy that terminates TLS. Raises ``HTTPException`` (403).
    """
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin is not None and _host_and_port(origin) != host:
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            f"a page of {origin!r} may not change anything here; send the request from {host} or without `Origin`",
        )


def _host_and_port(origin: str) -> str | None:
    """Return host and port of an origin; None if it cannot be parsed: the sender is then unknown, and refused."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
