"""A packageItem of NewsML-G2 mapped to a draft: its headline, and headlines and summaries of what it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.safe_xml import Element, children, first, words_of
from copytaster.parsing.wire.g2_item import Context, put_description, put_last_resort, put_management


def read_package(item: Element, context: Context) -> Draft:
    """Return the list that a package is, or None where it has no word about what it holds."""
    builder = DraftBuilder(context.now, prefix=context.format)
    put_management(builder, item, context)
    put_description(builder, item)
    builder.add("title", words_of(first(item, "itemMeta/title")), "itemMeta/title", 0.8)
    parts = dict.fromkeys(each for group in children(item, "groupSet") for each in _told(group))
    add_text(builder, parts, "groupSet/group/itemRef", 0.8)
    descriptions = [words_of(each) for each in children(first(item, "contentMeta"), "description")]
    add_text(builder, descriptions, "contentMeta/description", 0.7)
    put_last_resort(builder, item)
    return builder.draft(context.decoded, format_=context.format, name=context.item_name(item))


def _told(group_set: Element) -> Iterator[str]:
    """Yield what the package says about each item that it refers to: its headline or title, and its description."""
    for reference in group_set.iter("{*}itemRef"):
        yield from filter(None, [words_of(first(reference, "headline")) or words_of(first(reference, "title"))])
        yield from filter(None, (words_of(each) for each in children(reference, "description")))
