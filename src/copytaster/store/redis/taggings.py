"""The taggings of articles on the server: their due times and leases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from redis import Redis
from redis.client import Pipeline

from copytaster.clock import Clock, milliseconds
from copytaster.model.article import ArticleId
from copytaster.model.batches import batched
from copytaster.model.events import EventKind
from copytaster.model.sighting import Described
from copytaster.model.work import DUE_HORIZON, Work
from copytaster.store.keys import Keys
from copytaster.store.ports.ledger import Lease
from copytaster.store.ports.source_watch import SIGHTINGS_KEPT
from copytaster.store.redis.client import call, script, send, transient_errors
from copytaster.store.redis.events import EVENTS_KEPT, pack_event
from copytaster.store.redis.source_watch import sighting_row

AT_ONCE = 200
"""Articles in one call of a script: a message has at most twenty, a script some thousand arguments."""


class RedisTaggings:
    """Implements the part of ``Ledger`` about taggings."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._tagging_keys = [keys.taggings(), keys.due(Work.TAG), keys.due(Work.RETAG), keys.refused()]
        self._events = keys.events()
        self._sightings = keys.sightings()
        self._request_tagging = script(client, "request_tagging")
        self._begin_tagging = script(client, "begin_tagging", shared=["leases", "is_ahead"])
        self._postpone_tagging = script(client, "postpone_tagging", shared=["leases"])
        self._excuse_tagging = script(client, "excuse_tagging", shared=["leases"])
        self._settle_tagging = script(client, "settle_tagging", shared=["leases"])

    def request_tagging(self, article_ids: Sequence[ArticleId], *, due_in: timedelta) -> None:
        """Make the tagging of articles due; see ``Ledger.request_tagging``."""
        if article_ids:
            arguments: list[str | int] = [milliseconds(self._clock.now() + due_in), *article_ids]
            with transient_errors():
                self._request_tagging(keys=self._tagging_keys[1:3], args=arguments)

    def tagging_due(self, article_ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return the articles with a due tagging; see ``Ledger.tagging_due``."""
        if not article_ids:
            return set()
        with transient_errors():
            pipe = self._client.pipeline(transaction=True)
            for queue in self._tagging_keys[1:3]:
                pipe.zmscore(queue, [str(each) for each in article_ids])
            tag, retag = pipe.execute()
        scores = zip(article_ids, tag, retag, strict=True)
        return {each for each, *due in scores if any(score is not None for score in due)}

    def begin_tagging(
        self, article_ids: Sequence[ArticleId], *, owner: str, lease: timedelta
    ) -> dict[ArticleId, Lease]:
        """Lease the taggings of articles; see ``Ledger.begin_tagging``."""
        now, distinct = self._clock.now(), list(dict.fromkeys(article_ids))
        times = [milliseconds(each) for each in (now, now + lease, now + DUE_HORIZON)]

        def begin_all(pipe: Pipeline) -> None:
            for part in batched(distinct, AT_ONCE):
                call(pipe, self._begin_tagging, self._tagging_keys, [owner, *times, *part])

        with transient_errors():
            attempts = chain.from_iterable(send(self._client, [self._begin_tagging], begin_all) if distinct else [])
        return {each: Lease(int(attempt)) for each, attempt in zip(distinct, attempts, strict=True) if attempt}

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Release the lease of an article's tagging; see ``Ledger.postpone_tagging``."""
        due = milliseconds(self._clock.now() + due_in)
        with transient_errors():
            return bool(self._postpone_tagging(keys=self._tagging_keys, args=[article_id, owner, due]))

    def excuse_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """Withdraw an attempt at a tagging; see ``Ledger.excuse_tagging``."""
        now = milliseconds(self._clock.now())
        with transient_errors():
            return bool(self._excuse_tagging(keys=self._tagging_keys, args=[article_id, owner, now]))

    def settle_tagging(
        self, article_ids: Sequence[ArticleId], *, owner: str, seen: Mapping[ArticleId, Described] | None = None
    ) -> set[ArticleId]:
        """End the taggings of articles; see ``Ledger.settle_tagging``."""
        now, distinct = self._clock.now(), list(dict.fromkeys(article_ids))

        def end_all(pipe: Pipeline) -> None:
            for part in batched(distinct, AT_ONCE):
                arguments: list[Any] = [owner, EVENTS_KEPT, SIGHTINGS_KEPT]
                for each in part:
                    event = pack_event(EventKind.ARTICLE_TAGGED, now, article_ids=[each])
                    arguments += [each, event, sighting_row((seen or {}).get(each), now)]
                call(pipe, self._settle_tagging, [*self._tagging_keys, self._events, self._sightings], arguments)

        with transient_errors():
            done = chain.from_iterable(send(self._client, [self._settle_tagging], end_all) if distinct else [])
        return {each for each, ended in zip(distinct, done, strict=True) if ended}
