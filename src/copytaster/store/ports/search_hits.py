"""The port of the hits of standing searches: each article is a hit of a search once.

The hits of a part of the event stream are recorded together with the position in it, as a *batch*. The matches of the
last batch stay until the next one, so that a process that continues after another one has died can report them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from copytaster.model.article import ArticleId
from copytaster.model.standing_search import HitCount, Match, SearchHit, SearchId

HITS_KEPT = 200
"""The newest hits of a search that are listed, some 9 KB; older ones are found by the search itself."""

REMEMBERED = timedelta(days=90)
"""How long the searches of an article are remembered after its last match: as long as articles are kept by default."""


@dataclass(frozen=True, slots=True)
class MatchBatch:
    """The position in the event stream up to which articles were matched, None before the first; and the last matches.

    The last matches are those of the batch that ended at this position.
    """

    position: str | None
    matches: tuple[Match, ...]


class SearchHits(Protocol):
    """Every method raises ``TransientError`` if the server does not answer."""

    def last_batch(self) -> MatchBatch:
        """Return the last batch."""
        ...

    def known(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, frozenset[SearchId]]:
        """Return the searches that each article is known to meet; one round trip."""
        ...

    def record(self, matches: Sequence[Match], *, after: str | None, position: str, generation: str | None) -> bool:
        """Record a batch: the hits that were not known, up to a position.

        Returns False, and changes nothing, unless the last batch ended at ``after`` and the searches are of this
        generation: another process was first, or the server has lost its data. Hits of a search that was removed are
        not listed.
        """
        ...

    def newest(self, search_id: SearchId, *, limit: int) -> list[SearchHit]:
        """Return the newest hits of a search, at most ``HITS_KEPT``, the latest first."""
        ...

    def counts(self, search_ids: Sequence[SearchId]) -> list[HitCount]:
        """Return the count of each search, in the order of the ids; one round trip."""
        ...
