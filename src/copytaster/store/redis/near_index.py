"""The index of near-duplicates on the server: postings in small hashes, a record per article, one sequence.

Postings and numbers lie in one set of keys per window of article time, so they end by themselves when it is over.
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
from copytaster.store.redis.client import script, text, translated

SHARDS = 4
"""Hash slots over which the postings are spread on a cluster; each costs two more commands an article."""

BUCKETS = 1 << 20
"""Hashes that hold the postings of a window: two dozen entries in each at a million articles. The server searches a
packed hash from its front: with four times the entries an article cost 1.38 times as much at a million as at ten
thousand, now 1.18. It keeps hashes packed up to ``hash-max-listpack-entries``, 512 unless set otherwise.
"""

NUMBER_BUCKETS = 1 << 12
"""Hashes that hold the numbers: as many entries in each as in a bucket of postings."""

TOKEN = 8
"""Bytes that stand for an article in a posting; of ten million articles two collide with probability 3 in a million."""

_SCRIPTS = ("near_remember", "near_post", "near_number", "near_look", "near_numbers")
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

    def earlier(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.earlier``."""

        def number_and_look(pipe: Pipeline) -> None:
            self._number(pipe, _token(article_id), at)
            self._look(pipe, signature, at)

        number, *looked = self._run(number_and_look)
        return self._earlier(article_id, int(number), looked, at)

    def place(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Add and look; see ``NearIndex.place``.

        One pipeline does all: a server runs the commands of one connection in their order, so the number is taken
        when every posting is in place, and the look comes after both.
        """

        def all_of_it(pipe: Pipeline) -> None:
            self._add(pipe, article_id, signature, at)
            self._look(pipe, signature, at)

        replies = self._run(all_of_it)
        looked = len(self._by_shard(signature))
        return self._earlier(article_id, int(replies[-looked - 1]), replies[-looked:], at)

    def alike(self, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return all candidates; see ``NearIndex.alike``."""
        looked = self._run(lambda pipe: self._look(pipe, signature, at))
        return self._candidates(_shared(looked), at)

    # -- the commands; each method adds to a pipeline

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

    def _look(self, pipe: Pipeline, signature: Signature, at: datetime) -> None:
        periods = self._periods(at)
        for shard, postings in self._by_shard(signature).items():
            keys = [self._keys.near_postings(shard, period, bucket) for bucket, _ in postings for period in periods]
            self._call(pipe, "near_look", keys, [field for _, field in postings])

    def _earlier(self, article_id: ArticleId, number: int, looked: list[Any], at: datetime) -> list[Candidate]:
        others = [token for token in _shared(looked) if token != _token(article_id)]
        return [each for each in self._candidates(others, at) if each.sequence < number]

    def _candidates(self, tokens: list[bytes], at: datetime) -> list[Candidate]:
        """Return the candidates that have a number; one without a number comes later than whoever asks."""
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

    # -- where things lie

    def _periods(self, at: datetime) -> tuple[int, int, int]:
        """Return the window of article time that ``at`` lies in, and the neighbours that reach into its own window."""
        period = int(at.timestamp() // self._seconds)
        return period, period - 1, period + 1

    def _number_keys(self, token: bytes, at: datetime) -> list[str]:
        bucket = int.from_bytes(token) % NUMBER_BUCKETS
        return [self._keys.near_numbers(period, bucket) for period in self._periods(at)]

    @staticmethod
    def _by_shard(signature: Signature) -> dict[int, list[tuple[int, bytes]]]:
        """Return bucket and field of each posting."""
        shards: defaultdict[int, list[tuple[int, bytes]]] = defaultdict(list)
        for posting in signature.postings:
            rest, bucket = divmod(posting, BUCKETS)
            shards[bucket % SHARDS].append((bucket, rest.to_bytes(3)))
        return shards

    def _call(self, pipe: Pipeline, name: str, keys: list[str], arguments: list[Any]) -> None:
        pipe.evalsha(self._scripts[name].sha, len(keys), *keys, *arguments)

    def _run(self, build: Callable[[Pipeline], None]) -> list[Any]:
        """Send a pipeline; a server that does not know the scripts (it was restarted) is told them first."""
        with translated():
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


def _shared(looked: list[Any]) -> list[bytes]:
    return most_in_common(_tokens(owners) for shard in looked for owners in shard)


def _tokens(owners: bytes) -> list[bytes]:
    """Part them; an article with a version in the next window may stand in both."""
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
