"""Keeps other web sites from acting through a visitor's browser."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import HTTPException, Request


async def refuse_other_sites(request: Request) -> None:
    """Let a request pass unless a browser says that a page of another site sent it; for routes that change something.

    Browsers send ``Origin`` with every POST and no page can forge it; programs send none. The scheme is not compared:
    behind a proxy that ends TLS it differs by right. Raises ``HTTPException`` (403).
    """
    origin, host = request.headers.get("origin"), request.headers.get("host")
    if origin is not None and urlsplit(origin).netloc != host:
        raise HTTPException(
            HTTPStatus.FORBIDDEN,
            f"a page of {origin} may not change anything here; send the request from {host} or without `Origin`",
        )
