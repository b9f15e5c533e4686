"""The order of the versions of an article: by the provider's number, then by the time of the version.

Many pages are changed without a new time. Versions of one time are in the order in which they were seen: when a crawler
or a browser stored the page, else when the file was received. So archives may be loaded in any order.

A kill often lacks what its article has: a number, and a time of its own. A version that withdraws or withholds and has
no number holds for all that was sent before it, whatever the number of that. A kill without a time of change may repeat
when the article was published: its time is its receipt.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from copytaster.model.article import Article, ArticleStatus

ANY_NUMBER = -1
"""The number of a version that may not be used and has none: it is compared with all others by time."""

Rank = tuple[int, datetime, datetime]


def rank(article: Article) -> Rank:
    """Return the version's number, 0 or ``ANY_NUMBER`` if it has none, its time, and when it was seen."""
    unnumbered = 0 if article.status is ArticleStatus.USABLE else ANY_NUMBER
    number = unnumbered if article.guid_version is None else article.guid_version
    seen = article.captured_at or article.received_at
    at = article.modified_at or article.published_at or seen
    if article.status is ArticleStatus.CANCELED and article.modified_at is None:
        at = max(at, article.received_at)
    return number, at, seen


def is_later(one: Rank, shown: Rank) -> bool:
    """Return whether a withdrawal replaces the version that is shown, as it does at the same rank."""
    if ANY_NUMBER in {one[0], shown[0]}:
        return one[1] >= shown[1]
    return one >= shown


def in_order(versions: Iterable[Article]) -> list[Article]:
    """Return the versions by rank, those of equal rank by number; ``ANY_NUMBER`` follows what is not later."""
    ranks = {each.version: (rank(each), each) for each in versions}
    numbers = [(number, at) for (number, at, _), _ in ranks.values() if number > 0]

    def place(version: int) -> tuple[int, datetime, datetime, int]:
        (number, at, seen), _ = ranks[version]
        follows = max((known for known, time in numbers if time <= at), default=0) if number == ANY_NUMBER else number
        return follows, at, seen, version

    return [ranks[each][1] for each in sorted(ranks, key=place)]
