"""The near-duplicate index on the server: postings in small hashes, a record for each article, one sequence.

Postings and numbers have keys of their own for each window of article time, which expire after the window.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import xxhash
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import NoScriptError

from copytaster.dedup.candidates import Candidate, most_in_common, within
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId
from copytaster.store.keys import Keys
from copytaster.store.redis.client import script, text, transient_errors

SHARDS = 4
"""Hash slots over which the postings are distributed on a cluster; each costs two more commands for an article."""

BUCKETS = 1 << 20
"""Hashes for the postings of a window: at a million articles each has two dozen entries.

The server searches a packed hash from its start. With four times the entries, an article cost 1.38 times as much at a
million articles as at ten thousand; now the factor is 1.18. Hashes are packed up to ``hash-max-listpack-entries``
entries, 512 by default.
"""

NUMBER_BUCKETS = 1 << 12
"""Hashes for the numbers: each has as many entries as a bucket of postings."""

TOKEN = 8
"""Bytes that represent an article in a posting; two of ten million articles collide with probability 3 in a million."""

_SCRIPTS = ("near_remember", "near_post", "near_number", "near_find", "near_numbers")
_ENTRY = struct.Struct("<Hd")


class RedisNearIndex:
    """Implements ``NearIndex``. Every command touches one key or the keys of one hash slot."""

    def __init__(self, client: Redis, keys: Keys, window: timedelta) -> None:
        self._client = client
        self._keys = keys
        self._window = window
        self._seconds = max(1, int(window.total_seconds()))
        self._scripts = {name: script(client, name) for name in _SCRIPTS}

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article; see ``NearIndex.add``."""
        return int(self._run(lambda pipe: self._add(pipe, article_id, signature, at))[-1])

    def find_earlier(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.find_earlier``."""

        def number_and_find(pipe: Pipeline) -> None:
            self._number(pipe, _token(article_id), at)
            self._find(pipe, signature, at)

        number, *found = self._run(number_and_find)
        return self._earlier(article_id, int(number), found, at)

    def add_and_find(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Add the article and return earlier ones; see ``NearIndex.add_and_find``.

        One pipeline is enough: the server executes the commands of one connection in order, so the number is taken
        after every posting was added, and the search follows both.
        """

        def add_then_find(pipe: Pipeline) -> None:
            self._add(pipe, article_id, signature, at)
            self._find(pipe, signature, at)

        replies = self._run(add_then_find)
        searches = len(self._by_shard(signature))
        return self._earlier(article_id, int(replies[-searches - 1]), replies[-searches:], at)

    def find_similar(self, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return all candidates; see ``NearIndex.find_similar``."""
        found = self._run(lambda pipe: self._find(pipe, signature, at))
        return self._candidates(_shared(found), at)

    def _add(self, pipe: Pipeline, article_id: ArticleId, signature: Signature, at: datetime) -> None:
        token = _token(article_id)
        packed = signature.pack()
        head = len(article_id.encode()).to_bytes(1) + article_id.encode()
        entry = _ENTRY.pack(len(packed), at.timestamp()) + packed
        self._call(pipe, "near_remember", [self._keys.near_record(token)], [head, entry, self._seconds])
        period = self._periods(at)[0]
        for shard, postings in self._by_shard(signature).items():
            keys = [self._keys.near_postings(shard, period, bucket) for bucket, _ in postings]
            self._call(pipe, "near_post", keys, [token, self._seconds, *(field for _, field in postings)])
        self._number(pipe, token, at)

    def _number(self, pipe: Pipeline, token: bytes, at: datetime) -> None:
        self._call(pipe, "near_number", [self._keys.counter(), *self._number_keys(token, at)], [token, self._seconds])

    def _find(self, pipe: Pipeline, signature: Signature, at: datetime) -> None:
        periods = self._periods(at)
        for shard, postings in self._by_shard(signature).items():
            keys = [self._keys.near_postings(shard, period, bucket) for bucket, _ in postings for period in periods]
            self._call(pipe, "near_find", keys, [field for _, field in postings])

    def _earlier(self, article_id: ArticleId, number: int, found: list[Any], at: datetime) -> list[Candidate]:
        others = [token for token in _shared(found) if token != _token(article_id)]
        return [each for each in self._candidates(others, at) if each.sequence < number]

    def _candidates(self, tokens: list[bytes], at: datetime) -> list[Candidate]:
        """Return the candidates that have a number; an article without one is later than the calling one."""
        if not tokens:
            return []

        def fetch(pipe: Pipeline) -> None:
            for token in tokens:
                pipe.get(self._keys.near_record(token))
            keys = [key for token in tokens for key in self._number_keys(token, at)]
            self._call(pipe, "near_numbers", keys, list(tokens))

        *records, numbers = self._run(fetch)
        found = [
            candidate
            for record, number in zip(records, numbers, strict=True)
            if record is not None and number is not None
            for candidate in _read(record, int(number))
            if within(candidate.at, at, self._window)
        ]
        return sorted(found, key=lambda each: each.sequence)

    def _periods(self, at: datetime) -> tuple[int, int, int]:
        """Return the window of article time that contains ``at``, and its two neighbours."""
        period = int(at.timestamp() // self._seconds)
        return period, period - 1, period + 1

    def _number_keys(self, token: bytes, at: datetime) -> list[str]:
        bucket = int.from_bytes(token) % NUMBER_BUCKETS
        return [self._keys.near_numbers(period, bucket) for period in self._periods(at)]

    @staticmethod
    def _by_shard(signature: Signature) -> dict[int, list[tuple[int, bytes]]]:
        """Return bucket and field of each posting, by shard."""
        shards: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for posting in signature.postings:
            rest, bucket = divmod(posting, BUCKETS)
            shards[bucket % SHARDS].append((bucket, rest.to_bytes(3)))
        return shards

    def _call(self, pipe: Pipeline, name: str, keys: list[str], arguments: list[Any]) -> None:
        pipe.evalsha(self._scripts[name].sha, len(keys), *keys, *arguments)

    def _run(self, build: Callable[[Pipeline], None]) -> list[Any]:
        """Send a pipeline; if the server has lost the scripts by a restart, load them and send it again."""
        with transient_errors():
            try:
                return self._send(build)
            except NoScriptError:
                for each in self._scripts.values():
                    self._client.script_load(text(each.script))
                return self._send(build)

    def _send(self, build: Callable[[Pipeline], None]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        build(pipe)
        return pipe.execute()


def _token(article_id: ArticleId) -> bytes:
    return xxhash.xxh3_64_digest(article_id.encode())


def _shared(found: list[Any]) -> list[bytes]:
    return most_in_common(_tokens(owners) for shard in found for owners in shard)


def _tokens(owners: bytes) -> list[bytes]:
    """Split joined tokens; an article with versions in two windows may occur twice."""
    return list(dict.fromkeys(owners[start : start + TOKEN] for start in range(0, len(owners), TOKEN)))


def _read(record: bytes, number: int) -> Iterator[Candidate]:
    start = 1 + record[0]
    article_id = ArticleId(record[1:start].decode())
    while start < len(record):
        length, seconds = _ENTRY.unpack_from(record, start)
        start += _ENTRY.size
        signature = Signature.unpack(record[start : start + length])
        yield Candidate(article_id, number, signature, datetime.fromtimestamp(seconds, UTC))
        start += length
