"""Identifiers of articles outside the system: the same for ever, whatever the address of the API."""

from __future__ import annotations

TAG = "tag:copytaster,2026:"
"""The beginning of our tag URIs (RFC 4151), which need no server that answers them."""


def article_uri(article_id: str) -> str:
    """Return the URI of an article."""
    return f"{TAG}article:{article_id}"
