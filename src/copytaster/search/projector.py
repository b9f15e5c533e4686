"""Keeps the search index up to date: takes the store's events in, and fills a new index from all articles.

The store is read after the event: an article that has changed again meanwhile is indexed as it is, and its later event
changes nothing. A new index is filled from the list of all articles and then takes in what happened meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from copytaster.clock import Clock
from copytaster.errors import CopytasterError
from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.model.disposition import Disposition
from copytaster.model.events import Event, EventKind
from copytaster.search.document import SearchDocument, document_of
from copytaster.search.index import IndexWriter, Progress
from copytaster.store.matching import is_listed
from copytaster.store.ports.events import START
from copytaster.store.readable import undamaged
from copytaster.store.store import Store

EVENTS = 1000
"""Events that are taken in at once, five of an article, which is read once for all of them: some 100 ms, a tenth of it
in one transaction."""

ARTICLES = 100
"""Articles that are read in one round trip: some 500 KB."""

STORING = frozenset({Disposition.STORED, Disposition.NEW_VERSION})


class LostEventsError(CopytasterError):
    """The index cannot follow: only the list of all articles has what it lacks."""


class Projector:
    """Brings one index forward, step by step; each step is one transaction with its progress."""

    def __init__(self, index: IndexWriter, store: Store, clock: Clock) -> None:
        self._index = index
        self._store = store
        self._clock = clock

    @property
    def count(self) -> int:
        """The number of articles in the index."""
        return self._index.count

    def begin(self) -> None:
        """Note the end of the events before all articles are read: later changes are in the events after it."""
        epoch = self._store.epoch.read().epoch
        self._index.write((), (), Progress(event=self._store.events.end(), walk=0, epoch=epoch))

    def fill(self) -> bool:
        """Take in some of all articles, and return whether more are left. Raises ``TransientError``."""
        progress = self._index.progress
        if progress.walk is None:
            return False
        position, ids = self._store.articles.ids(progress.walk)
        self._take_in(ids, replace(progress, walk=position or None))
        return position != 0

    def follow(self) -> bool:
        """Take in the next events, and return whether more are left.

        Cost: a command without events. Raises ``LostEventsError`` if events are gone that were not taken in, or the
        server has other data than the index has; and ``TransientError``.
        """
        progress = self._index.progress
        page = self._store.events.follow(progress.event, limit=EVENTS)
        # A server that was restored, and has had events since, has no gap; but it lacks the last event that was read.
        if page.gap or (page.last_read is None and progress.event != START):
            raise LostEventsError(f"events after {progress.event} are missing on the server, or it lacks that one")
        if not page.events:
            return False
        epoch = self._store.epoch.read().epoch
        if epoch and progress.epoch and epoch != progress.epoch:
            raise LostEventsError("the server has other data than the search index")
        ids = dict.fromkeys(name for each in page.events for name in changed_articles(each))
        self._take_in(list(ids), replace(progress, event=page.position, epoch=epoch or progress.epoch))
        return len(page.events) == EVENTS

    def _take_in(self, ids: Sequence[ArticleId], progress: Progress) -> None:
        now = self._clock.now()
        listed: dict[ArticleId, SearchDocument] = {}
        for part in batched(ids, ARTICLES):
            found = undamaged(part, self._store.articles.get_documents)
            listed |= {each.id: document_of(each, now=now) for each in found if is_listed(each)}
        self._index.write(list(listed.values()), [each for each in ids if each not in listed], progress)


def changed_articles(event: Event) -> tuple[ArticleId, ...]:
    """Return the articles whose documents may differ after the event."""
    if event.kind.startswith("article."):
        return event.article_ids
    if event.kind not in {EventKind.DELIVERY_SETTLED, EventKind.DELIVERY_ADVANCED}:
        return ()
    if event.items is not None:
        return tuple(each.article_id for each in event.items if each.disposition in STORING)
    return event.article_ids if event.disposition in STORING else ()
