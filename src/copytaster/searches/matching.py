"""Compares the articles of the event stream with the standing searches, and records and reports the hits.

An article is compared after its tagging and when it is released: as it is then, and only while it may be used. Any
number of processes may do this. The position in the stream moves with the hits, so that each is recorded once; and
their events are written by the position, so that each is reported once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from copytaster.clock import Clock, milliseconds
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.batches import batched
from copytaster.model.events import Event, EventKind
from copytaster.model.standing_search import Match, MatchedSearch
from copytaster.search.document import document_of
from copytaster.searches.current import CurrentSearches
from copytaster.searches.restoring import SearchRestoring
from copytaster.store.matching import is_listed
from copytaster.store.ports.events import order
from copytaster.store.ports.search_hits import MatchBatch
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

log = structlog.get_logger(__name__)

COMPARED_AT = frozenset({EventKind.ARTICLE_TAGGED, EventKind.ARTICLE_RELEASED})
"""The events after which an article may meet searches: a new version and an accepted copy are tagged as well."""

EVENTS = 50
"""Events of a batch, with their articles some 250 KB; a death repeats the work of one batch."""

WORK = timedelta(seconds=0.5)
"""Time for batches before other work of this process has its turn, a quarter of the usual interval of two seconds."""

SEARCHES = 100
"""Searches that one event names, some 6 KB."""

TOLERANCE = timedelta(minutes=1)
"""How much the clock of the server, which numbers the events, may be behind that of the machine that makes searches."""


@dataclass(slots=True)
class SearchMatching:
    """Compares the next articles at each ``step``; not for several threads. ``monotonic`` returns seconds."""

    store: Store
    current: CurrentSearches
    restoring: SearchRestoring
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic
    _reported: str | None = field(default=None, init=False)

    def step(self) -> None:
        """Take in changes of searches, then compare articles until none is left or the time is over.

        Cost: two commands while no search is on. Raises ``TransientError``.
        """
        self.restoring.step()
        self.current.refresh()
        until = self.monotonic() + WORK.total_seconds()
        while self.current.generation and self.current.earliest and self._compare_batch(self.current.earliest):
            if self.monotonic() >= until:
                return

    def details(self) -> dict[str, str | int | None]:
        """Return what the heartbeat reports: the number of searches that are on, and files that cannot be read."""
        return {
            "searches_on": len(self.current) or None,
            "searches_damaged": "; ".join(self.restoring.damaged) or None,
        }

    def _compare_batch(self, earliest: datetime) -> bool:
        """Compare the articles of the next events; return False if there are none, or another process was first."""
        last = self.store.search_hits.last_batch()
        self._report(last)
        start = _start(last.position, earliest)
        page = self.store.events.follow(start, limit=EVENTS)
        if page.gap and start == last.position:
            log.warning("searches.events_lost", after=start, next="articles of these events are not compared")
        if page.position == last.position or not (page.events or page.gap):
            return False
        batch = MatchBatch(page.position, tuple(self._matches(_moments(page.events))))
        is_recorded = self.store.search_hits.record(
            batch.matches, after=last.position, position=page.position, generation=self.current.generation
        )
        if is_recorded:
            self._report(batch)
        return is_recorded

    def _report(self, batch: MatchBatch) -> None:
        if batch.matches and batch.position and batch.position != self._reported:
            self.store.events.report_matches(batch.matches, position=batch.position)
            self._reported = batch.position

    def _matches(self, moments: Mapping[ArticleId, datetime | None]) -> Iterable[Match]:
        """Yield the matches of articles that were not known; each is matched at its moment, or when it was received."""
        now = self.clock.now()
        articles = undamaged(moments, self.store.articles.get_many)
        found = {each.id: self._met_by(each, moments[each.id], now) for each in articles}
        known = self.store.search_hits.known([name for name, searches in found.items() if searches])
        for article_id, searches in found.items():
            new = [each for each in searches if each.id not in known[article_id]]
            for some in batched(new, SEARCHES):
                yield Match(at=now, article_id=article_id, searches=tuple(some))

    def _met_by(self, article: Article, moment: datetime | None, now: datetime) -> Sequence[MatchedSearch]:
        if not (article.tagged and is_listed(article) and article.at(now).status is ArticleStatus.USABLE):
            return ()
        return self.current.met_by(document_of(article, now=now), at=moment or article.received_at)


def _start(position: str | None, earliest: datetime) -> str:
    """Return the position to read from: nothing before the first search was on is of interest."""
    first = f"{milliseconds(earliest - TOLERANCE)}-0"
    return position if position and order(position) >= order(first) else first


def _moments(events: Iterable[Event]) -> dict[ArticleId, datetime | None]:
    """Return the articles to compare, each with the time from which it can be used, None if that is its receipt.

    An article that is tagged again long after its receipt is no hit of a later search.
    """
    moments: dict[ArticleId, datetime | None] = {}
    for each in events:
        if each.kind in COMPARED_AT:
            is_tagging = each.kind is EventKind.ARTICLE_TAGGED
            for article_id in each.article_ids:
                moments[article_id] = moments.get(article_id) if is_tagging else each.at
    return moments
