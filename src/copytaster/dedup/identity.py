"""The identity of an article: its id is derived from the strongest known identifier, and is never random."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from copytaster.model.article import ArticleId

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")
"""A scheme and a colon (RFC 3986, 3.1): ``urn:newsml:…``, ``tag:…``, ``https:…`` are unique across providers."""

# Parameters that record how a reader reached a page; they do not identify it.
_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "cmpid", "ocid", "igshid", "at_medium", "at_campaign")


def identity_of(*, guid: str | None, namespace: str | None, url: str | None, text_hash: str) -> str:
    """Return the identity of an article: the provider's guid, else the canonical URL, else the text.

    It is ``guid:…``, ``url:…`` or ``text:…``, and the same for the same input. A guid that is not a URI is a number of
    the provider, which other providers may use as well: it is combined with ``namespace``, a name of the provider.
    """
    if guid and _URI.match(guid):
        return f"guid:{guid}"
    if guid:
        return f"guid:{namespace or ''}:{guid}"
    return f"url:{canonical_url(url)}" if url else f"text:{text_hash}"


def article_id(identity: str) -> ArticleId:
    """Return the id of the article of this identity: ``a`` and 80 bits of its sha256, in hex."""
    return ArticleId("a" + hashlib.sha256(identity.encode()).hexdigest()[:20])


def canonical_url(url: str) -> str:
    """Return the URL without parts that do not identify the page.

    These are the scheme, upper case in the host, tracking parameters, the fragment and the last slash. A URL that
    cannot be parsed is returned unchanged.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.casefold().startswith(_TRACKING)]
    host = (parts.hostname or "") + (f":{port}" if port not in {None, 80, 443} else "")
    return urlunsplit(("https", host, parts.path.rstrip("/"), urlencode(sorted(query)), ""))
