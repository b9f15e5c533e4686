"""The near-duplicate index on the server: a hash for each window of article time, and one sequence.

The hash of a window has two kinds of fields: buckets of postings, and the records of its articles. It expires when no
article was added for the length of a window.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import xxhash
from redis import Redis

from copytaster.dedup.candidates import Candidate, most_in_common, within
from copytaster.dedup.signature import Signature
from copytaster.model.article import ArticleId
from copytaster.store.keys import Keys
from copytaster.store.redis.client import script, text, transient_errors

BUCKETS = 1 << 16
"""Fields for the postings of a window. At ten thousand articles a bucket has four postings, so that the field's own
overhead is two thirds of its memory; at a million it has 400, 3 KB, of which an article reads 81."""

NUMBER_BUCKETS = 1 << 12
"""Hashes for the numbers: at a million articles each has 244 entries; the server packs hashes of up to 512."""

TOKEN = 8
"""Bytes that represent an article among the numbers; two of ten million articles collide with probability 3 in a
million."""

RUN = 3
"""Bytes of a posting inside its bucket."""

NUMBER = 4
"""Bytes of a sequence number in a posting: enough for four thousand million articles."""

_ENTRY = struct.Struct("<Hd")


class RedisNearIndex:
    """Implements ``NearIndex``. All keys are in one hash slot, so that adding and searching are one script."""

    def __init__(self, client: Redis, keys: Keys, window: timedelta) -> None:
        self._client = client
        self._keys = keys
        self._window = window
        self._seconds = max(1, int(window.total_seconds()))
        self._add = script(client, "near_add", shared=["near_owners"])
        self._find = script(client, "near_find", shared=["near_owners"])
        self._remove = script(client, "near_remove")

    def add(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> int:
        """Add the article; see ``NearIndex.add``."""
        return int(self._added(article_id, signature, at)[0])

    def find_earlier(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return earlier articles; see ``NearIndex.find_earlier``."""
        with transient_errors():
            stored: Any = self._client.hget(*self._number_field(article_id))
        return self._earlier(_number(stored), self._found(signature, at), at)

    def add_and_find(self, article_id: ArticleId, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Add the article and return earlier ones; see ``NearIndex.add_and_find``."""
        number, *found = self._added(article_id, signature, at)
        return self._earlier(number, found, at)

    def find_similar(self, signature: Signature, *, at: datetime) -> list[Candidate]:
        """Return all candidates; see ``NearIndex.find_similar``."""
        return self._candidates(_shared(self._found(signature, at)), at)

    def contains(self, article_id: ArticleId) -> bool:
        """Return whether the index has the article; see ``NearIndex.contains``."""
        with transient_errors():
            stored: Any = self._client.hget(*self._number_field(article_id))
            if stored is None:
                return False
            pipe = self._client.pipeline(transaction=False)
            for period in _windows(stored):
                pipe.hexists(self._keys.near_window(period), _record_field(_number(stored)))
            return any(pipe.execute())

    def remove(self, article_id: ArticleId, signatures: Sequence[tuple[Signature, datetime]]) -> None:
        """Remove the article; see ``NearIndex.remove``."""
        key, token = self._number_field(article_id)
        with transient_errors():
            stored: Any = self._client.hget(key, token)
            if stored is None:
                return
            number = _record_field(_number(stored))
            for signature, at in signatures:
                self._remove(
                    keys=[self._keys.near_window(self._periods(at)[0])], args=[number, *_fields_and_runs(signature)]
                )
            pipe = self._client.pipeline(transaction=False)
            for period in _windows(stored):
                pipe.hdel(self._keys.near_window(period), number)
            pipe.hdel(key, token)
            pipe.execute()

    def _added(self, article_id: ArticleId, signature: Signature, at: datetime) -> list[Any]:
        """Add the article; return its number, and the joined numbers of the owners of each of its postings."""
        periods, (numbers, token) = self._periods(at), self._number_field(article_id)
        packed, name = signature.pack(), article_id.encode()
        head = len(name).to_bytes(1) + name
        entry = _ENTRY.pack(len(packed), at.timestamp()) + packed
        keys = [self._keys.near_counter(), numbers, *map(self._keys.near_window, periods)]
        arguments: list[bytes | int] = [token, periods[0], self._seconds, head, entry, *_fields_and_runs(signature)]
        with transient_errors():
            return list(self._add(keys=keys, args=arguments))

    def _found(self, signature: Signature, at: datetime) -> list[bytes]:
        """Return the joined numbers of the owners of each posting."""
        keys = [self._keys.near_window(each) for each in self._periods(at)]
        with transient_errors():
            return list(self._find(keys=keys, args=_fields_and_runs(signature)))

    def _earlier(self, number: int, found: list[bytes], at: datetime) -> list[Candidate]:
        return self._candidates([each for each in _shared(found) if each < number], at)

    def _candidates(self, numbers: list[int], at: datetime) -> list[Candidate]:
        """Return the candidates with these numbers whose times are within the window."""
        if not numbers:
            return []
        with transient_errors():
            pipe = self._client.pipeline(transaction=False)
            for period in self._periods(at):
                pipe.hmget(self._keys.near_window(period), [_record_field(each) for each in numbers])
            windows = pipe.execute()
        found = [
            candidate
            for records in windows
            for number, record in zip(numbers, records, strict=True)
            if record is not None
            for candidate in _read(record, number)
            if within(candidate.at, at, self._window)
        ]
        return sorted(found, key=lambda each: each.sequence)

    def _periods(self, at: datetime) -> tuple[int, int, int]:
        """Return the window of article time that contains ``at``, and its two neighbours."""
        period = int(at.timestamp() // self._seconds)
        return period, period - 1, period + 1

    def _number_field(self, article_id: ArticleId) -> tuple[str, bytes]:
        """Return the hash that has the article's number, and the field."""
        token = xxhash.xxh3_64_digest(article_id.encode())
        return self._keys.near_numbers(int.from_bytes(token) % NUMBER_BUCKETS), token


def _fields_and_runs(signature: Signature) -> list[bytes]:
    """Return the field of the bucket and the bytes inside it, for each posting in turn."""
    parts = (divmod(each, BUCKETS) for each in signature.postings)
    return [each for run, bucket in parts for each in (bucket.to_bytes(2), run.to_bytes(RUN))]


def _record_field(number: int) -> bytes:
    """Return the field of an article's record. It is longer than those of the buckets."""
    return number.to_bytes(NUMBER)


def _number(stored: bytes) -> int:
    return int(stored.partition(b":")[0])


def _windows(stored: bytes) -> list[int]:
    """Return the windows that have a record of the article."""
    return [int(each) for each in text(stored).split(":")[1:]]


def _shared(found: list[bytes]) -> list[int]:
    return most_in_common(_owners(each) for each in found)


def _owners(joined: bytes) -> list[int]:
    """Split joined numbers; an article with versions in two windows may occur twice."""
    numbers = (int.from_bytes(joined[start : start + NUMBER]) for start in range(0, len(joined), NUMBER))
    return list(dict.fromkeys(numbers))


def _read(record: bytes, number: int) -> Iterator[Candidate]:
    start = 1 + record[0]
    article_id = ArticleId(record[1:start].decode())
    while start < len(record):
        length, seconds = _ENTRY.unpack_from(record, start)
        start += _ENTRY.size
        signature = Signature.unpack(record[start : start + length])
        yield Candidate(article_id, number, signature, datetime.fromtimestamp(seconds, UTC))
        start += length
