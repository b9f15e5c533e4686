"""The articles and items of a delivery, for people."""

from __future__ import annotations

from collections.abc import Sequence

from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery

MAX_LISTED = 5
"""Articles, or failed items, of one file that are named: a web crawl has thousands; ``--json`` prints them all."""


def first_ids(article_ids: Sequence[ArticleId]) -> str:
    """Return the first ids, with an ellipsis if there are more."""
    more = ", …" if len(article_ids) > MAX_LISTED else ""
    return ", ".join(article_ids[:MAX_LISTED]) + more


def items(delivery: Delivery) -> str | None:
    """Return the counts of items by disposition, and the first failed ones; None for a file of one item."""
    progress = delivery.progress
    if progress is None:
        return None
    counts = ", ".join(f"{count} {disposition.value}" for disposition, count in progress.items.items())
    failed = "".join(f"\n{each.locator}: {each.reason}" for each in progress.faults[:MAX_LISTED])
    return f"{progress.count}: {counts}{failed}"
