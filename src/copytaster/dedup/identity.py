"""Who an article is: an id made from the strongest thing known about it, never from chance."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from copytaster.article import ArticleId

# Parameters that say how a reader came to a page, not which page it is.
_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "cmpid", "ocid", "igshid", "at_medium", "at_campaign")


def article_id(*, guid: str | None, url: str | None, text_hash: str) -> ArticleId:
    """Return the id: from the provider's guid, else from the canonical URL, else from the text."""
    if guid:
        identity = f"guid:{guid}"
    elif url:
        identity = f"url:{canonical_url(url)}"
    else:
        identity = f"text:{text_hash}"
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
