"""A packageItem of NewsML-G2 mapped to a draft: its headline, and headlines and summaries of what it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.parsing.parser import Draft
from copytaster.parsing.safe_xml import Element, children, first, words_of
from copytaster.parsing.wire.g2_item import Context, put_description, put_last_resort, put_management
from copytaster.parsing.wire.wire_draft import Findings


def read_package(item: Element, context: Context) -> Draft | None:
    """Return the list that a package is, or None where it has no word about what it holds."""
    found = Findings(context.format, context.now)
    put_management(found, item, context)
    put_description(found, item)
    found.put("title", words_of(first(item, "itemMeta/title")), "itemMeta/title", 0.8)
    parts = dict.fromkeys(each for group in children(item, "groupSet") for each in _told(group))
    found.put_text(parts, "groupSet/group/itemRef", 0.8)
    descriptions = [words_of(each) for each in children(first(item, "contentMeta"), "description")]
    found.put_text(filter(None, descriptions), "contentMeta/description", 0.7)
    put_last_resort(found, item)
    return found.draft(context.format, context.decoded)


def _told(group_set: Element) -> Iterator[str]:
    """Yield what the package says about each item that it refers to: its headline or title, and its description."""
    for reference in group_set.iter("{*}itemRef"):
        yield from filter(None, [words_of(first(reference, "headline")) or words_of(first(reference, "title"))])
        yield from filter(None, (words_of(each) for each in children(reference, "description")))
