"""The identity of an article: its id is derived from the strongest known identifier, and is never random."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from copytaster.model.article import ArticleId
from copytaster.model.numbering import is_daily_number

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")
"""A scheme and a colon (RFC 3986, 3.1): ``urn:newsml:…``, ``tag:…``, ``https:…`` are unique across providers."""

# Parameters that record how a reader reached a page, or the visit; they do not identify it.
_TRACKING = (
    *("utm_", "mtm_", "fbclid", "gclid", "msclkid", "dclid", "gbraid", "wbraid", "twclid", "ttclid", "yclid"),
    *("mc_cid", "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "cmpid", "ocid", "igshid", "at_medium", "at_campaign"),
    *("phpsessid", "jsessionid"),
)

_VISIT = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
"""The number of a visit, which Java's servers put into the path."""

_AS_BYTES = "surrogateescape"

_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_RESERVED = "/:@!$&'()*,+;=~%[]"
"""Characters that stay as they are in a path; an escape in their place means something else (RFC 3986, 2.2)."""


def identity_of(*, guid: str | None, namespace: str | None, url: str | None, text_hash: str) -> str:
    """Return the identity of an article: the provider's guid, else the canonical URL, else the text.

    It is ``guid:…``, ``url:…`` or ``text:…``, and the same for the same input. A guid that is not a URI is a number of
    the provider, which other providers may use as well: it is combined with ``namespace``, a name of the provider. So
    is the number of a message on a wire: its service is a few letters, and many agencies have a service ``a``.
    """
    if guid and _URI.match(guid) and not is_daily_number(guid):
        return f"guid:{guid}"
    if guid:
        return f"guid:{namespace or ''}:{guid}"
    return f"url:{canonical_url(url)}" if url else f"text:{text_hash}"


def article_id(identity: str) -> ArticleId:
    """Return the id of the article of this identity: ``a`` and 80 bits of its sha256, in hex."""
    return ArticleId("a" + hashlib.sha256(identity.encode()).hexdigest()[:20])


def canonical_url(url: str) -> str:
    """Return the URL without parts that do not identify the page.

    These are the scheme, upper case in the host, tracking parameters, the fragment and the last slash. Letters and
    their escapes are the same (RFC 3986, 6.2.2). A URL that cannot be parsed is returned unchanged.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    host = (parts.hostname or "") + (f":{port}" if port not in {None, 80, 443} else "")
    return urlunsplit(("https", host, _canonical_path(parts.path), _canonical_query(parts.query), ""))


def _canonical_path(path: str) -> str:
    """Return the path without a visit, and with the necessary escapes: ``é`` and ``%c3%a9`` are ``%C3%A9``."""
    plain = _BARE_PERCENT.sub("%25", _VISIT.sub("", path).rstrip("/"))
    escaped = quote(plain, safe=_RESERVED, errors="surrogatepass")
    return _ESCAPE.sub(_canonical_escape, escaped)


def _canonical_escape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if _UNRESERVED.fullmatch(character) else match[0].upper()


def _canonical_query(query: str) -> str:
    """Return the parameters in order, without those for tracking and those with an empty value.

    One without a value (``?1001``) identifies the page of some systems. Bytes that are not UTF-8 remain as they are.
    """
    bare = [(unquote_plus(each, errors=_AS_BYTES), None) for each in query.split("&") if each and "=" not in each]
    named = parse_qsl(query, errors=_AS_BYTES)
    kept = [each for each in (*named, *bare) if not each[0].casefold().startswith(_TRACKING)]
    return "&".join(
        _quoted(name) + ("" if value is None else f"={_quoted(value)}")
        for name, value in sorted(kept, key=lambda each: (each[0], each[1] or ""))
    )


def _quoted(text: str) -> str:
    return quote_plus(text, errors=_AS_BYTES)
