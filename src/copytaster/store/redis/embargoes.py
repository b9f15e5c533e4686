"""Changes of articles without a delivery, on the server: embargoes, decisions about them, and accepted copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from redis import Redis
from redis.commands.core import Script

from copytaster.clock import Clock, milliseconds
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.model.events import EventKind, accepted_line, release_kind, released_line
from copytaster.model.release import Release
from copytaster.model.work import Work
from copytaster.store.keys import Keys
from copytaster.store.ports.ledger import NO_END
from copytaster.store.redis.client import script, text, transient_errors
from copytaster.store.redis.delivery_records import pack_entry
from copytaster.store.redis.events import EVENTS_KEPT, pack_event


class RedisEmbargoes:
    """Implements the part of ``Ledger`` about embargoes and acceptance."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        self._client = client
        self._keys = keys
        self._clock = clock
        self._release = script(client, "release")
        self._record_acceptance = script(client, "record_acceptance")
        self._undo_acceptance = script(client, "undo_acceptance")
        self._withheld_after = script(client, "withheld_after")

    def set_embargo(self, article_id: ArticleId, *, until: datetime | None) -> None:
        """Store the end of an embargo; see ``Ledger.set_embargo``."""
        with transient_errors():
            if until is None:
                self._client.zrem(self._keys.embargoes(), str(article_id))
            else:
                self._client.zadd(self._keys.embargoes(), {str(article_id): milliseconds(until)})

    def ended_embargoes(self, *, limit: int) -> list[ArticleId]:
        """Return articles whose embargo has ended; see ``Ledger.ended_embargoes``."""
        return self._embargoed("-inf", milliseconds(self._clock.now()), limit)

    def withheld(self, *, limit: int, after: ArticleId | None = None) -> list[ArticleId]:
        """Return articles that are withheld without an end; see ``Ledger.withheld``."""
        if after is None:
            return self._embargoed(milliseconds(NO_END), "+inf", limit)
        with transient_errors():
            found: Any = self._withheld_after(keys=[self._keys.embargoes()], args=[milliseconds(NO_END), after, limit])
        return [ArticleId(text(each)) for each in found]

    def release(
        self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str, decision: Release | None = None
    ) -> bool:
        """Report the end of an embargo, or a decision; see ``Ledger.release``."""
        now, timeline = milliseconds(self._clock.now()), self._keys.timeline(delivery_id or DeliveryId(""))
        keys = [self._keys.embargoes(), self._keys.events(), timeline, self._keys.released()]
        event = pack_event(release_kind(decision), self._clock.now(), article_ids=[article_id])
        line = self._entry("store", by, released_line(article_id, decision)) if delivery_id else b""
        reported = decision.model_dump_json() if decision else ""
        return self._run(self._release, keys, [article_id, now, event, EVENTS_KEPT, line, reported])

    def record_acceptance(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Report an acceptance; see ``Ledger.record_acceptance``."""
        event = pack_event(EventKind.ARTICLE_ACCEPTED, self._clock.now(), article_ids=[article_id])
        line = self._entry("store", by, accepted_line(article_id)) if delivery_id else b""
        arguments: list[str | bytes | int] = [article_id, milliseconds(self._clock.now()), event, EVENTS_KEPT, line]
        return self._run(self._record_acceptance, self._acceptance_keys(delivery_id), arguments)

    def record_undone_acceptance(self, article_id: ArticleId, delivery_id: DeliveryId | None, *, by: str) -> bool:
        """Report the end of an acceptance; see ``Ledger.record_undone_acceptance``."""
        event = pack_event(EventKind.ARTICLE_ACCEPTANCE_UNDONE, self._clock.now(), article_ids=[article_id])
        line = self._entry("store", by, accepted_line(article_id, undone=True)) if delivery_id else b""
        arguments: list[str | bytes | int] = [article_id, event, EVENTS_KEPT, line]
        return self._run(self._undo_acceptance, self._acceptance_keys(delivery_id), arguments)

    def _acceptance_keys(self, delivery_id: DeliveryId | None) -> list[str]:
        timeline = self._keys.timeline(delivery_id or DeliveryId(""))
        return [self._keys.accepted(), self._keys.events(), timeline, self._keys.due(Work.TAG)]

    def _embargoed(self, first: int | str, last: int | str, limit: int) -> list[ArticleId]:
        with transient_errors():
            found = self._client.zrange(self._keys.embargoes(), first, last, byscore=True, offset=0, num=limit)
            return [ArticleId(text(each)) for each in found]

    def _run(self, of: Script, keys: list[str], arguments: Sequence[str | bytes | int]) -> bool:
        with transient_errors():
            return bool(of(keys=keys, args=arguments))

    def _entry(self, stage: str, by: str, what: str) -> bytes:
        return pack_entry(self._clock.now(), stage, by, what)
