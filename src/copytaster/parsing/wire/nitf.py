"""NITF 3.x: the markup for one story that agencies used before NewsML-G2, alone or in a sender's envelope.

Follows IPTC's NITF documentation, versions 3.0 to 3.6; the document type definition is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copytaster.errors import RefusedError
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import BadItem, Draft, Item, Original
from copytaster.parsing.safe_xml import Document, Element, read_xml, root_of
from copytaster.parsing.wire.nitf_body import add_nitf_body
from copytaster.parsing.wire.nitf_head import add_nitf_head, add_nitf_source

_INSIDE = re.compile(r"<(?:[\w.-]+:)?nitf[\s>]")

_OTHER_FORMATS = frozenset(
    ["html", "rss", "feed", "rdf", "newsitem", "newsmessage", "packageitem", "newsml", "channel"]
)
"""Root elements of formats with other parsers."""


class NitfParser:
    """Reads NITF; each ``nitf`` element is an article."""

    format = "nitf"

    def score(self, original: Original) -> float:
        """Return .95 for the root element ``nitf``, .6 if it is inside an unknown envelope."""
        root = root_of(original)
        if root is None:
            return 0.0
        if root.name == "nitf":
            return 0.95
        if root.name.lower() in _OTHER_FORMATS:
            return 0.0
        return 0.6 if _INSIDE.search(original.head_text) else 0.0

    def parse(self, original: Original) -> Iterator[Item]:
        """Yield the articles. Raises ``RefusedError`` (``no_text``) without text, and the errors of ``read_xml``."""
        document = read_xml(original)
        stories = list(document.root.iter("{*}nitf"))
        for number, story in enumerate(stories, start=1):
            try:
                yield _draft(story, original, document)
            except RefusedError as error:
                if len(stories) == 1:
                    raise
                yield BadItem.of(f"item {number}", error)


def _draft(story: Element, original: Original, document: Document) -> Draft:
    builder = DraftBuilder(original.now, prefix=NitfParser.format)
    add_nitf_head(builder, story, "docdata")
    add_nitf_body(builder, story, "body")
    add_nitf_source(builder, story, "docdata")
    if document.noise:
        builder.add_note(document.noise)
    return builder.draft(document.decoded, format_=NitfParser.format, name=original.name)
