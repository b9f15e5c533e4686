"""The items of a delivery, as words for a person."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery

SHOWN = 5
"""Articles of one file that are named: a crawl has thousands, and ``--json`` tells more."""


def some(article_ids: Sequence[ArticleId]) -> str:
    """Return the first ids, and whether there are more."""
    more = ", …" if len(article_ids) > SHOWN else ""
    return ", ".join(article_ids[:SHOWN]) + more


def items(delivery: Delivery) -> str | None:
    """Return how the items of a file of several ended, and the first that became no article."""
    progress = delivery.progress
    if progress is None:
        return None
    ends = ", ".join(f"{count} {end.value}" for end, count in progress.items.items())
    bad = "".join(f"\n{each.locator}: {each.reason}" for each in progress.faults[:SHOWN])
    return f"{progress.count}: {ends}{bad}"
