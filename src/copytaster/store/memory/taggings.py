"""The part of the ledger in memory that is about tagging, and what all its parts share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from copytaster.article import ArticleId
from copytaster.clock import Clock
from copytaster.events import EventKind
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.ports import Lease
from copytaster.store.refusals import Transition
from copytaster.work import FARTHEST, Work


@dataclass(slots=True)
class Hold:
    """Who has a delivery or an article's tagging, until when, and how often it was begun."""

    owner: str
    until: datetime
    attempts: int


class MemoryTaggings:
    """See ``copytaster.store.taggings.Taggings``."""

    def __init__(self, clock: Clock, events: MemoryEvents) -> None:
        self._clock = clock
        self._events = events
        self._lock = threading.RLock()
        self._due: dict[Work, dict[str, datetime]] = {work: {} for work in Work}
        self._holds: dict[str, Hold] = {}
        self._refused = Counter[Transition]()

    def begin_tagging(self, article_id: ArticleId, *, owner: str, lease: timedelta) -> Lease | None:
        """Take an article's tagging; see ``Taggings.begin_tagging``."""
        with self._lock:
            work = next((each for each in (Work.TAG, Work.RETAG) if article_id in self._due[each]), None)
            if work is None:
                self._refuse(Transition.TAGGING_NOT_DUE)
                return None
            hold = self._holds.get(article_id)
            if hold and hold.owner == owner:
                return Lease(hold.attempts)
            if hold and self._is_ahead(hold.until):
                self._refuse(Transition.TAGGING_LEASED)
                return None
            attempt = hold.attempts + 1 if hold else 1
            self._holds[article_id] = Hold(owner, self._clock.now() + lease, attempt)
            self._due[work][article_id] = self._clock.now() + lease
            return Lease(attempt)

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Give an article's tagging back; see ``Taggings.postpone_tagging``."""
        with self._lock:
            hold = self._holds.get(article_id)
            if not hold or hold.owner != owner:
                return self._refuse(Transition.TAGGING_NOT_HELD)
            self._holds[article_id] = Hold("", self._clock.now(), hold.attempts)
            for due in (self._due[Work.TAG], self._due[Work.RETAG]):
                if article_id in due:
                    due[article_id] = self._clock.now() + due_in
            return True

    def settle_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """End an article's tagging; see ``Taggings.settle_tagging``."""
        with self._lock:
            hold = self._holds.get(article_id)
            if not hold or hold.owner != owner:
                return self._refuse(Transition.TAGGING_NOT_HELD)
            del self._holds[article_id]
            self._end_tagging(article_id)
            self._events.append(EventKind.ARTICLE_TAGGED, at=self._clock.now(), article_ids=(article_id,))
            return True

    def request_tagging(self, article_ids: Sequence[ArticleId], *, due_in: timedelta) -> None:
        """Make taggings due; see ``Taggings.request_tagging``."""
        with self._lock:
            for each in article_ids:
                if each not in self._due[Work.TAG]:
                    self._due[Work.RETAG].setdefault(each, self._clock.now() + due_in)

    def tagging_due(self, article_ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return what is due; see ``Taggings.tagging_due``."""
        with self._lock:
            return {each for each in article_ids if each in self._due[Work.TAG] or each in self._due[Work.RETAG]}

    def _end_tagging(self, article_id: ArticleId) -> None:
        for work in (Work.TAG, Work.RETAG):
            self._due[work].pop(article_id, None)

    def _refuse(self, transition: Transition) -> bool:
        self._refused[transition] += 1
        return False

    def _is_ahead(self, moment: datetime) -> bool:
        """Say whether a moment is still to come, and not only by a clock that has been set back since."""
        return self._clock.now() < moment <= self._clock.now() + FARTHEST
