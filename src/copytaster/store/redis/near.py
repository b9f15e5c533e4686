"""The index of near-duplicates on the server: a set per band, a set of signatures per article, one sequence."""

from __future__ import annotations

from datetime import datetime, timedelta

from redis import Redis

from copytaster.article import ArticleId
from copytaster.dedup.index import Candidate
from copytaster.dedup.signature import SLOTS, Signature
from copytaster.store.keys import Keys
from copytaster.store.redis.client import script, text, translated

SLOT_BYTES = SLOTS * 4

SEQUENCE_KEPT = 2_000_000
"""Numbers kept, some 180 MB at the most: more than a month at half an article a second, the longest window served."""


class RedisNearIndex:
    """See ``copytaster.dedup.index.NearIndex``. Four round trips an article; every command touches one key or slot."""

    def __init__(self, client: Redis, keys: Keys, window: timedelta) -> None:
        self._client = client
        self._keys = keys
        self._seconds = max(1, int(window.total_seconds()))
        self._sequence = script(client, "sequence")

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article; see ``NearIndex.add``."""
        del at  # the server's own clock ends the window
        with translated():
            pipe = self._client.pipeline(transaction=False)
            pipe.sadd(self._keys.signatures(article_id), signature.slots + signature.text_hash.encode())
            pipe.expire(self._keys.signatures(article_id), self._seconds)
            for band in signature.bands():
                pipe.sadd(self._keys.band(band), str(article_id))
                pipe.expire(self._keys.band(band), self._seconds)
            pipe.execute()
            # Only now, when every band is in place, may the number be taken: see copytaster.dedup.index.
            arguments: list[str | int] = [article_id, SEQUENCE_KEPT]
            return int(self._sequence(keys=[self._keys.sequence(), self._keys.counter()], args=arguments))

    def earlier(self, article_id: ArticleId, signature: Signature) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.earlier``."""
        found = self.alike(signature)
        own = next((each.sequence for each in found if each.article_id == article_id), 0)
        return [each for each in found if each.sequence < own]

    def alike(self, signature: Signature) -> list[Candidate]:
        """Return all that share a band; see ``NearIndex.alike``."""
        with translated():
            pipe = self._client.pipeline(transaction=False)
            for band in signature.bands():
                pipe.smembers(self._keys.band(band))
            members = {text(member) for members in pipe.execute() for member in members}
            found = self._candidates([ArticleId(each) for each in sorted(members)])
        return sorted(found, key=lambda each: each.sequence)

    def _candidates(self, article_ids: list[ArticleId]) -> list[Candidate]:
        """Return the signatures of those that have a number; one without a number comes later than whoever asks."""
        pipe = self._client.pipeline(transaction=False)
        for each in article_ids:
            pipe.zscore(self._keys.sequence(), each)
            pipe.smembers(self._keys.signatures(each))
        replies = pipe.execute()
        return [
            Candidate(each, int(number), Signature(stored[:SLOT_BYTES], stored[SLOT_BYTES:].decode()))
            for each, number, signatures in zip(article_ids, replies[::2], replies[1::2], strict=True)
            if number is not None
            for stored in sorted(signatures)
        ]
