"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, CDF: read by feedparser, mapped to drafts here."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import feedparser

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode, peek
from copytaster.parsing.feeds.entries import Feed, read_entry
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import BadItem, Draft

_LEAD_IN = (
    r"\s*+(?:(?><\?[^>]*>|<!--.*?-->)\s*+)*+"
    r"(?:(?><!doctype[^>\[]*(?:\[[^\]]*\]\s*)?>)\s*+(?:(?><!--.*?-->)\s*+)*+)?"
)
"""What may stand above a root element; possessive, for else the ways to part comments double with each of them."""
_ROOT = re.compile(_LEAD_IN + r"<(?:[\w.-]+:)?(rss|feed|rdf|channel)\b([^>]*)", re.IGNORECASE | re.DOTALL)
_DECLARED = re.compile(r"<\?xml[^>]*?encoding=[\"']([\w.:-]+)", re.IGNORECASE)

_MEDIA_DESCRIPTION = re.compile(r"<(/?)media:description\b[^<>]*?(/?)>")
"""The caption of a picture, which feedparser would take for the entry's own text where it has a description too."""

MOST_ATTRIBUTES = 5_000
"""On one element: feedparser's time grows with their square, measured 30 s for 60,000 and so .2 s here."""

_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000,}")
_ATTRIBUTE = re.compile(r"\s[\w:.-]+=")

_SURE = {"rss": 0.95, "feed": 0.6, "rdf": 0.0, "channel": 0.3}
"""What a root element alone says. RDF carries anything, and other formats have a ``channel`` or a ``feed`` too."""

_SIGNS = {
    "feed": re.compile(r"www\.w3\.org/2005/atom|purl\.org/(?:net/)?atom", re.IGNORECASE),
    "rdf": re.compile(r"purl\.org/(?:net/)?rss|my\.netscape\.com/rdf|channel\.netscape\.com/rdf", re.IGNORECASE),
    "channel": re.compile(r"<item\b|<abstract\b|\blastmod\s*=|\bcdf\b", re.IGNORECASE),
}


class FeedParser:
    """Reads XML feeds of any version, also ill-formed ones, each entry as an item."""

    format = "feed"

    def score(self, original: Original) -> float:
        """Return .95 for a feed's root element with its namespace."""
        head = peek(original.head, HEAD_BYTES)
        root = _ROOT.match(head)
        if root is None:
            return 0.0
        name = root.group(1).lower()
        return 0.95 if name in _SIGNS and _SIGNS[name].search(head[root.start(1) :]) else _SURE[name]

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield each entry. Raises ``RefusedError`` (``no_text``) for a feed without entries.

        Costs about .4 ms an entry without its markup, nearly all in feedparser; reads the file as a whole.
        """
        content = original.content
        declared = _DECLARED.search(peek(content))
        decoded = decode(content, original.hints.charset or (declared and declared.group(1)))
        _check_attributes(decoded.text, original.name)
        found = _read(decoded.text, original.hints.url or "")
        feed = Feed.of(found, original)
        for number, entry in enumerate(found["entries"], start=1):
            try:
                yield read_entry(dict(entry), feed).draft(
                    decoded, format_=self.format, where=f"{original.name}: entry {number}"
                )
            except RefusedError as error:
                yield BadItem.of(f"entry {number}", error)
        if not found["entries"]:
            raise RefusedError(
                Reason.NO_TEXT, f"{original.name} is a feed without entries: look whether its sender cut it short."
            )


def _check_attributes(text: str, name: str) -> None:
    for tag in _LONG_TAG.finditer(text):
        if (count := len(_ATTRIBUTE.findall(tag.group()))) > MOST_ATTRIBUTES:
            raise RefusedError(
                Reason.PARSE_FAILED,
                f"{name} has an element with {count:,} attributes, which no feed needs and which would take minutes to "
                "read: look at it in an editor, and drop a mended copy.",
            )


def _read(text: str, location: str) -> dict[str, Any]:
    """Let feedparser read; it is handed a stream, for it fetches what looks like an address and opens what is a path.

    Its cleaning of markup and resolving of addresses in it are off: ``fragment`` does both, in a tenth of the time.
    """
    text = _MEDIA_DESCRIPTION.sub(r"<\1media:caption\2>", text)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": location}
    return dict(
        feedparser.parse(
            io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    )
