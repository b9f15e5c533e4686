"""The stories on the server: one hash slot for all, because a change of several stories is one change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.clock import Clock, from_milliseconds, milliseconds
from copytaster.model.article import ArticleId
from copytaster.store.cursor import Cursor
from copytaster.store.keys import Keys
from copytaster.store.ports.stories import (
    MAX_CANDIDATES,
    MAX_STORIES_OF_KEY,
    Assignment,
    EntryPage,
    Situation,
    StoryChange,
    StoryEntry,
    StoryEvent,
    StoryId,
    StoryPage,
    StoryRecord,
    WaitingCopy,
    Wanted,
    founded_story,
)
from copytaster.store.redis.client import call, script, send, text, transient_errors
from copytaster.store.redis.events import EVENTS_KEPT, pack_event
from copytaster.store.redis.story_records import (
    KEY,
    decode,
    decode_assignment,
    decode_copy,
    decode_entry,
    encode,
    encode_assignment,
    encode_copy,
    encode_evidence,
    long,
    only_member,
    pairs,
    short,
)
from copytaster.store.story_handles import handle

ASSIGNED_FOR = timedelta(days=7)
"""How long assignments wait for their articles: a rebuild of a million articles takes some days, tagging included."""

WALKED_KEYS = 1_000
"""Keys of any kind that a step of a walk examines, in half a millisecond; some 150 of them are stories. Eight million
keys, of a million articles, are examined in 8,000 steps."""

EARLIER = ("into", "members", "relations")
"""Keys of an earlier release: ties of articles, in hashes and a sorted set."""


class RedisStories:
    """Implements ``Stories``; ``story_records`` describes the keys."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._prefix = keys.stories()
        shared = ["story_keys"]
        self._situations = script(client, "story_situations", shared=shared)
        self._commit = script(client, "story_commit", shared=["find_entry", *shared])
        self._wait = script(client, "story_wait", shared=shared)
        self._records = script(client, "story_records", shared=shared)
        self._places = script(client, "story_places", shared=shared)
        self._page = script(client, "story_page")
        self._take_events = script(client, "story_take_events")

    def situations(self, wanted: Sequence[Wanted]) -> list[Situation]:
        """Return what is known; see ``Stories.situations``."""
        if not wanted:
            return []
        arguments: list[Any] = [self._prefix, MAX_CANDIDATES]
        for each in wanted:
            arguments += [each.article_id, len(each.keys), *(key.to_bytes(KEY, "little") for key in each.keys)]
        with transient_errors():
            *found, handles, stored = self._situations(keys=[self._key("index")], args=arguments)
        records = {name: decode(record) for name, record in zip(handles, stored, strict=True) if record is not None}
        return [_situation(each, answer, records) for each, answer in zip(wanted, found, strict=True)]

    def commit(self, changes: Sequence[StoryChange]) -> list[bool]:
        """Make the changes; see ``Stories.commit``."""
        if not changes:
            return []

        def commit_all(pipe: Pipeline) -> None:
            for each in changes:
                call(pipe, self._commit, [self._key("index")], [self._prefix, *self._arguments(each)])

        with transient_errors():
            return [bool(each) for each in send(self._client, [self._commit], commit_all)]

    def _arguments(self, change: StoryChange) -> list[Any]:
        due = milliseconds(self._clock.now())
        known = "-" if change.known is None else change.known
        return [
            MAX_STORIES_OF_KEY,
            change.original or "",
            change.copies,
            known,
            *_counted(_record_arguments(each, change.revision) for each in change.records),
            *_counted(
                [
                    each.entry.article_id,
                    short(each.story_id),
                    short(each.leaves) if each.leaves else b"",
                    milliseconds(each.entry.received_at),
                    encode_evidence(each.entry),
                ]
                for each in change.placed
            ),
            *_counted([article_id, short(story_id)] for article_id, story_id in change.removed),
            *_counted([short(merged), short(into)] for merged, into in change.merged.items()),
            *_counted([key.to_bytes(KEY, "little")] for key in change.keys),
            *_counted([due, _event(each)] for each in change.events),
        ]

    def wait_for_original(self, original: ArticleId, copy: WaitingCopy) -> bool:
        """Let a copy wait; see ``Stories.wait_for_original``."""
        arguments: list[Any] = [self._prefix, original, copy.entry.article_id, encode_copy(copy)]
        with transient_errors():
            return bool(self._wait(keys=[self._key("index")], args=arguments))

    def ids(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return present stories; see ``Stories.ids``."""
        if not article_ids:
            return {}
        with transient_errors():
            arguments: list[Any] = [self._prefix, *article_ids]
            places: Any = self._places(keys=[self._key("index")], args=arguments)
        found = dict(zip(article_ids, places, strict=True))
        return {
            each: long(stored) if stored else founded_story(each)
            for each, stored in found.items()
            if stored is not None
        }

    def records(self, story_ids: Sequence[StoryId]) -> Mapping[StoryId, StoryRecord]:
        """Return stories; see ``Stories.records``."""
        if not story_ids:
            return {}
        with transient_errors():
            arguments: list[Any] = [self._prefix, *map(short, story_ids)]
            found: Any = self._records(keys=[self._key("index")], args=arguments)
        # A missing one at the end of the script's list is not sent.
        return {each: decode(record) for each, record in zip(story_ids, found, strict=False) if record}

    def entries(
        self, story_id: StoryId, *, cursor: str | None = None, newest_first: bool = False, limit: int
    ) -> EntryPage:
        """Return a page of members; see ``Stories.entries``."""
        after = Cursor.parse(cursor) if cursor else None
        position: list[Any] = [after.received, after.article_id] if after else [0, ""]

        direction = "backwards" if newest_first else "forwards"

        def read(pipe: Pipeline) -> None:
            call(pipe, self._page, [self._named("members", story_id)], [direction, *position, limit + 1])
            pipe.get(self._named("story", story_id))

        with transient_errors():
            found, stored = send(self._client, [self._page], read)
            members = pairs(found)
            names = [name for name, _ in members]
            evidence: Any = self._client.hmget(self._named("evidence", story_id), names) if names else []
        entries = [
            decode_entry(ArticleId(name), from_milliseconds(received), why)
            for (name, received), why in zip(members, evidence, strict=True)
        ]
        if not entries and stored and not after and (only := only_member(decode(stored))):
            entries = [only]
        last = members[limit - 1] if len(members) > limit else None
        return EntryPage(tuple(entries[:limit]), f"{last[1]}-{last[0]}" if last else None)

    def entry(self, story_id: StoryId, article_id: ArticleId) -> StoryEntry | None:
        """Return a member; see ``Stories.entry``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            self._ask_for_member(story_id, article_id, pipe)
            pipe.get(self._named("story", story_id))
            received, why, stored = pipe.execute()
        return _member(article_id, received, why, decode(stored) if stored else None)

    def entries_of(self, members: Sequence[tuple[StoryRecord, ArticleId]]) -> list[StoryEntry | None]:
        """Return members; see ``Stories.entries_of``."""
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for record, each in members:
                self._ask_for_member(record.id, each, pipe)
            replies = pipe.execute()
        rows = zip(members, replies[::2], replies[1::2], strict=True)
        return [_member(each, received, why, record) for (record, each), received, why in rows]

    def _ask_for_member(self, story_id: StoryId, article_id: ArticleId, pipe: Pipeline) -> None:
        pipe.zscore(self._named("members", story_id), str(article_id))
        pipe.hget(self._named("evidence", story_id), str(article_id))

    def changed(self, *, single: bool, cursor: str | None = None, limit: int) -> StoryPage:
        """Return a page of stories; see ``Stories.changed``."""
        after = Cursor.parse(cursor) if cursor else None
        position: list[Any] = [after.received, handle(StoryId(after.article_id)).hex()] if after else [0, ""]
        with transient_errors():
            found: Any = self._page(
                keys=[self._key("open" if single else "several")], args=["backwards", *position, limit + 1]
            )
        names = pairs(found)
        stories = self._named_records([name for name, _ in names[:limit]])
        has_more = len(names) > limit and stories
        last = Cursor(milliseconds(stories[-1].last_seen), ArticleId(stories[-1].id)) if has_more else None
        return StoryPage(tuple(stories), str(last) if last else None)

    def open_count(self) -> int:
        """Return how many stories are open; see ``Stories.open_count``."""
        with transient_errors():
            count: Any = self._client.zcard(self._key("open"))
        return int(count)

    def unchanged(self, *, before: datetime, limit: int) -> list[StoryRecord]:
        """Return stories to be closed; see ``Stories.unchanged``."""
        with transient_errors():
            names: Any = self._client.zrange(
                self._key("open"), "-inf", f"({milliseconds(before)}", byscore=True, offset=0, num=limit
            )
        return self._named_records([text(each) for each in names])

    def walk(self, position: int) -> tuple[int, list[tuple[StoryRecord, int]]]:
        """Return some of all stories; see ``Stories.walk``."""
        beginning = self._key("story:")
        with transient_errors():
            found: Any = self._client.scan(position, match=f"{beginning}*", count=WALKED_KEYS)
            names = [text(each).removeprefix(beginning) for each in found[1]]
            pipe = self._client.pipeline(transaction=False)
            for each in names:
                pipe.get(self._key(f"story:{each}"))
                pipe.zcard(self._key(f"members:{each}"))
            replies = pipe.execute()
        pairs_found = zip(replies[::2], replies[1::2], strict=True)
        return int(found[0]), [(decode(stored), int(size)) for stored, size in pairs_found if stored is not None]

    def assign(self, assignments: Sequence[Assignment]) -> None:
        """Assign articles; see ``Stories.assign``."""
        present = self.ids([each.article_id for each in assignments])
        fields = {
            str(each.article_id): encode_assignment(each) for each in assignments if each.article_id not in present
        }
        if fields:
            with transient_errors():
                pipe = self._client.pipeline(transaction=False)
                pipe.hset(self._key("assigned"), mapping=fields)  # type: ignore[arg-type]  # values are bytes
                pipe.expire(self._key("assigned"), ASSIGNED_FOR)
                pipe.execute()

    def redirect(self, merged: Mapping[StoryId, StoryId]) -> None:
        """Record merges; see ``Stories.redirect``."""
        present = self.records(list(merged))
        fields: Any = {handle(each): short(into) for each, into in merged.items() if each not in present}
        if fields:
            with transient_errors():
                self._client.hset(self._key("redirects"), mapping=fields)

    def earlier(self, article_ids: Sequence[ArticleId]) -> Mapping[ArticleId, StoryId]:
        """Return earlier stories; see ``Stories.earlier``."""
        if not article_ids:
            return {}
        with transient_errors():
            found: Any = self._client.hmget(self._key("into"), [str(founded_story(each)) for each in article_ids])
        # The story, and when the article was received.
        roots = {each: text(root).rpartition(":")[0] for each, root in zip(article_ids, found, strict=True) if root}
        return {each: StoryId(root) for each, root in roots.items()}

    def remove_earlier(self) -> None:
        """Remove the earlier ties; see ``Stories.remove_earlier``."""
        with transient_errors():
            self._client.unlink(*(self._key(each) for each in EARLIER))

    def report(self, *, limit: int, again_in: timedelta) -> int:
        """Write events; see ``Stories.report``."""
        now, key = self._clock.now(), self._key("unreported")
        with transient_errors():
            taken: Any = self._take_events(keys=[key], args=[milliseconds(now), limit, milliseconds(now + again_in)])
            if taken:
                pipe = self._client.pipeline(transaction=False)
                for each in taken:
                    pipe.xadd(self._keys.events(), {"json": each}, maxlen=EVENTS_KEPT, approximate=True)
                pipe.execute()
                self._client.zrem(key, *taken)
        return len(taken)

    def _named_records(self, names: Sequence[str]) -> list[StoryRecord]:
        if not names:
            return []
        with transient_errors():
            stored: Any = self._client.mget([self._key(f"story:{each}") for each in names])
        return [decode(each) for each in stored if each is not None]

    def _key(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def _named(self, kind: str, story_id: StoryId) -> str:
        return self._key(f"{kind}:{handle(story_id).hex()}")


def _member(
    article_id: ArticleId, received: float | None, evidence: bytes | None, record: StoryRecord | None
) -> StoryEntry | None:
    """Return the article as a member, from what is stored of it, and else from the record of a story of its founder."""
    if received is not None:
        return decode_entry(article_id, from_milliseconds(int(received)), evidence)
    only = only_member(record) if record else None
    return only if only and only.article_id == article_id else None


def _situation(wanted: Wanted, answer: Sequence[Any], records: Mapping[bytes, StoryRecord]) -> Situation:
    story, assigned, target, copies, best, known, waiting = answer
    assignment = None
    if assigned:
        assignment = decode_assignment(wanted.article_id, long(target), assigned)
        best = list(dict.fromkeys([handle(assignment.story_id), *best]))
    return Situation(
        story=records.get(story),
        assigned=assignment,
        copies=tuple(map(decode_copy, copies)),
        candidates=tuple(records[each] for each in best if each in records),
        known=known,
        waiting=waiting,
    )


def _record_arguments(record: StoryRecord, revision: int) -> list[Any]:
    absorbed = json.dumps([handle(each).hex() for each in record.absorbed])
    return [
        handle(record.id),
        record.revision,
        record.members,
        int(record.closed),
        milliseconds(record.last_seen),
        encode(record, revision) if record.members else absorbed,
    ]


def _counted(groups: Iterable[Sequence[Any]]) -> list[Any]:
    found = list(groups)
    return [len(found), *(each for group in found for each in group)]


def _event(event: StoryEvent) -> str:
    return pack_event(event.kind, event.at, story_ids=event.story_ids or None, article_ids=event.article_ids or None)
