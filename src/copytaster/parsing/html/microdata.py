"""Which item of a page's microdata a property belongs to: the article, or a film, a video or a comment in it."""

from __future__ import annotations

import re

from lxml.etree import _Element

_PARTS_OF_PAGE = frozenset(["mainentity", "mainentityofpage", "blogpost", "blogposts"])
"""Properties whose value is the article itself; the value of any other one is another thing that it names."""

_OTHER = re.compile(
    r"schema\.org/(?:\w*Object|\w*Comments?|Answer|Product|Book|Movie|Event|\w*Application)$", re.IGNORECASE
)
"""Types of items that stand beside an article."""

_WITHOUT_DATES = re.compile(r"schema\.org/(?:Person|\w*Organization)$", re.IGNORECASE)
"""Types that have neither a headline nor a day of publication: boxes of authors contain those of the article."""


def is_of_other_item(node: _Element) -> bool:
    """Whether a property belongs to an item within or beside the article: its author and day are not the article's."""
    for item in node.iterancestors():
        kind = (item.get("itemtype") or "").strip()
        if ("itemscope" in item.attrib or kind) and not _WITHOUT_DATES.search(kind):
            names = (item.get("itemprop") or "").lower().split()
            nested = bool(names) and not _PARTS_OF_PAGE.intersection(names)
            return nested or _OTHER.search(kind) is not None
    return False
