"""The part of the ledger on the server that is about deliveries of many items."""

from __future__ import annotations

from datetime import timedelta

from redis import Redis

from copytaster.clock import Clock
from copytaster.delivery import DeliveryId, DeliveryState
from copytaster.store.item_progress import Advance
from copytaster.store.keys import Keys
from copytaster.store.redis.client import script
from copytaster.store.redis.standings import RedisStandings
from copytaster.store.redis.taggings import milliseconds
from copytaster.work import FIRST_DUE, LANES, Work


class RedisItemProgress(RedisStandings):
    """See ``copytaster.store.item_progress.ItemProgress``."""

    def __init__(self, client: Redis, keys: Keys, clock: Clock) -> None:
        super().__init__(client, keys, clock)
        self._advance = script(client, "advance")
        self._pause = script(client, "pause")

    def advance(self, delivery_id: DeliveryId, done: Advance, *, owner: str, lease: timedelta) -> bool:
        """Note what was done; see ``ItemProgress.advance``."""
        keys, now = self._keys, self._clock.now()
        told: list[str | int] = [delivery_id, owner, milliseconds(now + lease), done.progress.model_dump_json()]
        return self._run(
            self._advance,
            self._movement(delivery_id)
            + [keys.due(Work.TAG), keys.due(Work.RETAG)]
            + [keys.deliveries("article", article_id) for article_id in done.article_ids]
            + [keys.tagging(article_id) for article_id in done.to_tag],
            [*told, milliseconds(now + FIRST_DUE), len(done.article_ids), *done.to_tag],
        )

    def pause(self, delivery_id: DeliveryId, *, owner: str, why: str) -> bool:
        """Give the lease back for a while; see ``ItemProgress.pause``."""
        arguments: list[str | int] = [
            delivery_id,
            owner,
            milliseconds(self._clock.now()),
            self._entry("ingest", owner, why),
        ]
        return self._run(self._pause, self._movement(delivery_id), arguments)

    def _movement(self, delivery_id: DeliveryId) -> list[str]:
        """Return the keys that every change of a delivery's state touches."""
        keys = self._keys
        states = [keys.deliveries("state", state) for state in (DeliveryState.WAITING, DeliveryState.WORKING)]
        lanes = [keys.due(lane) for lane in LANES]
        return [keys.delivery(delivery_id), keys.timeline(delivery_id), *states, keys.refused(), *lanes]
