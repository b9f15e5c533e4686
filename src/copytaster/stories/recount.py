"""The recount of stories: a record that does not fit the members of its story is corrected, or removed without them.

A defect of an earlier release has stored wrong numbers of members. A story whose number is too high would stay after
its last member, and one whose number is too low would end before.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from copytaster.clock import Clock, Interval
from copytaster.model.article import ArticleId
from copytaster.store.ports.stories import Placed, StoryChange, StoryEntry, StoryRecord, founder
from copytaster.store.store import Store
from copytaster.stories.members import entries_of
from copytaster.stories.records import emptied

log = structlog.get_logger(__name__)

PASS_EVERY = timedelta(hours=1)
"""Interval between two passes over all stories; a pass of a million articles takes some hours."""

MEMBERS_AT_ONCE = 1_000
"""Members after which a step ends: some 200 KB in two round trips, or in more for many stories. A story is never
divided, so that a step reads at most these and those of one story."""

NAMED = 5
"""Stories that a message in the log names."""


@dataclass(slots=True, kw_only=True)
class StoryRecount:
    """Walks over all stories, some in each step. Any number of processes may do this, beside placing and removals."""

    store: Store
    clock: Clock
    _passes: Interval = field(default_factory=lambda: Interval(PASS_EVERY))
    _position: int = 0
    _left: list[tuple[StoryRecord, int]] = field(default_factory=list)

    def step(self) -> int:
        """Examine some stories, if a pass is running or due, and return how many were corrected or removed.

        Nothing is examined until the store is complete. A story that changes meanwhile is left to the next pass: see
        ``StoryChange``. Raises ``TransientError``; the next step continues.
        """
        if not self.store.epoch.read().is_complete:
            return 0
        if not self._left:
            if not self._position and not self._passes.has_passed(self.clock.now()):
                return 0
            self._position, self._left = self.store.stories.walk(self._position)
        some = self._next()
        members = self._members(some)
        gone = self._gone([each.article_id for entries in members for each in entries])
        examined = [_Examined(*each, entries, gone) for each, entries in zip(some, members, strict=True)]
        changes = [change for each in examined if (change := each.correction())]
        made = zip(changes, self.store.stories.commit(changes), strict=True)
        corrected = [change.records[0].id for change, is_made in made if is_made]
        # At the end: after an outage the next step examines the same stories.
        self._left = self._left[len(some) :]
        if corrected:
            log.warning("stories.recounted", count=len(corrected), stories=corrected[:NAMED])
        return len(corrected)

    def _next(self) -> list[tuple[StoryRecord, int]]:
        """Return the next stories, of which all but the last one have few members together."""
        found, members = list[tuple[StoryRecord, int]](), 0
        for each in self._left:
            if members >= MEMBERS_AT_ONCE:
                break
            found.append(each)
            members += each[1]
        return found

    def _members(self, some: Sequence[tuple[StoryRecord, int]]) -> list[list[StoryEntry]]:
        """Return the members of each story; of one without stored members, the articles that have it as their story."""
        possible = [each for record, size in some if not size for each in _possible_members(record)]
        places = self.store.stories.ids(possible)

        def alone(record: StoryRecord) -> list[StoryEntry]:
            names = [each for each in _possible_members(record) if places.get(each) == record.id]
            return [StoryEntry(each, record.first_seen) for each in names]

        return [list(entries_of(record, self.store)) if size else alone(record) for record, size in some]

    def _gone(self, members: Sequence[ArticleId]) -> frozenset[ArticleId]:
        """Return the members that are not stored any more: they were placed while they were removed."""
        known = self.store.articles.last_changes(members) if members else {}
        left = [each for each in members if each not in known]
        return frozenset(left).difference(self.store.articles.first_receipts(left)) if left else frozenset()


@dataclass(frozen=True, slots=True)
class _Examined:
    """A story with its number of stored members, its members, and the articles that are not stored any more."""

    record: StoryRecord
    size: int
    members: Sequence[StoryEntry]
    gone: AbstractSet[ArticleId]

    def correction(self) -> StoryChange | None:
        """Return the change after which the record fits the members; None if it does so already."""
        left = [each for each in self.members if each.article_id not in self.gone]
        names, copies = {each.article_id for each in left}, sum(each.is_copy for each in left)
        leads = tuple(each for each in self.record.leads if each.article_id in names)
        counted = replace(self.record, articles=len(left) - copies, copies=copies, leads=leads)
        if left and counted == self.record:
            return None
        removed = tuple((each.article_id, self.record.id) for each in self.members if each.article_id in self.gone)
        # If the record has another number, the only member is not stored in it.
        placed = () if self.size else tuple(Placed(self.record.id, each, leaves=self.record.id) for each in left)
        return StoryChange(records=(counted if left else emptied(counted),), placed=placed, removed=removed)


def _possible_members(record: StoryRecord) -> list[ArticleId]:
    return list(dict.fromkeys([*(each.article_id for each in record.leads), founder(record.id)]))
