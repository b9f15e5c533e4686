"""The stories in memory."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from copytaster.clock import milliseconds
from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.memory.events import MemoryEvents
from copytaster.store.ports.stories import (
    MAX_CANDIDATES,
    MAX_STORIES_OF_KEY,
    Assignment,
    EntryPage,
    IndexKey,
    Placed,
    Situation,
    StoryChange,
    StoryEntry,
    StoryEvent,
    StoryId,
    StoryPage,
    StoryRecord,
    WaitingCopy,
    Wanted,
)
from copytaster.store.story_handles import handle, handles_of, split

WALKED = 100
"""Stories that a step of a walk returns."""


class MemoryStories:
    """Implements ``Stories``."""

    def __init__(self, events: MemoryEvents) -> None:
        self._events = events
        self._lock = threading.RLock()
        self._records: dict[StoryId, StoryRecord] = {}
        self._redirects: dict[StoryId, StoryId] = {}
        self._placed: dict[ArticleId, StoryId] = {}
        self._entries: defaultdict[StoryId, dict[ArticleId, StoryEntry]] = defaultdict(dict)
        self._index: defaultdict[IndexKey, list[StoryId]] = defaultdict(list)
        self._waiting: defaultdict[ArticleId, dict[ArticleId, WaitingCopy]] = defaultdict(dict)
        self._assigned: dict[ArticleId, Assignment] = {}
        self._unreported: list[StoryEvent] = []

    def situations(self, wanted: Sequence[Wanted]) -> list[Situation]:
        """Return what is known; see ``Stories.situations``."""
        with self._lock:
            return [self._situation(each) for each in wanted]

    def _situation(self, wanted: Wanted) -> Situation:
        story = self._placed.get(wanted.article_id)
        assigned = self._assigned.get(wanted.article_id)
        waiting = self._waiting.get(wanted.article_id, {})
        if assigned:
            assigned = replace(assigned, story_id=self._resolved(assigned.story_id))
        shared = Counter[StoryId]()
        for key in wanted.keys:
            shared.update(self._index[key])
        found = [each for each, _ in shared.most_common(MAX_CANDIDATES)]
        if assigned and assigned.story_id in self._records:
            found = list(dict.fromkeys([assigned.story_id, *found]))
        return Situation(
            story=self._records[story] if story else None,
            assigned=assigned,
            copies=tuple(each for name, each in waiting.items() if name not in self._placed),
            candidates=tuple(self._records[each] for each in found),
            known=handles_of(shared),
            waiting=len(waiting),
        )

    def commit(self, changes: Sequence[StoryChange]) -> list[bool]:
        """Make the changes; see ``Stories.commit``."""
        with self._lock:
            return [self._commit(each) for each in changes]

    def _commit(self, change: StoryChange) -> bool:
        if not self._is_possible(change):
            return False
        for merged, into in change.merged.items():
            self._merge(merged, into)
        for each in change.placed:
            self._place(each)
        for article_id, story_id in change.removed:
            self._placed.pop(article_id, None)
            self._entries[story_id].pop(article_id, None)
        for record in change.records:
            self._write(replace(record, revision=change.revision), change.keys)
        if change.original:
            self._waiting.pop(change.original, None)
        self._unreported += change.events
        return True

    def _is_possible(self, change: StoryChange) -> bool:
        revisions = {each.id: each.revision for each in change.records}
        stored = {each: self._records[each].revision if each in self._records else 0 for each in revisions}
        members = [(each.entry.article_id, each.leaves) for each in change.placed]
        where: Iterable[tuple[ArticleId, StoryId | None]] = [*members, *change.removed]
        under_keys = (story for key in change.keys for story in self._index[key])
        waiting = len(self._waiting.get(change.original, ())) if change.original else 0
        return (
            revisions == stored
            and all(self._placed.get(article_id) == story for article_id, story in where)
            and (change.known is None or split(change.known).issuperset(map(handle, under_keys)))
            and waiting == change.copies
        )

    def _merge(self, merged: StoryId, into: StoryId) -> None:
        entries = self._entries.pop(merged, {})
        self._entries[into] |= entries
        self._placed |= dict.fromkeys(entries, into)
        self._redirects[merged] = into

    def _place(self, placed: Placed) -> None:
        article_id = placed.entry.article_id
        if placed.leaves:
            self._entries[placed.leaves].pop(article_id, None)
        self._entries[placed.story_id][article_id] = placed.entry
        self._placed[article_id] = placed.story_id
        self._assigned.pop(article_id, None)

    def _write(self, record: StoryRecord, keys: Sequence[IndexKey]) -> None:
        known = self._records.pop(record.id, None)
        kept = set(record.keys if record.members else ())
        for key in set(known.keys if known else ()) - kept:
            self._index[key] = [each for each in self._index[key] if each != record.id]
        if not record.members:
            self._entries.pop(record.id, None)
            if record.id not in self._redirects:
                self._redirects = {each: into for each, into in self._redirects.items() if into != record.id}
            return
        self._redirects.pop(record.id, None)
        self._records[record.id] = record
        added = set(record.keys) - set(known.keys if known else ())
        for key in record.keys:
            if key in added or key in keys:
                others = [each for each in self._index[key] if each != record.id]
                self._index[key] = [*others, record.id][-MAX_STORIES_OF_KEY:]

    def wait_for_original(self, original: ArticleId, copy: WaitingCopy) -> bool:
        """Let a copy wait; see ``Stories.wait_for_original``."""
        with self._lock:
            if original in self._placed or copy.entry.article_id in self._placed:
                return False
            self._waiting[original][copy.entry.article_id] = copy
            return True

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return present stories; see ``Stories.ids``."""
        with self._lock:
            return {each: self._placed[each] for each in article_ids if each in self._placed}

    def records(self, story_ids: Sequence[StoryId]) -> Mapping[StoryId, StoryRecord]:
        """Return stories; see ``Stories.records``."""
        with self._lock:
            present = {each: self._resolved(each) for each in story_ids}
            return {each: self._records[found] for each, found in present.items() if found in self._records}

    def entries(
        self, story_id: StoryId, *, cursor: str | None = None, newest_first: bool = False, limit: int
    ) -> EntryPage:
        """Return a page of members; see ``Stories.entries``."""
        after = Cursor.parse(cursor) if cursor else None
        with self._lock:
            positions = {_position(each): each for each in self._entries.get(story_id, {}).values()}
        ordered = sorted(positions, reverse=newest_first)
        found = [each for each in ordered if after is None or (each < after if newest_first else each > after)]
        page = found[:limit]
        return EntryPage(tuple(positions[each] for each in page), str(page[-1]) if len(found) > limit else None)

    def entry(self, story_id: StoryId, article_id: ArticleId) -> StoryEntry | None:
        """Return a member; see ``Stories.entry``."""
        with self._lock:
            return self._entries.get(story_id, {}).get(article_id)

    def entries_of(self, members: Sequence[tuple[StoryRecord, ArticleId]]) -> list[StoryEntry | None]:
        """Return members; see ``Stories.entries_of``."""
        return [self.entry(record.id, each) for record, each in members]

    def changed(self, *, single: bool, cursor: str | None = None, limit: int) -> StoryPage:
        """Return a page of stories; see ``Stories.changed``."""
        after = Cursor.parse(cursor) if cursor else None
        with self._lock:
            found = [each for each in self._records.values() if (not each.closed if single else each.members > 1)]
        positions = {Cursor(milliseconds(each.last_seen), ArticleId(each.id)): each for each in found}
        ordered = [each for each in sorted(positions, reverse=True) if after is None or each < after]
        page = ordered[:limit]
        return StoryPage(tuple(positions[each] for each in page), str(page[-1]) if len(ordered) > limit else None)

    def open_count(self) -> int:
        """Return how many stories are open; see ``Stories.open_count``."""
        with self._lock:
            return sum(not each.closed for each in self._records.values())

    def unchanged(self, *, before: datetime, limit: int) -> list[StoryRecord]:
        """Return stories to be closed; see ``Stories.unchanged``."""
        with self._lock:
            found = [each for each in self._records.values() if not each.closed and each.last_seen < before]
        return sorted(found, key=lambda each: (each.last_seen, each.id))[:limit]

    def walk(self, position: int) -> tuple[int, list[tuple[StoryRecord, int]]]:
        """Return some of all stories; see ``Stories.walk``."""
        with self._lock:
            found = list(self._records.values())[position : position + WALKED]
            after = position + len(found) if position + len(found) < len(self._records) else 0
            return after, [(each, len(self._entries.get(each.id, ()))) for each in found]

    def assign(self, assignments: Sequence[Assignment]) -> None:
        """Assign articles; see ``Stories.assign``."""
        with self._lock:
            self._assigned |= {each.article_id: each for each in assignments if each.article_id not in self._placed}

    def redirect(self, merged: Mapping[StoryId, StoryId]) -> None:
        """Record merges; see ``Stories.redirect``."""
        with self._lock:
            self._redirects |= {each: into for each, into in merged.items() if each not in self._records}

    def earlier(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return nothing: no earlier release has written this memory."""
        del article_ids
        return {}

    def remove_earlier(self) -> None:
        """Remove nothing; see ``earlier``."""

    def report(self, *, limit: int, again_in: timedelta) -> int:
        """Write events; see ``Stories.report``."""
        del again_in  # nothing dies between the two
        with self._lock:
            events, self._unreported = self._unreported[:limit], self._unreported[limit:]
            for each in events:
                self._events.append(each.kind, at=each.at, story_ids=each.story_ids, article_ids=each.article_ids)
            return len(events)

    def _resolved(self, story_id: StoryId) -> StoryId:
        while story_id not in self._records and story_id in self._redirects:
            story_id = self._redirects[story_id]
        return story_id


def _position(entry: StoryEntry) -> Cursor:
    return Cursor(milliseconds(entry.received_at), entry.article_id)
