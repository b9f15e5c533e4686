"""Maps a packageItem of NewsML-G2 to a draft: its headline, and the headlines and summaries of its items."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.release_terms.opening import add_heading
from copytaster.parsing.safe_xml import Element, children, first, text_of
from copytaster.parsing.wire.g2_item import Context, add_description, add_management, finished


def read_package(item: Element, context: Context) -> Draft:
    """Return a package as a list of its items. Raises ``RefusedError`` (``no_text``) for a package without text."""
    builder = DraftBuilder(context.now, prefix=context.format)
    add_management(builder, item, context)
    add_description(builder, item)
    add_heading(builder, text_of(first(item, "itemMeta/title")), "itemMeta/title", 0.8)
    parts = dict.fromkeys(each for group in children(item, "groupSet") for each in _headline_and_summary(group))
    add_text(builder, parts, "groupSet/group/itemRef", 0.8)
    descriptions = [text_of(each) for each in children(first(item, "contentMeta"), "description")]
    add_text(builder, descriptions, "contentMeta/description", 0.7)
    return finished(builder, item, context)


def _headline_and_summary(group: Element) -> Iterator[str]:
    """Yield the headline (or title) and the descriptions of each item to which a group refers."""
    for reference in group.iter("{*}itemRef"):
        yield from filter(None, [text_of(first(reference, "headline")) or text_of(first(reference, "title"))])
        yield from filter(None, (text_of(each) for each in children(reference, "description")))
