"""The taggings of articles in memory: their due times and leases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from copytaster.clock import Clock
from copytaster.model.article import ArticleId
from copytaster.model.events import EventKind
from copytaster.model.refused_transitions import Transition
from copytaster.model.sighting import Described
from copytaster.model.work import FIRST_DUE, TAGGING_QUEUES, Work, is_ahead
from copytaster.store.memory.embargoes import MemoryEmbargoes
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.memory.held_lease import Held
from copytaster.store.memory.source_watch import MemorySourceWatch
from copytaster.store.ports.ledger import Lease


class MemoryTaggings(MemoryEmbargoes):
    """Implements the part of ``Ledger`` about taggings."""

    def __init__(self, clock: Clock, events: MemoryEvents, sources: MemorySourceWatch) -> None:
        super().__init__(clock, events)
        self._sources = sources
        self._leases: dict[str, Held] = {}
        self._refused = Counter[Transition]()

    def request_tagging(self, article_ids: Sequence[ArticleId], *, due_in: timedelta) -> None:
        """Make the tagging of articles due; see ``Ledger.request_tagging``."""
        with self._lock:
            for each in article_ids:
                if each not in self._due[Work.TAG]:
                    self._due[Work.RETAG].setdefault(each, self._clock.now() + due_in)

    def tagging_due(self, article_ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return the articles with a due tagging; see ``Ledger.tagging_due``."""
        with self._lock:
            return {each for each in article_ids if each in self._due[Work.TAG] or each in self._due[Work.RETAG]}

    def begin_tagging(
        self, article_ids: Sequence[ArticleId], *, owner: str, lease: timedelta
    ) -> dict[ArticleId, Lease]:
        """Lease the taggings of articles; see ``Ledger.begin_tagging``."""
        with self._lock:
            attempts = {each: self._begin_tagging(each, owner, lease) for each in dict.fromkeys(article_ids)}
        return {each: Lease(attempt) for each, attempt in attempts.items() if attempt}

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Release the lease of an article's tagging; see ``Ledger.postpone_tagging``."""
        with self._lock:
            held = self._leases.get(article_id)
            if not held or held.owner != owner:
                return self._refuse(Transition.TAGGING_NOT_HELD)
            self._release_tagging(article_id, due_in, held)
            return True

    def excuse_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """Withdraw an attempt at a tagging; see ``Ledger.excuse_tagging``."""
        with self._lock:
            held = self._leases.get(article_id)
            if held and held.owner == owner:
                held.attempts -= 1
                self._release_tagging(article_id, timedelta(0), held)
            elif held and held.blamed == owner:
                held.attempts -= 1
                held.blamed = ""
            else:
                return False
            return True

    def settle_tagging(
        self, article_ids: Sequence[ArticleId], *, owner: str, seen: Mapping[ArticleId, Described] | None = None
    ) -> set[ArticleId]:
        """End the taggings of articles; see ``Ledger.settle_tagging``."""
        with self._lock:
            done = {each for each in dict.fromkeys(article_ids) if self._settle_tagging(each, owner)}
            for each in done:
                self._sources.append((seen or {}).get(each))
            return done

    def _begin_tagging(self, article_id: ArticleId, owner: str, lease: timedelta) -> int:
        """Lease an article's tagging and return the number of the attempt; 0 if there is nothing to do."""
        work = next((each for each in (Work.TAG, Work.RETAG) if article_id in self._due[each]), None)
        held = self._leases.get(article_id)
        if work is None:
            return int(self._refuse(Transition.TAGGING_NOT_DUE))
        if held and held.owner == owner:
            return held.attempts
        if held and self._is_future(held.until):
            return int(self._refuse(Transition.TAGGING_LEASED))
        attempt = held.attempts + 1 if held else 1
        blamed = (held.owner or held.blamed) if held else ""
        self._leases[article_id] = Held(owner, self._clock.now() + lease, attempt, blamed)
        self._due[work][article_id] = self._clock.now() + lease
        return attempt

    def _settle_tagging(self, article_id: ArticleId, owner: str) -> bool:
        held = self._leases.get(article_id)
        if not held or held.owner != owner:
            return self._refuse(Transition.TAGGING_NOT_HELD)
        del self._leases[article_id]
        self._remove_tagging(article_id)
        self._append(EventKind.ARTICLE_TAGGED, article_ids=(article_id,))
        return True

    def _queue_tagging(self, article_ids: Sequence[ArticleId], lane: Work) -> None:
        for article_id in article_ids:
            self._leases.pop(article_id, None)
            # A delivery from the backfill does not move a tagging from the live queue to the slower one.
            queue = Work.TAG if article_id in self._due[Work.TAG] else TAGGING_QUEUES[lane]
            self._remove_tagging(article_id)
            self._due[queue][article_id] = self._clock.now() + FIRST_DUE

    def _release_tagging(self, article_id: ArticleId, due_in: timedelta, held: Held) -> None:
        self._leases[article_id] = Held("", self._clock.now(), held.attempts, held.blamed)
        for due in (self._due[Work.TAG], self._due[Work.RETAG]):
            if article_id in due:
                due[article_id] = self._clock.now() + due_in

    def _remove_tagging(self, article_id: ArticleId) -> None:
        for work in (Work.TAG, Work.RETAG):
            self._due[work].pop(article_id, None)

    def _append(self, kind: EventKind, **fields: Any) -> None:
        self._events.append(kind, at=self._clock.now(), **fields)

    def _refuse(self, transition: Transition) -> bool:
        self._refused[transition] += 1
        return False

    def _is_future(self, moment: datetime) -> bool:
        """Return whether a time is in the future; times beyond the horizon come from a clock that was set back."""
        return is_ahead(moment, self._clock.now())
