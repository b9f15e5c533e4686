"""The part of the ledger on the server that is about how articles stand."""

from __future__ import annotations

from datetime import datetime

from redis import Redis

from copytaster.article import ArticleId
from copytaster.clock import Clock
from copytaster.delivery import DeliveryId
from copytaster.events import EventKind, accepted_line, released_line
from copytaster.store.keys import Keys
from copytaster.store.redis.client import script, text, translated
from copytaster.store.redis.taggings import EVENTS_KEPT, RedisTaggings, milliseconds
from copytaster.work import Work

NOBODY = DeliveryId("")
"""Whose timeline nothing is written into."""


class RedisStandings(RedisTaggings):
    """See ``copytaster.store.standings.Standings``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        super().__init__(client, keys, clock)
        self._release = script(client, "release")
        self._note_accepted = script(client, "note_accepted")

    def withhold(self, article_id: ArticleId, *, until: datetime | None) -> None:
        """Remember an embargo; see ``Standings.withhold``."""
        with translated():
            if until is None:
                self._client.zrem(self._keys.embargoes(), str(article_id))
            else:
                self._client.zadd(self._keys.embargoes(), {str(article_id): milliseconds(until)})

    def embargoes_over(self, *, limit: int) -> list[ArticleId]:
        """Return what may be released; see ``Standings.embargoes_over``."""
        with translated():
            now = milliseconds(self._clock.now())
            found = self._client.zrange(self._keys.embargoes(), "-inf", now, byscore=True, offset=0, num=limit)
            return [ArticleId(text(each)) for each in found]

    def release(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Tell of an embargo's end; see ``Standings.release``."""
        keys = [self._keys.embargoes(), self._keys.events(), self._keys.timeline(delivery_id or NOBODY)]
        event = self._event(EventKind.ARTICLE_RELEASED, article_ids=[article_id])
        line = self._entry("store", by, released_line(article_id)) if delivery_id else ""
        return self._run(self._release, keys, [article_id, milliseconds(self._clock.now()), event, EVENTS_KEPT, line])

    def note_accepted(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Tell of an acceptance; see ``Standings.note_accepted``."""
        keys = [
            self._keys.accepted(),
            self._keys.events(),
            self._keys.timeline(delivery_id or NOBODY),
            self._keys.due(Work.TAG),
        ]
        event = self._event(EventKind.ARTICLE_ACCEPTED, article_ids=[article_id])
        line = self._entry("store", by, accepted_line(article_id)) if delivery_id else ""
        return self._run(
            self._note_accepted, keys, [article_id, milliseconds(self._clock.now()), event, EVENTS_KEPT, line]
        )
