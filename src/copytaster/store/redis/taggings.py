"""The part of the ledger on the server that is about tagging, and what all its parts share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from redis import Redis

from copytaster.article import ArticleId
from copytaster.clock import Clock
from copytaster.delivery import TimelineEntry
from copytaster.events import SCHEMA_VERSION, EventKind
from copytaster.store.keys import Keys
from copytaster.store.ports import Lease
from copytaster.store.redis.client import script, translated
from copytaster.work import FARTHEST, Work

EVENTS_KEPT = 100_000
"""The stream's length, roughly: a day at one article a second, some 30 MB."""


class RedisTaggings:
    """See ``copytaster.store.taggings.Taggings``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._begin_tagging = script(client, "begin_tagging")
        self._postpone_tagging = script(client, "postpone_tagging")
        self._settle_tagging = script(client, "settle_tagging")
        self._request_tagging = script(client, "request_tagging")

    def begin_tagging(self, article_id: ArticleId, *, owner: str, lease: timedelta) -> Lease | None:
        """Take an article's tagging; see ``Taggings.begin_tagging``."""
        now = self._clock.now()
        arguments: list[str | int] = [article_id, owner, milliseconds(now), milliseconds(now + lease)]
        arguments.append(milliseconds(now + FARTHEST))
        with translated():
            attempt = int(self._begin_tagging(keys=self._tagging(article_id), args=arguments))
        return Lease(attempt) if attempt else None

    def postpone_tagging(self, article_id: ArticleId, *, owner: str, due_in: timedelta) -> bool:
        """Give an article's tagging back; see ``Taggings.postpone_tagging``."""
        due = milliseconds(self._clock.now() + due_in)
        return self._run(self._postpone_tagging, self._tagging(article_id), [article_id, owner, due])

    def settle_tagging(self, article_id: ArticleId, *, owner: str) -> bool:
        """End an article's tagging; see ``Taggings.settle_tagging``."""
        keys = [*self._tagging(article_id), self._keys.events()]
        event = self._event(EventKind.ARTICLE_TAGGED, article_ids=[article_id])
        return self._run(self._settle_tagging, keys, [article_id, owner, event, EVENTS_KEPT])

    def request_tagging(self, article_ids: Sequence[ArticleId], *, due_in: timedelta) -> None:
        """Make taggings due; see ``Taggings.request_tagging``."""
        keys = [self._keys.due(Work.TAG), self._keys.due(Work.RETAG)]
        if article_ids:
            self._run(self._request_tagging, keys, [milliseconds(self._clock.now() + due_in), *article_ids])

    def tagging_due(self, article_ids: Sequence[ArticleId]) -> set[ArticleId]:
        """Return what is due; see ``Taggings.tagging_due``."""
        if not article_ids:
            return set()
        with translated():
            pipe = self._client.pipeline(transaction=True)
            for work in (Work.TAG, Work.RETAG):
                pipe.zmscore(self._keys.due(work), [str(each) for each in article_ids])
            tag, retag = pipe.execute()
        scores = zip(article_ids, tag, retag, strict=True)
        return {each for each, *due in scores if any(score is not None for score in due)}

    def _tagging(self, article_id: ArticleId) -> list[str]:
        """Return the keys that every change of a tagging touches."""
        keys = self._keys
        return [keys.tagging(article_id), keys.due(Work.TAG), keys.due(Work.RETAG), keys.refused()]

    def _run(self, call: Callable[..., Any], keys: list[str], arguments: Sequence[str | int]) -> bool:
        with translated():
            return bool(call(keys=keys, args=arguments))

    def _entry(self, stage: str, by: str, what: str) -> str:
        return TimelineEntry(at=self._clock.now(), stage=stage, by=by, what=what).model_dump_json()

    def _event(self, kind: EventKind, **fields: object) -> str:
        head = {"schema_version": SCHEMA_VERSION, "kind": kind.value, "at": self._clock.now().isoformat()}
        return json.dumps(head | fields)


def milliseconds(moment: datetime) -> int:
    """Return a moment as the scripts take it: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)
