"""NITF 3.x: one story in the markup that agencies wrote before NewsML-G2, alone or in an envelope of a sender's own.

After IPTC's NITF documentation, versions 3.0 to 3.6; the document type definition is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copytaster.errors import RefusedError
from copytaster.parsing.charset.decoding import Decoded, peek
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import HEAD_BYTES
from copytaster.parsing.parser import BadItem, Draft, Item, Original
from copytaster.parsing.safe_xml import Element, read_xml, root_of
from copytaster.parsing.wire.nitf_body import read_nitf_body
from copytaster.parsing.wire.nitf_head import put_nitf_origin, read_nitf_head

_INSIDE = re.compile(r"<(?:[\w.-]+:)?nitf[\s>]")

_NO_ENVELOPES = frozenset(["html", "rss", "feed", "rdf", "newsitem", "newsmessage", "packageitem", "newsml", "channel"])
"""Root elements of formats that have readers of their own."""


class NitfParser:
    """Reads NITF: one article each ``nitf`` element."""

    format = "nitf"

    def score(self, original: Original) -> float:
        """Return .95 for the root element ``nitf``, .6 where it stands in an envelope that is not known."""
        root = root_of(original)
        if root is None:
            return 0.0
        if root.name == "nitf":
            return 0.95
        if root.name.lower() in _NO_ENVELOPES:
            return 0.0
        return 0.6 if _INSIDE.search(peek(original.head, HEAD_BYTES)) else 0.0

    def parse(self, original: Original) -> Iterator[Item]:
        """Yield the articles. Raises ``RefusedError``: ``no_text`` without a word, and what ``read_xml`` raises."""
        document = read_xml(original)
        stories = list(document.root.iter("{*}nitf"))
        for number, story in enumerate(stories, start=1):
            try:
                yield _draft(story, original, document.decoded)
            except RefusedError as error:
                if len(stories) == 1:
                    raise
                yield BadItem.of(f"item {number}", error)


def _draft(story: Element, original: Original, decoded: Decoded) -> Draft:
    builder = DraftBuilder(original.now, prefix=NitfParser.format)
    read_nitf_head(builder, story, "docdata")
    read_nitf_body(builder, story, "body")
    put_nitf_origin(builder, story, "docdata")
    return builder.draft(decoded, format_=NitfParser.format, name=original.name)
