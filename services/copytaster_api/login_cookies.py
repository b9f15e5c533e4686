"""The cookies of a login, and what browsers send."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import Response

from copytaster.access.caller import Caller

SESSION = "copytaster_session"
"""The cookie with the token of the session; scripts cannot read it."""

CSRF = "copytaster_csrf"
"""The cookie with the CSRF token; scripts of this site read it, and send it in ``CSRF_HEADER`` with every change."""

CSRF_HEADER = "X-CSRF-Token"


def session_of(request: Request) -> str | None:
    """Return the token of the session that a browser has sent."""
    return request.cookies.get(SESSION) or None


def bearer_of(request: Request) -> str | None:
    """Return the key that a program has sent; other schemes are for a proxy."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def set_cookies(response: Response, request: Request, token: str, caller: Caller, now: datetime) -> None:
    """Log a browser in until the session ends."""
    seconds = int((caller.expires_at - now).total_seconds()) if caller.expires_at else None
    for name, value in ((SESSION, token), (CSRF, caller.csrf or "")):
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            httponly=name == SESSION,
            samesite="strict",
            secure=_is_encrypted(request),
        )


def delete_cookies(response: Response) -> None:
    """Log a browser out."""
    for name in (SESSION, CSRF):
        response.delete_cookie(name, samesite="strict")


def wants_page(request: Request) -> bool:
    """Return whether a browser opens a page: it is then sent to the login instead of a problem document."""
    accepts_page = "text/html" in request.headers.get("accept", "")
    return request.method == "GET" and accepts_page and not request.url.path.startswith("/api/")


def login_address(request: Request) -> str:
    """Return the address of the login page, which leads back to the page of the request."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/login?next={quote(request.url.path + query, safe='')}"


def local_path(address: str) -> str:
    """Return an address of this site, with the query; ``/`` for an address of another one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    # Browsers take a backslash for a slash, and `//name` for another site.
    is_local = (
        address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    )
    return address if is_local and not parts.scheme and not parts.netloc else "/"


def _is_encrypted(request: Request) -> bool:
    """Return whether the browser speaks https: a proxy may end it, but the browser's ``Origin`` shows it."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
