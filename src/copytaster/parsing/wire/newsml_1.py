"""NewsML 1.x: an envelope with news items, each a tree of components with lines, metadata and content.

Follows IPTC's NewsML 1.2 specification; the document type definition is not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import BadItem, Item, Original
from copytaster.parsing.safe_xml import XML_LANG, Document, Element, read_xml, root_of
from copytaster.parsing.wire.newsml_1_component import add_component
from copytaster.parsing.wire.newsml_1_item import add_envelope, add_management, public_id
from copytaster.parsing.wire.newsml_1_story import stories_of


class NewsMl1Parser:
    """Reads NewsML 1; each component with its own headline and text is an article."""

    format = "newsml-1"

    def score(self, original: Original) -> float:
        """Return .95 for the root element ``NewsML``."""
        root = root_of(original)
        return 0.95 if root is not None and root.name == "NewsML" else 0.0

    def parse(self, original: Original) -> Iterator[Item]:
        """Yield the articles. Raises ``RefusedError`` (``no_text``) without text, and the errors of ``read_xml``."""
        document = read_xml(original)
        items = list(document.root.iter("{*}NewsItem"))
        if not items:
            raise RefusedError(Reason.NO_TEXT, f"{original.name} is NewsML without a NewsItem, so it has no article.")
        for number, item in enumerate(items, start=1):
            empty = True
            for draft in _drafts(item, document, original):
                empty = False
                yield draft
            if not empty or next(item.iterdescendants("{*}NewsItem"), None) is not None:
                continue
            guid = public_id(item) or f"number {number}"
            error = RefusedError(Reason.NO_TEXT, f"{original.name}: the NewsItem {guid} has neither headline nor text.")
            if len(items) == 1:
                raise error
            yield BadItem.of(guid, error)


def _drafts(item: Element, document: Document, original: Original) -> Iterator[Item]:
    for number, (story, parts) in enumerate(stories_of(item)):
        builder = DraftBuilder(original.now, prefix=NewsMl1Parser.format)
        add_management(builder, item, part=number)
        add_component(builder, story, parts, item)
        add_envelope(builder, document.root)
        builder.add_language(document.root.get(XML_LANG), "@xml:lang", 0.8)
        builder.add_placeholder()
        if document.noise:
            builder.add_note(document.noise)
        if builder.has_content:
            yield builder.draft(document.decoded, format_=NewsMl1Parser.format, name=original.name)
