"""Retention: old articles, settled deliveries and failed files are removed in small steps; memory may hasten it.

Any number of processes may run the steps: each removal is done and reported once. A delivery that is in flight is never
removed, and neither is an article of which a version or a copy arrives at that moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from copytaster.archive.placements import Placements
from copytaster.archive.retention_limit import RetentionLimits
from copytaster.articles.earlier_stories import EarlierStories
from copytaster.articles.removal import TOGETHER, remove_articles
from copytaster.articles.source_ages import FOR_EVER, SourceAges
from copytaster.clock import Clock, Interval
from copytaster.errors import DamagedRecordError, NewerRecordError
from copytaster.metrics import WatcherMetrics
from copytaster.model.article import Article, ArticleId, Document
from copytaster.model.batches import batched
from copytaster.model.delivery import Delivery, DeliveryId
from copytaster.model.events import EventKind
from copytaster.quarantine.port import Quarantine
from copytaster.store.ports.layout import LAYOUT
from copytaster.store.ports.retention import AGE, MEMORY, Removal
from copytaster.store.readable import readable
from copytaster.store.store import Store

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Articles, and deliveries, removed in one step. Ten articles take fourteen round trips: a step takes some 100 ms."""

PASS_EVERY = timedelta(minutes=10)
"""Interval between two passes over the old deliveries: a pass reads the failed ones again, which are kept longer."""

WALK_EVERY = timedelta(hours=1)
"""Interval between two walks over all articles, which find those of sources with a shorter age. A walk takes a hundred
articles in each step: 300,000 in less than two hours."""

UNREADABLE_FOR = timedelta(days=1)
"""An old article that this release cannot read, because of a newer one or a damage, is looked at again after this."""

LEAST_STEP = timedelta(milliseconds=1)
"""The resolution of times in the store."""

LEAST_SINCE_SETTLED = timedelta(days=1)
"""A delivery is kept for this long after its disposition: one that was rebuilt or waited long can be examined."""

LEAST_AGE = timedelta(hours=1)
"""Nothing younger is removed for memory: otherwise a flood of files would remove itself before anybody reads it."""

