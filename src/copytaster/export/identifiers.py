"""Identifiers of articles outside the system: the same for ever, whatever the address of the API."""

from __future__ import annotations

import re

TAG = "tag:copytaster,2026:"
"""The beginning of our tag URIs (RFC 4151), which need no server that answers them."""

MEDIA_TOPICS = "http://cv.iptc.org/newscodes/mediatopic/"
"""The IPTC's address of a topic, before its code."""

_MEDIA_TOPIC = re.compile("[0-9]{8}")
"""The code of a Media Topic; a user's own vocabulary may have other codes, which have no address."""


def is_media_topic(code: str) -> bool:
    """Return whether the code is one of the IPTC, and no other vocabulary's."""
    return _MEDIA_TOPIC.fullmatch(code) is not None


def article_uri(article_id: str) -> str:
    """Return the URI of an article."""
    return f"{TAG}article:{article_id}"
