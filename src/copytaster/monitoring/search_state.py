"""What the status APIs report about the search indexes of their machines, for the status."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from copytaster.model.article import Document
from copytaster.store.ports.presence import Heartbeat, Part

BEHIND = 60.0
"""Seconds after which an index that lacks changes is named: it follows within a second, and catches up in a few."""


class SearchState(Document):
    """The search indexes of all machines: the smallest number of articles, and the greatest lag in seconds.

    Both are null if no machine has a complete index. ``building`` are the articles in an index that is being built.
    """

    articles: int | None = None
    lag_seconds: float | None = None
    building: int | None = None

    @property
    def notice(self) -> str | None:
        """A sentence about an index that lacks articles; None if there is none."""
        if self.building is not None:
            use = "searches find nothing until then" if self.articles is None else "searches use the former one"
            return f"a search index is being built and has {self.building} articles so far; {use}"
        if self.lag_seconds is not None and self.lag_seconds > BEHIND:
            since = f"the changes of the last {self.lag_seconds:.0f} s"
            return f"the search index lacks {since}; read the log of the status API"
        return None


def read_search_state(fresh: Sequence[Heartbeat]) -> SearchState:
    """Return what the present status APIs report."""
    details = [each.details for each in fresh if each.part is Part.API]

    def reported(name: str, choose: Callable[[list[float]], float]) -> float | None:
        values = [value for each in details if isinstance(value := each.get(name), int | float)]
        return choose(values) if values else None

    articles, building = reported("search_articles", min), reported("search_building", min)
    return SearchState(
        articles=None if articles is None else int(articles),
        lag_seconds=reported("search_lag_seconds", max),
        building=None if building is None else int(building),
    )