SHARE_OF_LIMIT = 0.9
"""Share of the limit at which the intake pauses; above it the oldest are removed, before the intake has to pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """How long articles, deliveries and failed files are kept; None is for ever. ``sources`` have ages of their own.

    Above ``memory_share`` of the server's memory, the oldest articles and deliveries are removed whatever their age.
    """

    articles: timedelta | None
    deliveries: timedelta | None
    failed_files: timedelta | None
    memory_share: float
    sources: Mapping[str, timedelta | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionDependencies:
    """What the retention works on; ``limits`` and ``placements`` are stored outside the server, for a rebuild."""

    store: Store
    quarantine: Quarantine
    limits: RetentionLimits
    placements: Placements
    rules: RetentionRules
    metrics: WatcherMetrics
    clock: Clock


class Expired(Document):
    """Numbers of articles and deliveries; failed files go with their deliveries."""

    articles: int
    deliveries: int


class RetentionJob:
    """Removes what is older than the rules allow, a batch in each step."""

    def __init__(self, deps: RetentionDependencies) -> None:
        self._deps = deps
        self._after: DeliveryId | None = None
        self._after_for_memory: DeliveryId | None = None
        self._passes = Interval(PASS_EVERY)
        self._sweep = 0
        self._is_swept = False
        self._earlier_stories = EarlierStories(deps.store, deps.placements, deps.clock)
        self._ages = SourceAges(deps.rules.articles, deps.rules.sources)
        self._walks = Interval(WALK_EVERY)
        self._walk = 0

    def step(self) -> int:
        """Remove one batch of each kind and return how much was removed.

        Raises ``TransientError`` if server or archive do not answer; the next step continues.
        """
        deps, now = self._deps, self._age_time()
        age = deps.rules.articles
        removed = self._remove_old_articles(now, age) if age else 0
        removed += self._remove_short_lived(now) + self._remove_deliveries(now)
        if self._is_short_of_memory():
            removed += self._remove_for_memory(deps.clock.now())
        self._sweep = deps.store.articles.sweep(self._sweep)
        has_earlier = deps.store.retention.sweep()
        self._is_swept |= not self._sweep  # each process begins at the start, so that it has seen every key now
        if self._is_swept and not has_earlier and self._earlier_stories.step():
            deps.store.layout.record(LAYOUT)
        deps.store.retention.note_run()
        return removed

    def prune(self) -> Expired:
        """Take steps until nothing is left to remove, and return how much was removed. Raises as ``step`` does."""
        before = self._deps.store.retention.totals()
        self._passes, self._walks = Interval(PASS_EVERY), Interval(WALK_EVERY)
        while self.step() or self._after or self._walk:
            pass
        after = self._deps.store.retention.totals()
        return Expired(
            articles=after.articles_removed - before.articles_removed,
            deliveries=after.deliveries_removed - before.deliveries_removed,
        )

    def due(self) -> Expired:
        """Return how much the rules would remove at present by age, without removing it."""
        deps, now = self._deps, self._age_time()
        age = deps.rules.articles
        articles = deps.store.articles.count_unchanged(before=now - age) if age else 0
        if self._ages.sources:
            articles = self._count_old_articles(now)
        return Expired(articles=articles, deliveries=sum(self._is_expired(each, now) for each in self._old(now)))

    def _age_time(self) -> datetime:
        return self._deps.store.retention.totals().age_time(self._deps.clock.now())

    def _old(self, now: datetime) -> Iterator[Delivery]:
        """Yield the settled deliveries that are old enough to be removed, if they are not kept for another reason."""
        after, age = None, self._deps.rules.deliveries
        while age and (page := self._deps.store.retention.settled(before=now - age, after=after, limit=AT_ONCE)):
            yield from page
            after = page[-1].id

    def _remove_deliveries(self, now: datetime) -> int:
        age = self._deps.rules.deliveries
        if age is None or (self._after is None and not self._passes.has_passed(now)):
            return 0
        page = self._deps.store.retention.settled(before=now - age, after=self._after, limit=AT_ONCE)
        self._after = page[-1].id if len(page) == AT_ONCE else None
        return self._remove_all([each for each in page if self._is_expired(each, now)], AGE)

    def _is_expired(self, delivery: Delivery, now: datetime) -> bool:
        """Return whether a delivery that is old enough may go: not if it settled lately, or if its file is kept."""
        if delivery.settled_at is None or now - delivery.settled_at < LEAST_SINCE_SETTLED:
            return False
        if not delivery.has_failed_file:
            return True
        age = self._deps.rules.failed_files
        return age is not None and now - delivery.received_at >= age

    def _is_short_of_memory(self) -> bool:
        share = self._deps.store.memory.read().share
        return share is not None and share > self._deps.rules.memory_share

    def _remove_for_memory(self, now: datetime) -> int:
        """Remove the oldest articles, and the deliveries that are older than the oldest article that stays.

        The time of that article is stored outside the server, so that a rebuild does not store the removed ones again.
        """
        store, before = self._deps.store, now - LEAST_AGE
        removed = len(self._remove_articles(before, MEMORY))
        limit = min(store.articles.oldest_change() or before, before)
        self._deps.limits.raise_to(limit)
        page = store.retention.settled(before=limit, after=self._after_for_memory, limit=AT_ONCE)
        # Those that are kept, because their files are, must not hide the others from the next step.
        self._after_for_memory = page[-1].id if len(page) == AT_ONCE else None
        return removed + self._remove_all([each for each in page if not each.has_failed_file], MEMORY)

    def _remove_articles(self, before: datetime, why: str) -> list[ArticleId]:
        return self._remove_found(self._deps.store.articles.unchanged(before=before, limit=AT_ONCE), before, why)

    def _remove_found(self, found: Sequence[ArticleId], before: datetime, why: str) -> list[ArticleId]:
        removed = [each for some in batched(found, TOGETHER) for each in self._remove_together(some, before, why)]
        if removed:
            self._report(Removal(EventKind.ARTICLE_EXPIRED, why, article_ids=tuple(removed)))
        return removed

    def _remove_together(self, found: Sequence[ArticleId], before: datetime, why: str) -> list[ArticleId]:
        """Remove articles, but for those that cannot be read, and return those that were removed."""
        store = self._deps.store
        try:
            return remove_articles(found, store, before=before)
        except (NewerRecordError, DamagedRecordError):
            if len(found) > 1:
                return [each for name in found for each in self._remove_together([name], before, why)]
        # Left to the newer release, or to a person. It must not hide the others, which are removed the oldest first.
        if why == AGE:
            store.articles.postpone(found[0], until=before + UNREADABLE_FOR)
        return []

    def _remove_old_articles(self, now: datetime, age: timedelta) -> int:
        """Remove a batch of articles; those of sources with a longer age are postponed until then."""
        while ids := self._deps.store.articles.unchanged(before=now - age, limit=AT_ONCE):
            later = self._expiring_later(ids, now) if self._ages.sources else {}
            for name, expires_at in later.items():
                self._deps.store.articles.postpone(name, until=expires_at - age)
            if len(later) < len(ids):
                return len(self._remove_found([each for each in ids if each not in later], now - age, AGE))
        return 0

    def _expiring_later(self, ids: Sequence[ArticleId], now: datetime) -> dict[ArticleId, datetime]:
        """Return when those of the articles expire that are not old, or of which this release cannot tell it."""
        found, unreadable = readable(ids, self._deps.store.articles.get_many)
        young = {
            each.id: self._ages.expires_at(each) or now + FOR_EVER for each in found if not self._is_old(each, now)
        }
        return young | dict.fromkeys(unreadable, now + UNREADABLE_FOR)

    def _remove_short_lived(self, now: datetime) -> int:
        """Examine some of all articles, if a source has a shorter age, and remove the old ones of such sources."""
        if self._ages.shortest is None or (not self._walk and not self._walks.has_passed(now)):
            return 0
        self._walk, ids = self._deps.store.articles.ids(self._walk)
        old = self._old_among(ids, now)
        together = ((at, [each for each in old if old[each] == at]) for at in sorted({*old.values()}))
        parts = ((at, part) for at, found in together for part in batched(found, AT_ONCE))
        return sum(len(self._remove_found(part, at, AGE)) for at, part in parts)

    def _count_old_articles(self, now: datetime) -> int:
        position, old, is_first = 0, set[ArticleId](), True
        while position or is_first:
            position, ids = self._deps.store.articles.ids(position)
            is_first = False
            old |= self._old_among(ids, now).keys()
        return len(old)

    def _old_among(self, ids: list[ArticleId], now: datetime) -> dict[ArticleId, datetime]:
        """Return the old ones of the articles, with the time since which the store knows of no change of each.

        The current version does not tell of all changes: one that came later may be an older state, or lift an embargo.
        An article without a version is old: its removal was interrupted.
        """
        articles = self._deps.store.articles
        changed = articles.last_changes(ids)
        stored, unreadable = readable(list(changed), articles.get_many)
        found = {each.id: each for each in stored}
        known = found.keys() | set(unreadable)
        since = {name: changed[name] + LEAST_STEP for name in changed if name not in known}
        for each in found.values():
            age = self._ages.unchanged_for(each)
            if age and self._is_old(each, now) and changed[each.id] < now - age:
                since[each.id] = now - age
        return since

    def _is_old(self, article: Article, now: datetime) -> bool:
        expires_at = self._ages.expires_at(article)
        return expires_at is not None and expires_at < now

    def _remove_all(self, deliveries: list[Delivery], why: str) -> int:
        removed = []
        for each in deliveries:
            # The file first: without its delivery, nothing would name it any more.
            if each.has_failed_file:
                self._deps.quarantine.remove_report(each.id, path=each.path, with_copy=True)
            if self._deps.store.retention.remove_delivery(each):
                removed.append(each.id)
        if removed:
            self._report(Removal(EventKind.DELIVERY_EXPIRED, why, delivery_ids=tuple(removed)))
        return len(removed)

    def _report(self, removal: Removal) -> None:
        self._deps.store.retention.report(removal)
        for kind, ids in (("article", removal.article_ids), ("delivery", removal.delivery_ids)):
            if ids:
                self._deps.metrics.expired.labels(kind, removal.why).inc(len(ids))
                log.info("retention.removed", kind=kind, count=len(ids), why=removal.why)
