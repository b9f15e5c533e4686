"""Addresses of articles and pictures in the form that every receiver can read."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

_USER = r"[A-Za-z0-9\-._~!$&'*+,;=:()]|%[0-9A-Fa-f]{2}"
_PLAIN = f"{_USER}|@"
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*://"
    rf"(?:(?:{_USER})*@)?(?:[A-Za-z0-9\-._~]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?"
    rf"(?:/(?:{_PLAIN}|/)*)?(?:\?(?:{_PLAIN}|[/?])*)?(?:#(?:{_PLAIN}|[/?])*)?"
)
"""A URI with a host (RFC 3986)."""

_KEPT = "%/?:@!$&'*+,;=()"
_LONE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


def uri_of(address: str | None) -> str | None:
    """Return the address as a URI: spaces, letters of other scripts and the like are encoded, as browsers do.

    None if it is relative or damaged.
    """
    try:
        parts = urlsplit((address or "").strip())
        user, at, host = parts.netloc.rpartition("@")
        host = user + at + (host if host.isascii() else host.encode("idna").decode())
        rest = [quote(_LONE_PERCENT.sub("%25", each), _KEPT) for each in (parts.path, parts.query, parts.fragment)]
        uri = urlunsplit((parts.scheme, host, *rest))
    except ValueError:
        return None
    return uri if _URI.fullmatch(uri) else None
