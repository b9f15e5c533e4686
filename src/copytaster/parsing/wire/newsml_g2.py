"""NewsML-G2: news items and packages, alone or several in a message.

Follows IPTC's NewsML-G2 specification and its guidelines for implementers.
"""

from __future__ import annotations

from collections.abc import Iterator

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.parser import BadItem, Draft, Item, Original
from copytaster.parsing.safe_xml import Element, attribute, first, name_of, read_xml, root_of, text_of
from copytaster.parsing.wire.g2_item import Context, read_news_item
from copytaster.parsing.wire.g2_package import read_package

_NAMESPACE = "iptc.org/std/nar/"

_WITH_ARTICLES = frozenset(["newsItem", "packageItem", "newsMessage"])
_WITHOUT = frozenset(["conceptItem", "knowledgeItem", "planningItem", "catalogItem"])
"""Vocabularies, plans and lists of schemes: valid NewsML-G2 without news."""


class NewsMlG2Parser:
    """Reads NewsML-G2: a news item is an article, a package alone is the list of its items."""

    format = "newsml-g2"

    def score(self, original: Original) -> float:
        """Return .95 for a root element of the standard in its namespace, .7 for a news item without a namespace."""
        root = root_of(original)
        if root is None or root.name not in _WITH_ARTICLES | _WITHOUT:
            return 0.0
        if _NAMESPACE in root.attributes:
            return 0.95
        return 0.7 if root.name in _WITH_ARTICLES and "xmlns=" not in root.attributes else 0.0

    def parse(self, original: Original) -> Iterator[Item]:
        """Yield the articles. In a message, an item without text is a bad item; other kinds are ignored.

        Raises ``RefusedError`` (``no_text``) for vocabularies, plans and single items without text, and the errors of
        ``read_xml``.
        """
        document = read_xml(original)
        root = document.root
        context = Context(
            name=original.name, now=original.now, decoded=document.decoded, format=self.format, noise=document.noise
        )
        nested = [each for each in root.iter("{*}newsItem") if each is not root]
        if name_of(root) != "newsMessage" and not nested:
            yield _read(root, context)
            return
        context.sent = text_of(first(root, "header/sent"))
        yield from _message(root, nested, context)


def _message(root: Element, news: list[Element], context: Context) -> Iterator[Item]:
    """Yield the articles of a message, or of an item with items inside it."""
    items = [item for item_set in root.iter("{*}itemSet") for item in item_set]
    outer = [root] if name_of(root) == "newsItem" else []
    holders = [*outer, *(each for each in news if next(each.iterdescendants("{*}newsItem"), None) is not None)]
    # Each item is read without the items inside it.
    for item in reversed(news):
        if (parent := item.getparent()) is not None:
            parent.remove(item)
    # A package in a message with its items only states their order.
    selected = [*outer, *news] or [item for item in items if name_of(item) == "packageItem"]
    if not selected:
        raise _without_article(context.name, f"a newsMessage with {len(items)} items, none of them a newsItem")
    for number, item in enumerate(selected, start=1):
        try:
            yield _read(item, context)
        except PermanentError as error:
            if item not in holders:
                yield BadItem.of(attribute(item, "guid") or f"item {number}", error)


def _read(item: Element, context: Context) -> Draft:
    kind = name_of(item)
    if kind in _WITHOUT:
        raise _without_article(context.name, f"a {kind}, which describes terms, plans or schemes")
    return read_package(item, context) if kind == "packageItem" else read_news_item(item, context)


def _without_article(name: str, what: str) -> RefusedError:
    return RefusedError(Reason.NO_TEXT, f"{name} contains {what}, and no article, although it may be valid NewsML-G2.")
