"""Who an article is: an id made from the strongest thing known about it, never from chance."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from copytaster.model.article import ArticleId

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")
"""A scheme and a colon (RFC 3986, 3.1): ``urn:newsml:…``, ``tag:…``, ``https:…`` are unique beyond their provider."""

# Parameters that say how a reader came to a page, not which page it is.
_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "cmpid", "ocid", "igshid", "at_medium", "at_campaign")


def identity_of(*, guid: str | None, source: str | None, url: str | None, text_hash: str) -> str:
    """Return by what an article is known: the provider's guid, else the canonical URL, else the text.

    ``guid:…``, ``url:…`` or ``text:…``; the same input gives the same, always. A guid that is no URI is the provider's
    own number, which another provider may give as well: it is known together with its source.
    """
    if guid and _URI.match(guid):
        return f"guid:{guid}"
    if guid:
        return f"guid:{source or ''}:{guid}"
    return f"url:{canonical_url(url)}" if url else f"text:{text_hash}"


def article_id(identity: str) -> ArticleId:
    """Return the id of the article that is known by ``identity``: ``a`` and 80 bits of its sha256, in hex."""
    return ArticleId("a" + hashlib.sha256(identity.encode()).hexdigest()[:20])


def canonical_url(url: str) -> str:
    """Return the address without what does not tell pages apart: scheme, case of host, tracking, fragment, last slash.

    An address that cannot be taken apart is its own canonical form.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    query = [(name, value) for name, value in parse_qsl(parts.query) if not name.casefold().startswith(_TRACKING)]
    host = (parts.hostname or "") + (f":{port}" if port not in {None, 80, 443} else "")
    return urlunsplit(("https", host, parts.path.rstrip("/"), urlencode(sorted(query)), ""))
