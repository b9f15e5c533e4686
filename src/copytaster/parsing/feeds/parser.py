"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, CDF: parsed by feedparser and mapped to drafts."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import feedparser

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode, peek
from copytaster.parsing.failures import failures_reported
from copytaster.parsing.feeds.entries import Feed, read_entry
from copytaster.parsing.feeds.tombstones import without_tombstones
from copytaster.parsing.html.character_references import with_existing_characters
from copytaster.parsing.html.tag_limits import excessive_attributes
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft

_PROLOG = (
    r"\s*+(?>(?:(?><\?[^>]*>|<!--.*?-->)\s*+)*)"
    r"(?:(?><!doctype[^>\[]*(?:\[[^\]]*\]\s*)?>)\s*+(?>(?:(?><!--.*?-->)\s*+)*))?"
)
"""What may precede the root element. Atomic: with backtracking the time would double with each comment."""
_ROOT = re.compile(_PROLOG + r"<(?:[\w.-]+:)?(rss|feed|rdf|channel)\b([^>]*)", re.IGNORECASE | re.DOTALL)
_DECLARED = re.compile(r"<\?xml[^>]*?encoding=[\"']([\w.:-]+)", re.IGNORECASE)

_MEDIA_DESCRIPTION = re.compile(r"<(/?)media:description\b[^<>]*?(/?)>")
"""The caption of a picture, which feedparser takes for the entry's text if the entry has a description too."""

_IMAGE = re.compile(r"<image(?:\s[^<>]*)?>(?:(?!</?image\b|</?item\b).){1,2000}?</image>", re.DOTALL)
_OF_IMAGE = re.compile(r"<(/?)(title|link|description)\b")
"""A picture with a title and a link of its own, which feedparser takes for those of the entry around it."""

_ROOT_SCORES = {"rss": 0.95, "feed": 0.6, "rdf": 0.0, "channel": 0.3}
"""Scores of a root element alone: RDF may contain anything, and other formats have a ``channel`` or ``feed`` too."""

_SIGNATURES = {
    "feed": re.compile(r"www\.w3\.org/2005/atom|purl\.org/(?:net/)?atom", re.IGNORECASE),
    "rdf": re.compile(r"purl\.org/(?:net/)?rss|my\.netscape\.com/rdf|channel\.netscape\.com/rdf", re.IGNORECASE),
    "channel": re.compile(r"<item\b|<abstract\b|\blastmod\s*=|\bcdf\b", re.IGNORECASE),
}


class FeedParser:
    """Reads XML feeds of any version, including malformed ones; each entry is an item."""

    format = "feed"

    def score(self, original: Original) -> float:
        """Return .95 for a feed's root element with its namespace."""
        head = original.head_text
        root = _ROOT.match(head)
        if root is None:
            return 0.0
        name = root.group(1).lower()
        return 0.95 if name in _SIGNATURES and _SIGNATURES[name].search(head[root.start(1) :]) else _ROOT_SCORES[name]

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield each entry, then each deleted one. Raises ``RefusedError`` (``no_text``) for a feed without both.

        Reads the whole file. Costs about .4 ms per entry plus its markup, nearly all in feedparser.
        """
        content = original.content
        declared = _DECLARED.search(peek(content))
        decoded = decode(content, original.hints.charset or (declared and declared.group(1)))
        _check_attributes(decoded.text, original.name)
        text, deleted = without_tombstones(decoded.text)
        parsed = _parse(text, original.hints.url or "")
        feed = Feed.of(parsed, original)
        for number, entry in enumerate(parsed["entries"], start=1):
            name = f"{original.name}: entry {number}"
            try:
                with failures_reported(name, self.format):
                    feed.export.refuse_other_than_articles(entry, name)
                    yield read_entry(dict(entry), feed).draft(decoded, format_=self.format, name=name)
            except PermanentError as error:
                yield BadItem.of(f"entry {number}", error)
        for number, tombstone in enumerate(deleted, start=1):
            fields = tombstone.fields(original.now, feed.title)
            yield fields.draft(decoded, format_=self.format, name=f"{original.name}: deleted entry {number}")
        if not parsed["entries"] and not deleted:
            raise RefusedError(
                Reason.NO_TEXT, f"{original.name} is a feed without entries: check whether its sender truncated it."
            )


def _check_attributes(text: str, name: str) -> None:
    if (count := excessive_attributes(text)) is not None:
        raise RefusedError(
            Reason.PARSE_FAILED,
            f"{name} has an element with {count:,} attributes, which no feed needs and which would take minutes to "
            "read: check it in an editor, and drop a corrected copy.",
        )


def _parse(text: str, location: str) -> dict[str, Any]:
    """Return feedparser's result. It gets a stream, because it fetches a string that is an address or opens a path.

    Its sanitizer and its resolution of addresses are off: ``read_fragment`` does both in a tenth of the time.
    """
    text = _MEDIA_DESCRIPTION.sub(r"<\1media:caption\2>", with_existing_characters(text))
    text = _IMAGE.sub(lambda image: _OF_IMAGE.sub(r"<\1image_\2", image.group()), text)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": location}
    return dict(
        feedparser.parse(
            io.BytesIO(text.encode()), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    )
